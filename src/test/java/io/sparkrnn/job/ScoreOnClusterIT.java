package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jar on a real cluster: executors of their own, which have nothing but Spark and what spark-submit sends. */
class ScoreOnClusterIT {
    private static final Golden.Case GOLDEN = Golden.named("m19_rnn_tanh_l2_h0_b17_i3_h20");

    @TempDir
    Path folder;

    private record Run(int code, String printed) {}

    private Run submit(String name, String... arguments) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(Path.of("submit.sh").toAbsolutePath().toString()));
        command.addAll(List.of(arguments));
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        EmbeddedSpark.choose(builder);
        Process process = builder.start();
        assertThat(process.waitFor(240, TimeUnit.SECONDS)).as(name).isTrue();
        return new Run(process.exitValue(), Files.readString(log));
    }

    private String[] score(String master, String input, String output) {
        return new String[] {
            "--master",
            master,
            "--conf",
            "spark.executor.memory=512m",
            "--conf",
            "spark.scheduler.minRegisteredResourcesRatio=1.0",
            "--conf",
            "spark.cores.max=2",
            "--",
            "score",
            "--model",
            GOLDEN.file("model.pt").toString(),
            "--initial-state",
            "h",
            "--outputs",
            "hidden_states,h_n,lengths",
            "--input",
            input,
            "--output",
            output
        };
    }

    @Test
    @Timeout(600)
    void givesTheSameBitsOnAClusterAsOnOneMachine() throws IOException, InterruptedException {
        LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, abs(hash(id)) % 60), t -> array(float(sin(t + id)),"
                        + " float(cos(t * id)), float(id % 7))) AS features,"
                        + " IF(id % 3 = 0, null, array_repeat(transform(sequence(1, 20), j -> float(sin(j * id))), 2)) AS h"
                        + " FROM range(0, 2000, 1, 6)")
                .write()
                .parquet(folder.resolve("in").toString());
        LocalSpark.session()
                .sql("SELECT id, IF(id = 17, array(array(1F, null, 3F)), array(array(1F, 2F, 3F))) AS features,"
                        + " CAST(null AS array<array<float>>) AS h FROM range(0, 40, 1, 4)")
                .write()
                .parquet(folder.resolve("bad").toString());

        Run local = submit("local", score("local[*]", "in", "local-out"));
        assertThat(local.code()).as(local.printed()).isZero();
        try (StandaloneCluster cluster = StandaloneCluster.start(2)) {
            Run remote = submit("cluster", score(cluster.masterUrl(), "in", "cluster-out"));
            assertThat(remote.code()).as(remote.printed()).isZero();
            assertThat(remote.printed()).contains("Scored 2,000 sequences");
            assertThat(cluster.executorLogs()).contains("worker-0").contains("worker-1");

            // The error of a task comes back over the network with its message and its code.
            Run bad = submit("bad", score(cluster.masterUrl(), "bad", "bad-out"));
            assertThat(bad.code()).as(bad.printed()).isEqualTo(3);
            assertThat(bad.printed()).contains("spark-rnn: row with id = 17: step 0, feature 1 is null");
            assertThat(folder.resolve("bad-out")).doesNotExist();
        }
        assertThat(rows("cluster-out")).hasSize(2000).isEqualTo(rows("local-out"));
    }

    /** The rows, numbers as their bits: a float's text is the shortest that gives the same bits again. */
    private List<String> rows(String output) {
        return LocalSpark.session()
                .read()
                .parquet(folder.resolve(output).toString())
                .orderBy("id")
                .collectAsList()
                .stream()
                .map(Row::toString)
                .toList();
    }

    @Test
    @Timeout(300)
    void scoresTheSampleAsAStrangerDoes() throws IOException, InterruptedException {
        // Twice, for it is said to work as often as one likes; nothing but the command.
        for (int i = 0; i < 2; i++) {
            Run run = submit("sample" + i);
            assertThat(run.code()).as(run.printed()).isZero();
            assertThat(run.printed())
                    .contains("Scored 1,461 sequences, 43,395 time steps")
                    .contains("id seattle-2012-01-01")
                    .doesNotContain(" INFO ")
                    .doesNotContain("\tat ");
        }
        try (Stream<Path> files = Files.list(Path.of("output", "weather"))) {
            assertThat(files.map(file -> file.getFileName().toString())).contains("_SUCCESS");
        }
    }
}
