package io.sparkrnn.job;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Spark's own server of Spark Connect on the loopback address, a process of its own, as start-connect-server.sh starts it. */
final class ConnectServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final Path JARS = Path.of(System.getProperty("doors.connect", "target/connect"));

    private final Process process;
    private final int port;
    private final Path log;

    private ConnectServer(Process process, int port, Path log) {
        this.process = process;
        this.port = port;
        this.log = log;
    }

    /** Whether the build could get a server and a client for this Spark. */
    static boolean canBeHad() {
        return Files.exists(JARS.resolve("server.jar")) && Files.exists(JARS.resolve("client.jar"));
    }

    /**
     * Starts one; returns when it takes connections.
     *
     * @param folder where it runs, and its log goes
     * @param jar ours, which it is given by --jars alone
     */
    static ConnectServer start(Path folder, Path jar, Map<String, String> settings)
            throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        List<String> command = java();
        // what is in this folder in a distribution of Spark 4
        command.addAll(List.of("-cp", EmbeddedSpark.distribution() + "/jars/*:" + JARS.resolve("server.jar")));
        command.add("org.apache.spark.deploy.SparkSubmit");
        command.addAll(List.of("--master", "local[2]", "--jars", jar.toString()));
        command.addAll(List.of("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"));
        settings.forEach((name, value) -> command.addAll(List.of("--conf", name + "=" + value)));
        for (String local : List.of(
                "spark.driver.host=127.0.0.1",
                "spark.driver.bindAddress=127.0.0.1",
                "spark.ui.enabled=false",
                "spark.connect.grpc.binding.address=127.0.0.1",
                "spark.connect.grpc.binding.port=" + port)) {
            command.addAll(List.of("--conf", local));
        }
        command.add(JARS.resolve("server.jar").toString());
        Path log = folder.resolve("connect-server.log");
        Process process = process(folder, log, command).start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        ConnectServer server = new ConnectServer(process, port, log);
        Instant end = Instant.now().plus(PATIENCE);
        while (!server.listens()) {
            if (!process.isAlive() || Instant.now().isAfter(end)) {
                server.close();
                throw new AssertionError("no server of Spark Connect:\n" + Files.readString(log));
            }
            Thread.sleep(200);
        }
        return server;
    }

    private boolean listens() throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (ConnectException e) {
            // not yet
            return false;
        }
    }

    /** Runs {@link ConnectClient}, and gives what it printed. */
    List<String> asked(Path folder, String... arguments) throws IOException, InterruptedException {
        List<String> path = new ArrayList<>();
        path.add(System.getProperty("doors.classes", "target/test-classes"));
        path.add(JARS.resolve("client.jar").toString());
        // as Spark's launcher does for a session that is elsewhere: without the classic Spark SQL
        try (Stream<Path> jars = Files.list(EmbeddedSpark.home().resolve("jars"))) {
            jars.filter(jar -> !jar.getFileName().toString().startsWith("spark-sql_"))
                    .sorted()
                    .forEach(jar -> path.add(jar.toString()));
        }
        List<String> command = java();
        command.addAll(List.of("-cp", String.join(":", path), ConnectClient.class.getName()));
        command.addAll(List.of(arguments));
        Path errors = folder.resolve("connect-client.log");
        Path answers = folder.resolve("connect-client.txt");
        ProcessBuilder builder = process(folder, errors, command).redirectErrorStream(false);
        builder.redirectError(errors.toFile()).redirectOutput(answers.toFile());
        builder.environment().put("SPARK_REMOTE", "sc://127.0.0.1:" + port);
        Process client = builder.start();
        try {
            if (!client.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS) || client.exitValue() != 0) {
                throw new AssertionError("the client of Spark Connect:\n" + Files.readString(answers)
                        + Files.readString(errors) + "\nits server:\n" + Files.readString(log));
            }
        } finally {
            client.destroyForcibly();
        }
        return Files.readAllLines(answers);
    }

    /** With the options of this JVM, which are those that Spark's launcher gives. */
    private static List<String> java() {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(
                List.of(System.getProperty("doors.jvm.options", "").strip().split("\\s+")));
        command.add("-Xmx1g");
        return command;
    }

    private static ProcessBuilder process(Path folder, Path log, List<String> command) {
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(log.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        return builder;
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (process.waitFor(20, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        process.destroyForcibly();
    }
}
