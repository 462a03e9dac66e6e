package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** From HDFS to HDFS: a name node and three data nodes, two copies of each block. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
class HdfsFaultsIT {
    private static final long MEBIBYTE = 1 << 20;

    private MiniDFSCluster cluster;
    private Path folder;
    private Lake lake;
    private ClusterRuns runs;
    private List<String> faults;

    @BeforeAll
    void undisturbed() throws IOException, InterruptedException {
        folder = Files.createTempDirectory(Seen.folder(), "hdfs-");
        Configuration conf = new Configuration();
        conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("dfs").toString());
        // a data node that is gone is known to be gone in seconds
        conf.set("dfs.heartbeat.interval", "1");
        conf.set("dfs.namenode.heartbeat.recheck-interval", "1000");
        cluster = new MiniDFSCluster.Builder(conf).numDataNodes(3).build();
        cluster.waitActive();
        LocalSpark.session().sparkContext().hadoopConfiguration().set("dfs.replication", "2");
        lake = new Lake(cluster.getURI() + "/lake");
        faults = new ArrayList<>(FaultJar.onClassPath(FaultJar.in(folder).toString()));
        faults.addAll(List.of("--conf", "spark.hadoop.fs.hdfs.impl=io.sparkrnn.faults.FaultyHdfs"));
        runs = new ClusterRuns(
                "hdfs",
                lake,
                List.of(
                        "--master",
                        "local[2]",
                        "--conf",
                        "spark.hadoop.dfs.replication=2",
                        // a quota counts whole blocks
                        "--conf",
                        "spark.hadoop.dfs.blocksize=" + MEBIBYTE),
                Map.of());
        runs.assertSameOnTheLocalDisk(folder);
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.shutdown();
        }
    }

    private List<String> faulty(String setting) {
        List<String> options = new ArrayList<>(faults);
        options.addAll(List.of("--conf", "spark.hadoop.faults." + setting));
        return options;
    }

    @Test
    void anOutputIsReplaced() throws IOException, InterruptedException {
        runs.former("replaced");
        long start = System.nanoTime();
        runs.overwrite("replaced");
        assertThat(runs.isFormer("replaced")).isFalse();
        runs.assertWhole("none, `--mode overwrite`", "nothing was done", "replaced", Seen.secondsSince(start));
    }

    @Test
    void rowsAreAppended() throws IOException, InterruptedException {
        String output = lake.path("appended");
        long start = System.nanoTime();
        for (String half : List.of("id < 3000", "id >= 3000")) {
            try (Submitted run = runs.scoreInput(
                    "appended" + half.length(),
                    List.of(),
                    List.of("--where", half, "--output", output, "--mode", "append"))) {
                run.assertDone();
            }
        }
        runs.assertWhole(
                "none, twice `--mode append`",
                "two runs, of half of the rows each",
                "appended",
                Seen.secondsSince(start));
    }

    @Test
    void badRowsAreSetAside() throws IOException, InterruptedException {
        try (Submitted run = runs.scoreInput(
                "aside",
                List.of(),
                List.of(
                        "--input-query",
                        ClusterRuns.WITH_BAD_ROWS,
                        "--output",
                        lake.path("good"),
                        "--on-invalid",
                        "quarantine",
                        "--quarantine",
                        lake.path("bad")))) {
            run.assertDone();
            Lake.Contents good = lake.contents("undisturbed", "NOT " + ClusterRuns.BAD);
            assertThat(lake.contents("good")).isEqualTo(good);
            assertThat(lake.rows("bad", ClusterRuns.BAD)).isEqualTo(ClusterRuns.BAD_ROWS);
            assertThat(lake.rows("bad", "true")).isEqualTo(ClusterRuns.BAD_ROWS);
            assertThat(lake.left("good")).isEmpty();
            assertThat(lake.left("bad")).isEmpty();
            runs.seen()
                    .add(
                            "none, `--on-invalid quarantine`",
                            "six rows have null features; they are in the quarantine, once each",
                            good,
                            lake.contents("good"),
                            run.seconds());
        }
    }

    @Test
    void rowsAreVerified() throws IOException, InterruptedException {
        try (Submitted run = runs.verify("verified", "in")) {
            run.assertDone();
        }
    }

    @Test
    void aDataNodeIsLost() throws IOException, InterruptedException {
        MiniDFSCluster.DataNodeProperties lost = null;
        try (Submitted run = runs.score("datanode", "datanode", List.of(), List.of())) {
            run.until("two tasks have committed", () -> lake.committedTasks("datanode") >= 2);
            lost = cluster.stopDataNode(0);
            run.assertDone();
            runs.assertWhole(
                    "one of three data nodes is lost",
                    "it is stopped, two of 12 tasks done",
                    "datanode",
                    run.seconds());
        } finally {
            if (lost != null) {
                cluster.restartDataNode(lost, true);
                cluster.waitActive();
            }
        }
    }

    @Test
    void theNameNodeIsRestarted() throws IOException, InterruptedException {
        try (Submitted run = runs.score(
                "namenode",
                "namenode",
                List.of("--conf", "spark.hadoop.dfs.client.retry.policy.enabled=true"),
                List.of())) {
            run.until("two tasks have committed", () -> lake.committedTasks("namenode") >= 2);
            cluster.restartNameNode(0, true);
            run.assertDone();
            runs.assertWhole(
                    "the name node is lost and comes back, `dfs.client.retry.policy.enabled=true`",
                    "it is stopped and started, two of 12 tasks done",
                    "namenode",
                    run.seconds());
        }
    }

    @Test
    void theDriverIsKilledWhileItOverwrites() throws IOException, InterruptedException {
        runs.former("over");
        try (Submitted run = runs.score("over", "over", List.of(), List.of("--mode", "overwrite"))) {
            runs.untilStaged(run, "over", 4);
            run.killDriver();
        }
        runs.assertFormerStays("over");
        assertThat(lake.staged("over", "")).hasSize(1);
        lake.ageLeases("over");
        long start = System.nanoTime();
        runs.overwrite("over");
        runs.assertWhole(
                "the driver is lost, `--mode overwrite`",
                "kill -9, four of 12 tasks done; the former output is there whole; run again",
                "over",
                Seen.secondsSince(start));
    }

    @Test
    void theDriverIsKilledWithTheFormerOutputSetAside() throws IOException, InterruptedException {
        runs.former("swap");
        try (Submitted run = runs.score(
                "swap",
                "swap",
                faulty("kill.after.rename.to=.*/_swap-" + io.sparkrnn.job.storage.Staging.UUID_PATTERN + "-former"),
                List.of("--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(Submitted.KILLED);
        }
        assertThat(lake.exists("swap")).isFalse();
        lake.ageLeases("swap");
        try (Submitted refused = runs.score("swap-back", "swap", List.of(), List.of())) {
            assertThat(refused.code()).as(refused::printed).isEqualTo(6);
            assertThat(refused.printed()).contains("what was there before is put back");
        }
        assertThat(runs.isFormer("swap")).as("the former output is back").isTrue();
        long start = System.nanoTime();
        runs.overwrite("swap");
        runs.assertWhole(
                "the driver is lost in the swap, the former output set aside",
                "kill -9 by the file system after the first rename; run again",
                "swap",
                Seen.secondsSince(start));
    }

    @Test
    void aQuotaIsUsedUp() throws IOException, InterruptedException {
        org.apache.hadoop.fs.Path small = new org.apache.hadoop.fs.Path(lake.path("small"));
        DistributedFileSystem hdfs = (DistributedFileSystem) lake.fileSystem();
        hdfs.mkdirs(small);
        runs.former("small/out");
        long used = hdfs.getContentSummary(small).getSpaceConsumed();
        hdfs.setQuota(small, HdfsConstants.QUOTA_DONT_SET, used + 8 * MEBIBYTE);
        long seconds;
        try (Submitted run = runs.score("quota", "small/out", List.of(), List.of("--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed())
                    .contains("spark-rnn: --output: cannot write " + lake.path("small/"))
                    .contains("quota");
            seconds = run.seconds();
        }
        runs.assertFormerStays("small/out");
        assertThat(lake.left("small/out")).isEmpty();
        runs.note(
                "a quota of space is used up, `--mode overwrite`",
                "8 MiB are left to the output's folder; the job ends with code 1, and the former output stays",
                lake.contents("small/out"),
                seconds);
        hdfs.setQuota(small, HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);
        long start = System.nanoTime();
        runs.overwrite("small/out");
        runs.assertWhole("the same, with room again", "run again", "small/out", Seen.secondsSince(start));
    }
}
