package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs of one job over a lake on one cluster, all of which must give the same rows: those of the first one, which nobody
 * disturbs.
 */
final class ClusterRuns {
    /** Each row costs about a millisecond of interpreted SQL, so that tasks last long enough to be met. */
    private static final int PACE = 30_000;

    private static final String SLOWLY =
            " WHERE aggregate(sequence(1, " + PACE + " + int(id % 2)), 0L, (a, x) -> a + x) > 0";

    /** The rows of {@link #BAD} have no features in it. */
    static final String WITH_BAD_ROWS =
            "SELECT id, day, IF(id % 1000 = 7, NULL, features) AS features FROM input" + SLOWLY;

    static final String BAD = "id % 1000 = 7";
    static final int BAD_ROWS = 6;

    private static final String QUERY = "SELECT id, day, features FROM input" + SLOWLY;

    /** The sample network, and what stands beside it. */
    private static final String MODEL = "weather_rnn.pt";

    private final Lake lake;
    private final Path logs;
    private final Seen seen;
    private final List<String> spark;
    private final Map<String, String> environment;
    private final Lake.Contents expected;

    /** Makes the input and the model, which lie in the lake as the output will, and the first run. */
    ClusterRuns(String scenario, Lake lake, List<String> spark, Map<String, String> environment)
            throws IOException, InterruptedException {
        this.lake = lake;
        this.spark = spark;
        this.environment = environment;
        logs = Files.createDirectories(Seen.folder().resolve("logs-" + scenario));
        seen = new Seen(scenario);
        lake.writeInput("in");
        for (String file : List.of(MODEL, MODEL + ".json")) {
            lake.fileSystem()
                    .copyFromLocalFile(
                            new org.apache.hadoop.fs.Path(localFile(file).toUri()),
                            new org.apache.hadoop.fs.Path(lake.path(file)));
        }
        try (Submitted run = score("undisturbed", "undisturbed", List.of(), List.of())) {
            run.assertDone();
            expected = lake.contents("undisturbed");
            assertThat(expected.rows()).isEqualTo(Lake.ROWS);
            assertThat(lake.dataFiles("undisturbed")).as("a file a task").hasSize(Lake.FILES);
            assertThat(lake.left("undisturbed")).isEmpty();
            seen.add("none", "nothing was done", expected, expected, run.seconds());
        }
    }

    /** A file of the sample's on the disk of this machine. */
    private static Path localFile(String name) {
        return Path.of("data", name).toAbsolutePath();
    }

    Submitted score(String name, String output, List<String> moreSpark, List<String> moreJob) throws IOException {
        List<String> job = new ArrayList<>(List.of("--input-query", QUERY, "--output", lake.path(output)));
        job.addAll(moreJob);
        return scoreInput(name, moreSpark, job);
    }

    /** One that says itself what it does with the input. */
    Submitted scoreInput(String name, List<String> moreSpark, List<String> moreJob) throws IOException {
        List<String> job = new ArrayList<>(List.of(
                "score", "--model", lake.path(MODEL), "--no-standardize", "--show", "0", "--input", lake.path("in")));
        job.addAll(moreJob);
        return submit(name, moreSpark, job);
    }

    /** A command of any kind. */
    Submitted submit(String name, List<String> moreSpark, List<String> job) throws IOException {
        List<String> options = new ArrayList<>(spark);
        // a file a task, small as they are
        options.addAll(List.of("--conf", "spark.sql.files.maxPartitionBytes=4m"));
        options.addAll(moreSpark);
        return Submitted.start(name, logs, options, job, environment);
    }

    /** The same command, with another one of the job's. */
    Submitted verify(String name, String input) throws IOException {
        return submit(
                name,
                List.of(),
                List.of("verify", "--model", lake.path(MODEL), "--no-standardize", "--input", lake.path(input)));
    }

