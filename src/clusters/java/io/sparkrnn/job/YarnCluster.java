package io.sparkrnn.job;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.YarnApplicationState;
import org.apache.hadoop.yarn.client.api.YarnClient;
import org.apache.hadoop.yarn.conf.YarnConfiguration;
import org.apache.hadoop.yarn.exceptions.YarnException;
import org.apache.hadoop.yarn.server.MiniYARNCluster;

/**
 * YARN and HDFS on the loopback address: a resource manager and two node managers, a name node and two data nodes, all in this
 * JVM. The containers that YARN starts are processes below it.
 */
final class YarnCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int NODES = 2;

    /** Where MiniYARNCluster puts what its nodes keep: a system property. */
    private static final String WORK_FOLDER = "test.build.data";

    private static final String LOOPBACK = "127.0.0.1";

    private final MiniDFSCluster hdfs;
    private final MiniYARNCluster yarn;
    private final YarnClient client = YarnClient.createYarnClient();
    private final Path configuration;

    private YarnCluster(MiniDFSCluster hdfs, MiniYARNCluster yarn, Path configuration) {
        this.hdfs = hdfs;
        this.yarn = yarn;
        this.configuration = configuration;
    }

    /**
     * Starts one; returns when both nodes are known to it.
     *
     * @param folder where its disks and its logs are
     */
    static YarnCluster start(Path folder) throws IOException, InterruptedException {
        Configuration conf = settings();
        conf.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.resolve("dfs").toString());
        MiniDFSCluster hdfs =
                new MiniDFSCluster.Builder(conf).numDataNodes(NODES).build();
        hdfs.waitActive();
        FileSystem.setDefaultUri(conf, hdfs.getURI());
        System.setProperty(WORK_FOLDER, folder.resolve("yarn").toString());
        MiniYARNCluster yarn = new MiniYARNCluster("nodes", NODES, 1, 1, false);
        YarnCluster cluster = new YarnCluster(hdfs, yarn, Files.createDirectory(folder.resolve("conf")));
        try {
            yarn.init(conf);
            yarn.start();
            cluster.await();
            cluster.tellClients();
            return cluster;
        } catch (YarnException | RuntimeException e) {
            cluster.close();
            throw new IllegalStateException("no YARN: see " + folder, e);
        }
    }

    private static Configuration settings() {
        Configuration conf = new YarnConfiguration();
        // the jar of this cluster is without capacity-scheduler.xml
        String queues = "yarn.scheduler.capacity.root.";
        conf.set(queues + "queues", "default");
        conf.set(queues + "default.capacity", "100");
        conf.set(queues + "default.maximum-capacity", "100");
        conf.set(queues + "default.user-limit-factor", "1");
        conf.set(queues + "default.state", "RUNNING");
        conf.set(queues + "default.acl_submit_applications", "*");
        conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "0.9");
        conf.set("yarn.scheduler.capacity.node-locality-delay", "-1");
        conf.set("yarn.scheduler.minimum-allocation-mb", "128");
        conf.set("yarn.minicluster.yarn.nodemanager.resource.memory-mb", "4096");
        // a JVM reserves more than it takes, and this machine's disks may be nearly full
        conf.set("yarn.nodemanager.vmem-check-enabled", "false");
        conf.set("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100");
        for (String service : List.of("resourcemanager", "nodemanager", "timeline-service")) {
            conf.set("yarn." + service + ".bind-host", LOOPBACK);
        }
        return conf;
    }

    private void await() throws YarnException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        // start returns before the port is known
        while (yarn.getConfig().get(YarnConfiguration.RM_ADDRESS).endsWith(":0")) {
            if (Instant.now().isAfter(end)) {
                throw new IllegalStateException(
                        "the resource manager has no port after " + PATIENCE.toSeconds() + " s");
            }
            Thread.sleep(100);
        }
        if (!yarn.waitForNodeManagersToConnect(PATIENCE.toMillis())) {
            throw new IllegalStateException("no nodes after " + PATIENCE.toSeconds() + " s");
        }
    }

    /** Writes the folder of configuration that is on a machine from which people submit. */
    private void tellClients() throws IOException {
        Configuration all = yarn.getConfig();
        Configuration core = new Configuration(false);
        core.set("fs.defaultFS", hdfs.getURI().toString());
        Configuration site = new Configuration(false);
        for (String service : List.of("", "scheduler.", "resource-tracker.", "admin.", "webapp.")) {
            String key = "yarn.resourcemanager." + service + "address";
            site.set(key, all.get(key));
        }
        write("core-site.xml", core);
        write("yarn-site.xml", site);
        client.init(all);
        client.start();
    }

    private void write(String name, Configuration settings) throws IOException {
        try (OutputStream out = Files.newOutputStream(configuration.resolve(name))) {
            settings.writeXml(out);
        }
    }

    /** A folder on HDFS. */
    String lake() {
        return hdfs.getURI() + "/lake";
    }

    /** What the command that submits finds in its environment. */
    Map<String, String> environment() {
        return Map.of("HADOOP_CONF_DIR", configuration.toString(), "SPARK_LOCAL_IP", LOOPBACK);
    }

    /** Options of spark-submit. */
    static List<String> options() throws IOException {
        List<String> options = new ArrayList<>(List.of("--master", "yarn"));
        options.addAll(List.of("--num-executors", "2", "--executor-cores", "1", "--executor-memory", "512m"));
        options.addAll(List.of("--driver-memory", "768m"));
        Map<String, String> settings = Map.of(
                "spark.yarn.jars",
                "local:" + EmbeddedSpark.distribution().resolve("jars") + "/*",
                "spark.yarn.appMasterEnv.JAVA_HOME",
                System.getProperty("java.home"),
                "spark.executorEnv.JAVA_HOME",
                System.getProperty("java.home"),
                "spark.yarn.appMasterEnv.SPARK_LOCAL_IP",
                LOOPBACK,
                "spark.executorEnv.SPARK_LOCAL_IP",
                LOOPBACK,
                "spark.scheduler.minRegisteredResourcesRatio",
                "1.0");
        settings.forEach((key, value) -> options.addAll(List.of("--conf", key + "=" + value)));
        return options;
    }

    /** The application that was submitted last. */
    ApplicationReport last() throws IOException {
        try {
            return client.getApplications().stream()
                    .max(Comparator.comparing(ApplicationReport::getApplicationId))
                    .orElseThrow();
        } catch (YarnException e) {
            throw new IOException(e);
        }
    }

    /** How many times its driver, or what stands for it in client mode, was started. */
    int attempts(ApplicationId application) throws IOException {
        try {
            return client.getApplicationAttempts(application).size();
        } catch (YarnException e) {
            throw new IOException(e);
        }
    }

    /** Ends what runs yet, as {@code yarn application -kill} does. */
    void killAll() throws IOException {
        try {
            for (ApplicationReport application : client.getApplications(EnumSet.of(
                    YarnApplicationState.SUBMITTED, YarnApplicationState.ACCEPTED, YarnApplicationState.RUNNING))) {
                client.killApplication(application.getApplicationId());
            }
        } catch (YarnException e) {
            throw new IOException(e);
        }
    }

    /** What all containers of an application wrote to stdout and stderr, the driver's first. */
    String printed(ApplicationId application) throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(yarn.getTestWorkDir().toPath())) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                if (file.toString().contains("/" + application + "/")
                        && (name.equals("stdout") || name.equals("stderr"))) {
                    all.append(file).append('\n').append(Files.readString(file));
                }
            }
        }
        return all.toString();
    }

    @Override
    public void close() {
        client.stop();
        yarn.stop();
        hdfs.shutdown();
    }
}
