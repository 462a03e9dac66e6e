package io.sparkrnn.job;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** A server of S3's protocol on the loopback address, a process of its own (Adobe's S3Mock), with one bucket. */
final class S3Server implements AutoCloseable {
    static final String BUCKET = "lake";

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process process;
    private final int port;

    private S3Server(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    /**
     * Starts one; returns when its bucket is there.
     *
     * @param folder where it keeps its objects and its log
     */
    static S3Server start(Path folder) throws IOException, InterruptedException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx512m",
                        "-Dserver.address=127.0.0.1",
                        "-Dserver.port=0",
                        "-Dhttp.port=" + port,
                        "-jar",
                        Seen.folder().resolve("s3mock.jar").toString(),
                        "--com.adobe.testing.s3mock.store.root=" + folder.resolve("s3"))
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("s3.log").toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        S3Server server = new S3Server(process, port);
        Instant end = Instant.now().plus(PATIENCE);
        while (!server.makesBucket()) {
            if (!process.isAlive() || Instant.now().isAfter(end)) {
                throw new AssertionError("no server of S3: see s3.log in " + folder);
            }
            Thread.sleep(200);
        }
        return server;
    }

    private boolean makesBucket() throws IOException, InterruptedException {
        try {
            return client.send(
                                    HttpRequest.newBuilder(uri(""))
                                            .PUT(HttpRequest.BodyPublishers.noBody())
                                            .build(),
                                    HttpResponse.BodyHandlers.discarding())
                            .statusCode()
                    == 200;
        } catch (ConnectException e) {
            // not yet
            return false;
        }
    }

    private URI uri(String query) {
        return URI.create("http://127.0.0.1:" + port + "/" + BUCKET + query);
    }

    /** What Hadoop has to know to reach it. */
    Map<String, String> settings(Path buffers) {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("fs.s3a.endpoint", "http://127.0.0.1:" + port);
        settings.put("fs.s3a.endpoint.region", "us-east-1");
        settings.put("fs.s3a.path.style.access", "true");
        settings.put("fs.s3a.connection.ssl.enabled", "false");
        settings.put("fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider");
        // of nobody: the server asks for none in particular
        settings.put("fs.s3a.access.key", "any");
        settings.put("fs.s3a.secret.key", "any");
        settings.put("fs.s3a.buffer.dir", buffers.toString());
        return settings;
    }

    /** How many uploads in parts were begun and neither completed nor aborted. */
    int uploads() throws IOException, InterruptedException {
        String found = client.send(
                        HttpRequest.newBuilder(uri("?uploads")).build(), HttpResponse.BodyHandlers.ofString())
                .body();
        if (!found.contains("ListMultipartUploadsResult")) {
            throw new AssertionError(found);
        }
        return found.split("<UploadId>", -1).length - 1;
    }

    int port() {
        return port;
    }

    ProcessHandle process() {
        return process.toHandle();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
