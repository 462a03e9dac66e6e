package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The cluster that other tests rely on: it runs a job on all of its workers, and leaves no process behind. */
class StandaloneClusterIT {
    @Test
    @Timeout(300)
    void runsAJobOnEveryWorkerAndEndsWithAllItsProcesses() throws Exception {
        List<ProcessHandle> started;
        try (StandaloneCluster cluster = StandaloneCluster.start(2)) {
            assertThat(cluster.masterUrl()).startsWith("spark://127.0.0.1:");
            try (SparkSession spark = SparkSession.builder()
                    .master(cluster.masterUrl())
                    .appName("standalone-cluster")
                    .config("spark.driver.host", "127.0.0.1")
                    .config("spark.driver.bindAddress", "127.0.0.1")
                    .config("spark.ui.enabled", "false")
                    .config("spark.executor.memory", "512m")
                    // waits for both executors, so that the tasks are not all run by the first
                    .config("spark.scheduler.minRegisteredResourcesRatio", "1.0")
                    .config("spark.cores.max", "2")
                    .getOrCreate()) {
                long rows = spark.range(0, 1000, 1, 8).filter("id % 2 = 0").count();
                assertThat(rows).isEqualTo(500);
            }
            assertThat(cluster.executorLogs()).contains("worker-0").contains("worker-1");
            started = ProcessHandle.current()
                    .descendants()
                    .filter(process -> process.info()
                            .commandLine()
                            .orElse("")
                            .contains(cluster.folder().toString()))
                    .toList();
        }
        assertThat(started).as("the workers").hasSizeGreaterThanOrEqualTo(2).noneMatch(ProcessHandle::isAlive);
    }
}
