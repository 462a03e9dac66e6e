package io.sparkrnn.job.storage;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * The folder beside an output in which the next one is written, to take its place when it is whole: {@code _NAME-UUID},
 * which readers pass over. A run that ends takes it away; one that is killed outright cannot, and the next run over the
 * same output does.
 *
 * <p>Whether its run still lives is told by a file in it, the lease, which the run writes anew each minute: a process that
 * is gone, on whatever machine, writes nothing. A lease is old by the clock of the file system, which all runs share, not
 * by that of the driver. A run that slept longer than a lease holds (a machine suspended) finds its folder gone and fails
 * before it touches the output.
 */
public final class Staging implements AutoCloseable {
    /** How long a lease holds: many times the minute after which it is renewed. */
    public static final Duration HOLDS = Duration.ofMinutes(10);

    public static final String LEASE = "_spark-rnn-lease";

    /** Marks a whole result that could not be put in its place, and is left for its user. */
    static final String KEPT = "_spark-rnn-kept";

    private static final Duration IDLE = Duration.ofDays(1);
    private static final Duration RENEWED = Duration.ofMinutes(1);
    public static final String UUID_PATTERN = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    /** What the former output is called while the new one takes its place. */
    private static final String FORMER = "-former";

    /** What it is called while it is deleted: it may be half gone, and is never put back. */
    private static final String DONE = "-done";

    private static final int BUFFER = 512;

    private final FileSystem fileSystem;
    private final Path output;
    private final Path folder;
    private final String option;
    private final Timer renewal = new Timer("spark-rnn-lease", true);
    private Replaces replaces = Replaces.AN_OUTPUT;
    private boolean lost;
    private boolean kept;

    /** What has to be there to be replaced. */
    private enum Replaces {
        AN_OUTPUT,
        WHAT_THERE_IS
    }

    private Staging(FileSystem fileSystem, Path output, Path folder, String option) {
        this.fileSystem = fileSystem;
        this.output = output;
        this.folder = folder;
        this.option = option;
    }

