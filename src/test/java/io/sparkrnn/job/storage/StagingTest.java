package io.sparkrnn.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What killed runs leave beside an output is removed, and what running ones have there is not. */
class StagingTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();
    private static final String SOME = "0f8fad5b-d9cb-469f-a165-70867728950e";
    private static final Duration LONG = Staging.HOLDS.plusMinutes(1);
    private static final Duration SHORT = Staging.HOLDS.minusMinutes(1);

    @TempDir
    Path folder;

    private Path output = Path.of("");

    /** An output of four rows, and an input of six. */
    @BeforeEach
    void makeOutputAndInput() {
        output = folder.resolve("out");
        LocalSpark.session().range(4).write().parquet(output.toString());
        LocalSpark.session()
                .sql("SELECT id, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(6)")
                .write()
                .parquet(folder.resolve("in").toString());
    }

    private Cli score(String mode) {
        return Cli.run(
                "score",
                "--model",
                MODEL,
                "--input",
                folder.resolve("in").toString(),
                "--output",
                output.toString(),
                "--mode",
                mode);
    }

    private void overwrite() {
        Cli cli = score("overwrite");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(rows()).isEqualTo(6);
        assertThat(output.resolve(Staging.LEASE)).doesNotExist();
        assertThat(output.resolve("_SUCCESS")).exists();
    }

    private long rows() {
        return LocalSpark.session().read().parquet(output.toString()).count();
    }

    /** A folder as a run that was killed so long ago leaves it. */
    private Path left(String name, Duration ago) throws IOException {
        Path staged = Files.createDirectory(folder.resolve(name));
        Files.createDirectories(staged.resolve("_temporary/0"));
        Path lease = Files.createFile(staged.resolve(Staging.LEASE));
        Files.setLastModifiedTime(lease, FileTime.from(Instant.now().minus(ago)));
        return staged;
    }

    private List<String> beside() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("in") && !name.equals("out"))
                    .sorted()
                    .toList();
        }
    }

    private Staging running() {
        return OutputFolders.of("--output").stagingFor("file:" + output);
    }

    @Test
    void whatARunLeftThatEndedLongAgoIsRemoved() throws IOException {
        left("_out-" + SOME, LONG);
        overwrite();
        assertThat(beside()).isEmpty();
    }

    @Test
    void whatMayBelongToARunningOneStays() throws IOException {
        left("_out-" + SOME, SHORT);
        overwrite();
        assertThat(beside()).containsExactly("_out-" + SOME);
    }

    @Test
    void whatIsNotOursStays() throws IOException {
        List<String> names = List.of("_out-2026", "_out-" + SOME + "x", "_outer-" + SOME, "out-" + SOME);
        for (String name : names) {
            left(name, LONG);
        }
        overwrite();
        assertThat(beside()).containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void whatTasksLeftOfARunThatTookItsFolderAwayIsRemovedAfterADay() throws IOException {
        Duration twoDays = Duration.ofDays(2);
        Path staged = left("_out-" + SOME, twoDays);
        Path row = Files.move(staged.resolve(Staging.LEASE), staged.resolve("part-0"));
        Files.setLastModifiedTime(staged, FileTime.from(Instant.now().minus(LONG)));
        overwrite();
        assertThat(beside()).as("written to today").hasSize(1);
        Files.setLastModifiedTime(staged, FileTime.from(Instant.now().minus(twoDays)));
        Files.setLastModifiedTime(row, FileTime.from(Instant.now()));
        overwrite();
        assertThat(beside()).as("written to now").hasSize(1);
        Files.setLastModifiedTime(row, FileTime.from(Instant.now().minus(twoDays)));
        overwrite();
        assertThat(beside()).isEmpty();
    }

    @Test
    void aWholeResultThatWasLeftForItsUserStays() throws IOException {
        Path staged = left("_out-" + SOME, Duration.ofDays(2));
        Files.move(staged.resolve(Staging.LEASE), staged.resolve(Staging.KEPT));
        Files.setLastModifiedTime(staged, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        overwrite();
        assertThat(beside()).hasSize(1);
    }

    @Test
    void twoRunsAtOnceLeaveEachOtherAlone() throws IOException {
        try (Staging other = running()) {
            Files.createFile(Path.of(other.folder().replace("file:", "")).resolve("part-0"));
            overwrite();
            assertThat(beside()).as("that of the other run").hasSize(1);
            other.replace();
            assertThat(output.resolve("part-0")).exists();
        }
        assertThat(beside()).isEmpty();
    }

    @Test
    void aRunThatIsLongAtWorkRenewsItsLease() throws IOException {
        try (Staging other = running()) {
            Path lease = Path.of(other.folder().replace("file:", "")).resolve(Staging.LEASE);
            Files.setLastModifiedTime(lease, FileTime.from(Instant.now().minus(LONG)));
            other.renew();
            overwrite();
            assertThat(lease).exists();
            assertThat(beside()).hasSize(1);
        }
        assertThat(beside()).isEmpty();
    }

    @Test
    void aRunThatWasTakenForDeadDoesNotTouchTheOutput() throws IOException {
        try (Staging other = running()) {
            Path staged = Path.of(other.folder().replace("file:", ""));
            Files.setLastModifiedTime(
                    staged.resolve(Staging.LEASE), FileTime.from(Instant.now().minus(LONG)));
            overwrite();
            assertThat(staged).doesNotExist();
            // its tasks go on, and make the folder again
            Files.createDirectory(staged);
            other.renew();
            assertThatThrownBy(other::replace)
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("did not answer for more than 10 minutes");
        }
        assertThat(rows()).isEqualTo(6);
    }

    @Test
    void anOutputThatAKilledRunHadSetAsideIsPutBack() throws IOException {
        left("_out-" + SOME, LONG);
        Files.move(output, folder.resolve("_out-" + SOME + "-former"));
        Cli cli = score("errorifexists");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(6);
        assertThat(cli.out())
                .contains("Note:    a run was killed while it put its result in the place of file:" + output);
        assertThat(rows()).isEqualTo(4);
        overwrite();
        assertThat(beside()).isEmpty();
    }

    @Test
    void anOutputThatARunningOneHasSetAsideIsNotTaken() throws IOException {
        left("_out-" + SOME, SHORT);
        Files.move(output, folder.resolve("_out-" + SOME + "-former"));
        Cli cli = score("overwrite");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.err())
                .contains("another run is putting its result in the place of")
                .hasLineCount(1);
        assertThat(output).doesNotExist();
        assertThat(beside()).containsExactly("_out-" + SOME, "_out-" + SOME + "-former");
    }

    @Test
    void aFormerOutputThatWasNotDeletedWholeIsRemoved() throws IOException {
        Files.createDirectory(folder.resolve("_out-" + SOME + "-former"));
        overwrite();
        assertThat(beside()).isEmpty();
    }

    /** As a run leaves it that is killed between its two renames. */
    private Path setAside(Duration ago) throws IOException {
        left("_out-" + SOME, ago);
        return Files.move(output, folder.resolve("_out-" + SOME + "-former"));
    }

    @Test
    void anOutputThatIsSetAsideWhileARunStartsIsPutBack() throws IOException {
        setAside(LONG);
        try (Staging run = running()) {
            assertThat(run.folder()).isNotEmpty();
            assertThat(rows()).isEqualTo(4);
        }
        assertThat(beside()).isEmpty();
        assertThat(rows()).as("the run failed").isEqualTo(4);
    }

    @Test
    void anOutputWhoseStagedFolderWasRemovedIsPutBackNotDeleted() throws IOException {
        Files.move(output, folder.resolve("_out-" + SOME + "-former"));
        running().close();
        assertThat(rows()).isEqualTo(4);
        assertThat(beside()).isEmpty();
    }

    @Test
    void whatARunMayBeSwappingNowStaysWhileTheOutputIsMissing() throws IOException {
        Path former = setAside(SHORT);
        running().close();
        assertThat(beside()).containsExactly("_out-" + SOME, "_out-" + SOME + "-former");
        assertThat(LocalSpark.session().read().parquet(former.toString()).count())
                .isEqualTo(4);
    }

    @Test
    void anOutputThatIsSetAsideWhileARunWritesIsPutBackBeforeItIsReplaced() throws IOException {
        try (Staging run = running()) {
            Files.createFile(Path.of(run.folder().replace("file:", "")).resolve("part-0"));
            setAside(LONG);
            run.replace();
        }
        assertThat(output.resolve("part-0")).exists();
        assertThat(beside()).as("the next run removes it").containsExactly("_out-" + SOME);
    }

    private static Path staged(Staging run) {
        return Path.of(run.folder().replace("file:", ""));
    }

    private Staging running(TroubledFileSystem fileSystem) throws IOException {
        Staging run = Staging.beside(fileSystem, new org.apache.hadoop.fs.Path("file:" + output), "--output");
        Files.createFile(staged(run).resolve("part-0"));
        return run;
    }

    @Test
    void aRunThatIsToldToEndWhileItReplacesDoesNotLoseItsResult() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        fileSystem.beforeRename = fileSystem::exit;
        try (Staging run = running(fileSystem)) {
            run.replace();
        }
        assertThat(output.resolve("part-0")).exists();
        assertThat(beside()).isEmpty();
    }

    @Test
    void aRunThatIsBeingEndedDoesNotTouchTheOutput() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        try (Staging run = running(fileSystem)) {
            // what is deleted at an exit is no longer known, and may be deleted at any moment
            fileSystem.deletes = false;
            fileSystem.exit();
            fileSystem.deletes = true;
            assertThatThrownBy(run::replace)
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("is as it was: this run was told to end");
        }
        assertThat(rows()).isEqualTo(4);
        assertThat(beside()).isEmpty();
    }

    @Test
    void aLeaseIsNotRenewedTwiceAtOnce() throws Exception {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        try (Staging run = running(fileSystem)) {
            fileSystem.slow = true;
            Thread timer = new Thread(run::renew);
            timer.start();
            run.renew();
            timer.join();
            assertThat(fileSystem.mostAtOnce.get()).isEqualTo(1);
            run.replace();
        }
        assertThat(output.resolve("part-0")).exists();
    }

    @Test
    void anErrorOfAnyKindIsNoReasonToRenewNoMore() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        try (Staging run = running(fileSystem)) {
            Path lease = staged(run).resolve(Staging.LEASE);
            Files.setLastModifiedTime(lease, FileTime.from(Instant.now().minus(LONG)));
            fileSystem.bug = true;
            assertThatCode(run::renew).doesNotThrowAnyException();
            fileSystem.bug = false;
            run.renew();
            assertThat(Files.getLastModifiedTime(lease).toInstant())
                    .isAfter(Instant.now().minus(SHORT));
        }
    }

    @Test
    void aResultThatIsSaidToBeThereIsThere() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        Path staged;
        try (Staging run = running(fileSystem)) {
            staged = staged(run);
            fileSystem.notFrom.addAll(List.of("out", Staging.LEASE));
            assertThatThrownBy(run::replace)
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining(
                            "the result is whole, but could not be put in its place: it is in file:" + staged)
                    .hasMessageNotContaining("Move it away");
        }
        assertThat(staged.resolve("part-0")).exists();
        Files.setLastModifiedTime(
                staged.resolve(Staging.LEASE), FileTime.from(Instant.now().minus(LONG)));
        overwrite();
        assertThat(staged.resolve("part-0")).as("marked by a file").exists();
    }

    @Test
    void aResultThatCannotBeMarkedIsLeftAndItsUserIsTold() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        Path staged;
        try (Staging run = running(fileSystem)) {
            staged = staged(run);
            fileSystem.notFrom.addAll(List.of("out", Staging.LEASE));
            fileSystem.creates = false;
            assertThatThrownBy(run::replace).hasMessageContaining("Move it away within 10 minutes");
        }
        assertThat(staged.resolve("part-0")).exists();
    }

    @Test
    void whereNeitherTableCouldBePutInPlaceTheNextRunSaysWhatToRename() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        Path staged;
        try (Staging run = running(fileSystem)) {
            staged = staged(run);
            fileSystem.notFrom.addAll(List.of(staged.getFileName().toString(), "-former"));
            assertThatThrownBy(run::replace).hasMessageContaining("could not be put in its place");
        }
        assertThat(output).doesNotExist();
        Cli cli = score("overwrite");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.err())
                .contains("The result, whole, is in file:" + staged)
                .contains("What was there before is in file:" + staged + "-former. Rename the one you want to file:"
                        + output)
                .doesNotContain("10 minutes")
                .hasLineCount(1);
        Files.move(Path.of(staged + "-former"), output);
        assertThat(rows()).isEqualTo(4);
    }

    @Test
    void aFormerOutputThatMayBeHalfDeletedIsNotPutBack() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        try (Staging run = running(fileSystem)) {
            // as for a run that is killed while it deletes
            fileSystem.deletes = false;
            run.replace();
        }
        assertThat(beside()).singleElement().asString().endsWith("-former-done");
        FileUtils.deleteDirectory(output.toFile());
        assertThat(OutputFolders.of("--output").putBack("file:" + output)).isFalse();
        assertThat(output).doesNotExist();
        Files.createDirectory(output);
        running().close();
        assertThat(beside()).isEmpty();
    }

    @Test
    void anOutputOnWhichADiskIsMountedIsNamedWhereItsRowsAre() throws IOException {
        TroubledFileSystem fileSystem = new TroubledFileSystem();
        fileSystem.mounted = "out";
        try (Staging run = running(fileSystem)) {
            Path former = Path.of(staged(run) + "-former");
            assertThatThrownBy(run::replace)
                    .isInstanceOf(JobException.class)
                    .hasMessageContaining("What was there before is in file:" + former
                            + ". Rename the one you want to file:" + output + ", where a folder is")
                    .hasMessageContaining("if a disk is mounted on it, move into it");
            assertThat(LocalSpark.session().read().parquet(former.toString()).count())
                    .isEqualTo(4);
        }
        assertThat(output).isEmptyDirectory();
    }

    @Test
    void anOutputThatIsALinkStaysOneAndWhatItLeadsToIsReplaced() throws IOException {
        Path disk = Files.createDirectories(folder.resolve("disk/lake"));
        Path links = Files.createSymbolicLink(folder.resolve("links"), disk);
        Path table = Files.move(output, disk.resolve("table"));
        Files.createSymbolicLink(disk.resolve("latest"), Path.of("../lake/table"));
        Files.createSymbolicLink(output, links.resolve("latest"));
        overwrite();
        assertThat(output).isSymbolicLink();
        assertThat(LocalSpark.session().read().parquet(table.toString()).count())
                .isEqualTo(6);
        try (Stream<Path> files = Files.list(disk)) {
            assertThat(files).containsExactlyInAnyOrder(table, disk.resolve("latest"));
        }
        Path staged = left("disk/lake/_table-" + SOME, LONG);
        Files.move(table, Path.of(staged + "-former"));
        Cli cli = score("errorifexists");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(6);
        assertThat(table).isDirectory();
    }

    @Test
    void probesOfKilledRunsAreRemovedByTheNext() throws IOException {
        String old = "_spark-rnn-" + SOME;
        String used = old.replace('0', '1');
        Files.createDirectory(folder.resolve(old));
        Files.createDirectory(folder.resolve(used));
        Files.createDirectory(folder.resolve(old + "x"));
        for (String name : List.of(old, old + "x")) {
            Files.setLastModifiedTime(
                    folder.resolve(name), FileTime.from(Instant.now().minus(LONG)));
        }
        overwrite();
        assertThat(beside()).containsExactlyInAnyOrder(used, old + "x");
        Files.createDirectory(output.resolve(old));
        Files.setLastModifiedTime(
                output.resolve(old), FileTime.from(Instant.now().minus(LONG)));
        assertThat(score("append").code()).isZero();
        assertThat(output.resolve(old)).doesNotExist();
    }

    @Test
    void theFormerOutputIsPutBackHoweverTheRenameFails() throws IOException {
        for (boolean throwing : new boolean[] {false, true}) {
            TroubledFileSystem fileSystem = new TroubledFileSystem();
            Path staged;
            fileSystem.thrown = throwing ? new IllegalStateException("a bug") : null;
            try (Staging run = running(fileSystem)) {
                fileSystem.notFrom.add(staged(run).getFileName().toString());
                assertThatThrownBy(run::replace)
                        .isInstanceOf(JobException.class)
                        .hasMessageContaining("it is in file:" + staged(run))
                        .hasMessageNotContaining("What was there before");
                staged = staged(run);
            }
            assertThat(staged.resolve("part-0")).exists();
            assertThat(rows()).isEqualTo(4);
        }
    }
}