    /**
     * The same input, on the local disk to the local disk, gives the same rows.
     *
     * @param folder where there is room for both
     */
    void assertSameOnTheLocalDisk(Path folder) throws IOException, InterruptedException {
        Lake local = new Lake(folder.resolve("local").toUri().toString());
        org.apache.hadoop.fs.FileUtil.copy(
                lake.fileSystem(),
                new org.apache.hadoop.fs.Path(lake.path("in")),
                local.fileSystem(),
                new org.apache.hadoop.fs.Path(local.path("in")),
                false,
                lake.fileSystem().getConf());
        List<String> job = List.of(
                "score",
                "--model",
                localFile(MODEL).toString(),
                "--no-standardize",
                "--show",
                "0",
                "--input",
                local.path("in"),
                "--output",
                local.path("out"));
        try (Submitted run = Submitted.start("local", logs, List.of("--master", "local[2]"), job, environment)) {
            run.assertDone();
            assertThat(local.contents("out")).isEqualTo(expected);
            seen.add("none, on the local disk", "nothing was done", expected, local.contents("out"), run.seconds());
        }
    }

    /** Waits until so many tasks have committed of a run that replaces an output: in the folder beside it. */
    void untilStaged(Submitted run, String output, int tasks) throws IOException, InterruptedException {
        run.until(tasks + " tasks have committed", () -> {
            List<String> staged = lake.staged(output, "");
            return !staged.isEmpty() && lake.committedTasks(staged.get(0)) >= tasks;
        });
    }

    /** One of several executors is killed while it works, and the run ends as if it had not been. */
    void anExecutorIsLost(String name, String fault) throws IOException, InterruptedException {
        try (Submitted run = score(name, name, List.of(), List.of())) {
            run.until("two tasks have committed", () -> lake.committedTasks(name) >= 2);
            SparkProcesses.signal(SparkProcesses.executors().get(0), "KILL");
            run.assertDone();
            assertThat(run.printed()).contains("Lost executor");
            assertWhole(fault, "kill -9, two of 12 tasks done", name, run.seconds());
        }
    }

    /** A run again over the same output, undisturbed. */
    void overwrite(String output) throws IOException, InterruptedException {
        try (Submitted run =
                score(output.replace("/", "-") + "-again", output, List.of(), List.of("--mode", "overwrite"))) {
            run.assertDone();
        }
    }

    /** The output of an earlier run, to be replaced: of the right rows, but older. */
    void former(String output) throws IOException {
        org.apache.hadoop.fs.FileUtil.copy(
                lake.fileSystem(),
                new org.apache.hadoop.fs.Path(lake.path("undisturbed")),
                lake.fileSystem(),
                new org.apache.hadoop.fs.Path(lake.path(output)),
                false,
                lake.fileSystem().getConf());
        lake.fileSystem()
                .create(new org.apache.hadoop.fs.Path(lake.path(output), "_former"), true)
                .close();
    }

    /** Whether an output is the former one; after a swap its mark is gone. */
    boolean isFormer(String output) throws IOException {
        return lake.exists(output + "/_former");
    }

    /** Adds a row of what was seen of an output, and nothing more. */
    void note(String fault, String made, Lake.Contents found, long seconds) throws IOException {
        seen.add(fault, made, expected, found, seconds);
    }

    /** The output is the former one, whole; takes the mark away that says so. */
    void assertFormerStays(String output) throws IOException {
        assertThat(isFormer(output)).as("the former output stays").isTrue();
        assertThat(lake.contents(output)).isEqualTo(expected);
        lake.fileSystem().delete(new org.apache.hadoop.fs.Path(lake.path(output), "_former"), false);
    }

    /** The output has the rows that it should have, and nothing stands beside it. */
    void assertWhole(String fault, String made, String output, long seconds) throws IOException {
        Lake.Contents found = lake.contents(output);
        seen.add(fault, made, expected, found, seconds);
        assertThat(found).isEqualTo(expected);
        assertThat(lake.exists(output + "/_SUCCESS")).as("_SUCCESS").isTrue();
        assertThat(lake.left(output)).isEmpty();
    }

    Lake lake() {
        return lake;
    }

    Lake.Contents expected() {
        return expected;
    }

    Seen seen() {
        return seen;
    }
}