    /**
     * Makes one, and takes away those that ended runs left.
     *
     * @param option what messages begin with
     */
    static Staging beside(FileSystem fileSystem, Path output, String option) throws IOException {
        Path folder = new Path(output.getParent(), hidden(output) + UUID.randomUUID());
        Staging staging = new Staging(fileSystem, output, folder, option);
        fileSystem.create(staging.lease(), true).close();
        // for a run that is told to end; one that is killed leaves it
        fileSystem.deleteOnExit(folder);
        staging.renewal.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        staging.renew();
                    }
                },
                RENEWED.toMillis(),
                RENEWED.toMillis());
        long now = fileSystem.getFileStatus(staging.lease()).getModificationTime();
        putBackFormer(fileSystem, output, now);
        removeLeft(fileSystem, output, folder, now);
        return staging;
    }

    /**
     * How the names begin of what belongs to an output. Readers of a table pass over what begins with _, unless there is an
     * equals sign in it: then it may be a partition.
     */
    private static String hidden(Path output) {
        return "_" + output.getName().replace("~", "~~").replace("=", "~") + "-";
    }

    /**
     * Removes what ended runs left. While the output is missing, nothing: the former output may be all there is of it, and
     * whether it was replaced is told by the folder that was to replace it.
     */
    private static void removeLeft(FileSystem fileSystem, Path output, Path own, long now) throws IOException {
        for (Path former : left(fileSystem, output, FORMER)) {
            if (fileSystem.exists(output) && hasEnded(fileSystem, stagedWith(former), now)) {
                // a run that was killed in its swap had no time for it
                RunFolder.takeOver(fileSystem, former, output);
                remove(fileSystem, former);
            }
        }
        for (Path done : left(fileSystem, output, FORMER + DONE)) {
            fileSystem.delete(done, true);
        }
        for (Path other : left(fileSystem, output, "")) {
            if (!other.getName().equals(own.getName())
                    && !fileSystem.exists(formerOf(other))
                    && hasEnded(fileSystem, other, now)) {
                fileSystem.delete(other, true);
            }
        }
    }

    /** Deletes a former output; that it may not be whole any more, its name says first. */
    private static void remove(FileSystem fileSystem, Path former) throws IOException {
        Path done = new Path(former.getParent(), former.getName() + DONE);
        if (fileSystem.rename(former, done)) {
            fileSystem.delete(done, true);
        }
    }

    /** Puts an output back that is missing, if the run that set it aside is over; says whether it did. */
    private static boolean putBackFormer(FileSystem fileSystem, Path output, long now) throws IOException {
        if (fileSystem.exists(output)) {
            return false;
        }
        for (Path former : left(fileSystem, output, FORMER)) {
            if (hasEnded(fileSystem, stagedWith(former), now)) {
                return fileSystem.rename(former, output);
            }
        }
        return false;
    }

    /**
     * Puts an output back whose run was killed in the moment between taking it away and putting the new one in its place.
     *
     * @param option what messages begin with
     * @return whether there was one
     * @throws JobException when a run may be in that moment now, or left what only its user can choose from
     */
    static boolean putBack(FileSystem fileSystem, Path output, String option) throws IOException {
        if (output.getParent() == null || fileSystem.exists(output) || !fileSystem.exists(output.getParent())) {
            return false;
        }
        List<Path> formers = left(fileSystem, output, FORMER);
        if (formers.isEmpty()) {
            return false;
        }
        if (putBackFormer(fileSystem, output, now(fileSystem, output.getParent()))) {
            return true;
        }
        for (Path former : formers) {
            Path staged = stagedWith(former);
            if (fileSystem.exists(new Path(staged, KEPT))) {
                throw new JobException(
                        ExitCode.OTHER,
                        option + ": " + output
                                + " is not there, for a run could not put its result in its place; nothing"
                                + " was written. The result, whole, is in " + staged + ". " + choice(output, former)
                                + ", then run this again");
            }
        }
        throw new JobException(
                ExitCode.OTHER,
                option + ": another run is putting its result in the place of " + output
                        + ", or was killed while it did; nothing was written. Run this again in "
                        + HOLDS.toMinutes() + " minutes");
    }

    private static String choice(Path output, Path former) {
        return "What was there before is in " + former + ". Rename the one you want to " + output;
    }

    private static long now(FileSystem fileSystem, Path folder) throws IOException {
        Path probe = new Path(folder, OutputFolders.PROBE + UUID.randomUUID());
        fileSystem.create(probe, true).close();
        long now = fileSystem.getFileStatus(probe).getModificationTime();
        fileSystem.delete(probe, false);
        return now;
    }

    private static Path stagedWith(Path former) {
        String name = former.getName();
        return new Path(former.getParent(), name.substring(0, name.length() - FORMER.length()));
    }

    private static Path formerOf(Path staged) {
        return new Path(staged.getParent(), staged.getName() + FORMER);
    }

    private static List<Path> left(FileSystem fileSystem, Path output, String ending) throws IOException {
        Pattern name = Pattern.compile(Pattern.quote(hidden(output)) + UUID_PATTERN + ending);
        List<Path> left = new ArrayList<>();
        for (FileStatus status : fileSystem.listStatus(output.getParent())) {
            if (status.isDirectory() && name.matcher(status.getPath().getName()).matches()) {
                left.add(status.getPath());
            }
        }
        return left;
    }

    /**
     * Whether the run of a folder is over. Without a lease, as tasks may leave one that go on for a moment after their run,
     * it has to be a day in which nothing was written there.
     */
    private static boolean hasEnded(FileSystem fileSystem, Path folder, long now) throws IOException {
        if (fileSystem.exists(new Path(folder, KEPT))) {
            return false;
        }
        Path lease = new Path(folder, LEASE);
        if (fileSystem.exists(lease)) {
            return now - fileSystem.getFileStatus(lease).getModificationTime() > HOLDS.toMillis();
        }
        if (!fileSystem.exists(folder)) {
            return true;
        }
        long last = fileSystem.getFileStatus(folder).getModificationTime();
        RemoteIterator<? extends FileStatus> files = FilesBelow.of(fileSystem, folder);
        while (files.hasNext()) {
            last = Math.max(last, files.next().getModificationTime());
        }
        return now - last > IDLE.toMillis();
    }

    private Path lease() {
        return new Path(folder, LEASE);
    }

    /** Where to write. */
    public String folder() {
        return folder.toString();
    }

    /**
     * Writes the lease anew; never where it is gone, for then another run took the folder for one that was left. Never
     * twice at once, either: a second writer of a file takes it from the first, which then looks as if it were gone.
     */
    synchronized void renew() {
        try {
            if (!fileSystem.exists(lease())) {
                lost = true;
            } else if (!lost) {
                fileSystem
                        .createNonRecursive(
                                lease(),
                                true,
                                BUFFER,
                                fileSystem.getDefaultReplication(folder),
                                fileSystem.getDefaultBlockSize(folder),
                                null)
                        .close();
            }
        } catch (FileNotFoundException e) {
            lost = true;
        } catch (IOException | RuntimeException e) {
            // the next minute may go better, and a lease holds for several; what is thrown from here would end the
            // timer
            return;
        }
    }

    /** Puts the folder, which is whole, where the output is to be, in the place of a former one if there is any. */
    public synchronized void place() {
        replaces = Replaces.WHAT_THERE_IS;
        replace();
    }

    /**
     * Puts the folder, which is whole, in the place of the output. The former output is first set aside, then deleted, so
     * that at each moment one of the two is there whole.
     */
    public synchronized void replace() {
        renewal.cancel();
        try {
            if (!fileSystem.cancelDeleteOnExit(folder)) {
                throw new JobException(
                        ExitCode.OTHER,
                        option + ": " + output
                                + " is as it was: this run was told to end before it put its result in the"
                                + " place of it. Run it again");
            }
            renew();
            if (lost) {
                throw new JobException(
                        ExitCode.OTHER,
                        option + ": " + output + " is as it was: this run did not answer for more than "
                                + HOLDS.toMinutes() + " minutes, and another run over the same output took its rows for"
                                + " left over and removed them. Run it again");
            }
            // a run may have been killed in its own swap since this one began
            putBackFormer(fileSystem, output, fileSystem.getFileStatus(lease()).getModificationTime());
            Path former = formerOf(folder);
            boolean there = replaces == Replaces.AN_OUTPUT || fileSystem.exists(output);
            if (there && !fileSystem.rename(output, former)) {
                throw new IOException("the file system did not rename " + output);
            }
            if (fileSystem.exists(output) || !fileSystem.rename(folder, output)) {
                throw new IOException("the file system did not rename it");
            }
        } catch (JobException e) {
            throw e;
        } catch (IOException | RuntimeException e) { // a file system's bug must not cost the result either
            boolean marked = keep();
            takeBack();
            throw new JobException(
                    ExitCode.OTHER,
                    option + ": the result is whole, but could not be put in its place: it is in " + folder
                            + ", not in "
                            + output + ": " + e.getMessage() + whereFormer()
                            + (marked
                                    ? ""
                                    : ". Move it away within " + HOLDS.toMinutes()
                                            + " minutes: it could not be marked, and a later run may take it for left over"),
                    e);
        }
        try {
            fileSystem.delete(new Path(output, LEASE), false);
            RunFolder.takeOver(fileSystem, formerOf(folder), output);
            remove(fileSystem, formerOf(folder));
        } catch (IOException e) {
            // the new output is in its place; the next run removes what stays
            return;
        }
    }

    /** Puts the former output back that was set aside for what could not take its place. */
    private void takeBack() {
        try {
            if (!fileSystem.exists(output)) {
                fileSystem.rename(formerOf(folder), output);
            }
        } catch (IOException | RuntimeException e) {
            // the error that is reported says where it is
            return;
        }
    }

    /**
     * Where the former output is, if it is set aside, and what to do. A folder on which a disk is mounted can be set aside
     * and is there all the same, empty: what has to be copied to be renamed is copied, and the rename fails after it.
     */
    private String whereFormer() {
        Path former = formerOf(folder);
        try {
            if (!fileSystem.exists(former)) {
                return "";
            }
            return ". " + choice(output, former)
                    + (fileSystem.exists(output)
                            ? ", where a folder is that could not be renamed: first take it away, or if a disk is mounted"
                                    + " on it, move into it what is in the one you want"
                            : "");
        } catch (IOException e) {
            // then it is not known
            return "; what was there before may be in " + former;
        }
    }

    /** Leaves the folder, for its user: no run removes it. Says whether it could be marked so for other runs, too. */
    private boolean keep() {
        kept = true;
        Path mark = new Path(folder, KEPT);
        try {
            if (fileSystem.rename(lease(), mark)) {
                return true;
            }
        } catch (IOException e) {
            // a new file may do what a new name did not
        }
        try {
            fileSystem.create(mark, true).close();
            return true;
        } catch (IOException e) {
            // the error that is reported says so
            return false;
        }
    }

    /** Ends the lease, and takes the folder away if it did not become the output. */
    @Override
    public synchronized void close() {
        renewal.cancel();
        try {
            fileSystem.cancelDeleteOnExit(folder);
            if (!kept && fileSystem.exists(lease())) {
                fileSystem.delete(folder, true);
            }
        } catch (IOException e) {
            // the job's own error is the one to report, and the next run removes what stays
            return;
        }
    }
}
