package io.sparkrnn.job;

import io.sparkrnn.platform.BuiltFor;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.launcher.JavaModuleOptions;

/**
 * A Spark standalone cluster on the loopback address: a Master and some Workers, each a process of its own, made of
 * the jars that the build copied to {@link EmbeddedSpark}. Executors see those jars and what the job brings, nothing of
 * the tests' class path.
 *
 * <pre>{@code
 * try (StandaloneCluster cluster = StandaloneCluster.start(2)) {
 *     // ./submit.sh --master cluster.masterUrl() --conf spark.executor.memory=512m -- ...
 * }
 * }</pre>
 */
final class StandaloneCluster implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final String LOOPBACK = "127.0.0.1";
    private static final int MEMORY_OF_A_WORKER_IN_MB = 1024;

    // What Spark logs at INFO once the port is bound and once a Worker is known: with port 0 there is no other word.
    private static final Pattern MASTER_STARTED = Pattern.compile("Starting Spark master at (spark://\\S+)");
    private static final Pattern WORKER_REGISTERED = Pattern.compile("Registering worker " + LOOPBACK);

    private final Path sparkHome;
    private final Path folder;
    private final List<Process> processes = new ArrayList<>();
    private final Thread atExit = new Thread(this::killAll, "standalone-cluster-exit");
    private String masterUrl = "";

    private StandaloneCluster(Path sparkHome, Path folder) {
        this.sparkHome = sparkHome;
        this.folder = folder;
    }

    /** Starts a Master and its Workers of one core each; returns when all of them are registered. */
    static StandaloneCluster start(int workers) throws IOException, InterruptedException {
        Path sparkHome = EmbeddedSpark.distribution();
        Path target = sparkHome.getParent();
        StandaloneCluster cluster = new StandaloneCluster(sparkHome, Files.createTempDirectory(target, "cluster-"));
        // a test run that is broken off must not leave processes behind
        Runtime.getRuntime().addShutdownHook(cluster.atExit);
        try {
            cluster.startMaster();
            for (int i = 0; i < workers; i++) {
                cluster.startWorker(i);
            }
            cluster.await("master", () -> cluster.count("master", WORKER_REGISTERED) >= workers);
            return cluster;
        } catch (IOException | InterruptedException | RuntimeException e) {
            cluster.close();
            throw e;
        }
    }

    String masterUrl() {
        return masterUrl;
    }

    /** Where the logs of the Master and the Workers are, and under {@code worker-N} the Workers' own folders. */
    Path folder() {
        return folder;
    }

    /** What the executors of all jobs so far have written to stderr. */
    String executorLogs() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(f -> f.endsWith("stderr")).sorted().toList()) {
                all.append(file).append('\n').append(Files.readString(file));
            }
        }
        return all.toString();
    }

    /** Ends the Master, the Workers and their executors; the folder stays, for a look at the logs. */
    @Override
    public void close() {
        killAll();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            return; // the JVM is ending, and the hook has run or runs
        }
    }

    private void startMaster() throws IOException, InterruptedException {
        launch(
                "master",
                "org.apache.spark.deploy.master.Master",
                "--host",
                LOOPBACK,
                "--port",
                "0",
                "--webui-port",
                "0");
        await("master", () -> find("master", MASTER_STARTED).isPresent());
        masterUrl = find("master", MASTER_STARTED).orElseThrow();
    }

    private void startWorker(int number) throws IOException {
        String name = "worker-" + number;
        launch(
                name,
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                LOOPBACK,
                "--port",
                "0",
                "--webui-port",
                "0",
                "--cores",
                "1",
                "--memory",
                MEMORY_OF_A_WORKER_IN_MB + "m",
                "--work-dir",
                folder.resolve(name).toString(),
                masterUrl);
    }

    private void launch(String name, String mainClass, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xmx256m");
        command.addAll(List.of(JavaModuleOptions.defaultModuleOptions().trim().split(" +")));
        command.addAll(List.of("-cp", sparkHome.resolve("jars") + File.separator + "*", mainClass));
        command.addAll(List.of(arguments));

        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        // nothing of a Spark that the machine may have
        builder.environment().keySet().removeIf(key -> key.startsWith("SPARK_"));
        builder.environment().put("SPARK_HOME", sparkHome.toString());
        builder.environment().put("SPARK_SCALA_VERSION", BuiltFor.scala());
        builder.environment().put("SPARK_CONF_DIR", folder.toString());
        builder.environment().put("SPARK_LOCAL_IP", LOOPBACK);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        builder.redirectErrorStream(true);
        builder.redirectOutput(log(name).toFile());
        processes.add(builder.start());
    }

    /** Executors are children of the Workers; one started just now ends by itself when it misses its Worker. */
    private void killAll() {
        List<ProcessHandle> executors =
                processes.stream().flatMap(Process::descendants).toList();
        for (Process process : processes) {
            process.destroyForcibly();
        }
        executors.forEach(ProcessHandle::destroyForcibly);
        Stream.concat(processes.stream().map(Process::toHandle), executors.stream())
                .forEach(StandaloneCluster::awaitEnd);
    }

    private static void awaitEnd(ProcessHandle process) {
        process.onExit()
                .completeOnTimeout(process, PATIENCE.toSeconds(), TimeUnit.SECONDS)
                .join();
    }

    private void await(String name, Condition condition) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (!condition.holds()) {
            boolean ended = processes.stream().anyMatch(process -> !process.isAlive());
            if (ended || Instant.now().isAfter(end)) {
                throw new IllegalStateException((ended
                                ? "a process of the cluster ended"
                                : "the cluster is not up after " + PATIENCE.toSeconds() + " s")
                        + "; logs are in " + folder + ", that of the " + name + ":\n" + Files.readString(log(name)));
            }
            Thread.sleep(100);
        }
    }

    private interface Condition {
        boolean holds();
    }

    private long count(String name, Pattern pattern) {
        return pattern.matcher(read(name)).results().count();
    }

    private Optional<String> find(String name, Pattern pattern) {
        Matcher matcher = pattern.matcher(read(name));
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    private String read(String name) {
        try {
            return Files.readString(log(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path log(String name) {
        return folder.resolve(name + ".log");
    }
}
