package io.sparkrnn.job;

import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Row;

/** A folder on some file system with an input table in it, and what runs over it leave there. */
final class Lake {
    static final int FILES = 12;
    static final int ROWS = 6000;

    /** What readers of a folder see of it, the mark of a whole result, and what its runs told of themselves. */
    private static final Pattern EXPECTED = Pattern.compile("part-.*|_SUCCESS|day=.*|_spark-rnn");

    private static final long OLDER_THAN_A_LEASE = Staging.HOLDS.plusMinutes(1).toMillis();

    private final Path root;
    private final FileSystem fileSystem;

    Lake(String root) throws IOException {
        this.root = new Path(root);
        Configuration conf = LocalSpark.session().sparkContext().hadoopConfiguration();
        fileSystem = this.root.getFileSystem(conf);
        fileSystem.mkdirs(this.root);
    }

    String path(String name) {
        return new Path(root, name).toString();
    }

    FileSystem fileSystem() {
        return fileSystem;
    }

    /** Sequences of the sample network's width, of 1 to 30 steps, a file a task. */
    void writeInput(String name) {
        LocalSpark.session()
                .sql("SELECT id, date_add(DATE'2026-11-01', int(id % 3)) AS day,"
                        + " transform(sequence(1, 1 + abs(hash(id)) % 30), t -> transform(sequence(1, 5),"
                        + " i -> float(sin(t * i + id)))) AS features FROM range(0, " + ROWS + ", 1, " + FILES + ")")
                .write()
                .parquet(path(name));
    }

    /** What is in a result: rows, ids that differ, and a sum over all rows in which their order is nothing. */
    record Contents(long rows, long ids, String checksum) {
        Contents {
            if (rows != ids) {
                throw new AssertionError(rows + " rows of " + ids + " ids");
            }
        }
    }

    Contents contents(String name) {
        return contents(name, "true");
    }

    /** Of the rows for which a condition holds. */
    Contents contents(String name, String condition) {
        Row row = LocalSpark.session()
                .read()
                .parquet(path(name))
                .where(condition)
                .selectExpr(
                        "count(*)",
                        "count(DISTINCT id)",
                        "CAST(sum(CAST(xxhash64(id, CAST(day AS date), hidden_states, h_n, score) AS decimal(38, 0)))"
                                + " AS string)")
                .head();
        return new Contents(row.getLong(0), row.getLong(1), row.getString(2));
    }

    /** How many rows of a table fulfil a condition. */
    long rows(String name, String condition) {
        return LocalSpark.session().read().parquet(path(name)).where(condition).count();
    }

    boolean exists(String name) throws IOException {
        return fileSystem.exists(new Path(root, name));
    }

    private List<String> names(Path folder) throws IOException {
        if (!fileSystem.exists(folder)) {
            return List.of();
        }
        return Arrays.stream(fileSystem.listStatus(folder))
                .map(status -> status.getPath().getName())
                .sorted()
                .toList();
    }

    /** What stands in an output, or beside it under its name, and is no part of a result. */
    List<String> left(String output) throws IOException {
        List<String> left = new ArrayList<>();
        Path folder = new Path(root, output);
        for (String name : names(folder.getParent())) {
            if (name.contains(folder.getName() + "-")
                    || name.startsWith("_spark-rnn")
                    || name.startsWith("_temporary")) {
                left.add(name);
            }
        }
        for (String name : names(folder)) {
            if (!EXPECTED.matcher(name).matches()) {
                left.add(output + "/" + name);
            }
        }
        return left;
    }

    /** The folders of a swap that stand beside an output: {@code _NAME-UUID} and the like, with this ending. */
    List<String> staged(String output, String ending) throws IOException {
        Path folder = new Path(root, output);
        Pattern pattern = Pattern.compile("_" + folder.getName() + "-" + Staging.UUID_PATTERN + ending);
        return names(folder.getParent()).stream()
                .filter(pattern.asMatchPredicate())
                .toList();
    }

    /** How many tasks have committed their files, and no job yet, in this folder; of all the runs that are in it. */
    int committedTasks(String folder) throws IOException {
        Path waiting = new Path(new Path(root, folder), "_temporary");
        int tasks = 0;
        for (String job : names(waiting)) {
            tasks += (int) names(new Path(waiting, job)).stream()
                    .filter(name -> name.startsWith("task_"))
                    .count();
        }
        return tasks;
    }

    /** Puts the leases of runs that are gone eleven minutes back, so that nobody waits for them. */
    void ageLeases(String output) throws IOException {
        for (String folder : staged(output, "")) {
            Path lease = new Path(new Path(root, folder), Staging.LEASE);
            if (fileSystem.exists(lease)) {
                long time = fileSystem.getFileStatus(lease).getModificationTime();
                fileSystem.setTimes(lease, time - OLDER_THAN_A_LEASE, -1);
            }
        }
    }

    /** The data files of a folder, largest name last. */
    List<Path> dataFiles(String name) throws IOException {
        return files(name, file -> file.startsWith("part-"));
    }

    /** The files in a folder, at any depth, whose names end so. */
    List<Path> files(String name, String ending) throws IOException {
        return files(name, file -> file.endsWith(ending));
    }

    private List<Path> files(String folder, Predicate<String> named) throws IOException {
        List<Path> files = new ArrayList<>();
        RemoteIterator<LocatedFileStatus> all = fileSystem.listFiles(new Path(root, folder), true);
        while (all.hasNext()) {
            FileStatus file = all.next();
            if (named.test(file.getPath().getName())) {
                files.add(file.getPath());
            }
        }
        files.sort(null);
        return files;
    }
}
