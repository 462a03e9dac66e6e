package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A run of the job by {@code submit.sh}, whose process becomes the driver (in client mode). */
final class Submitted implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(8);
    static final int KILLED = 137;

    private final String name;
    private final Process process;
    private final Path log;
    private final Instant started = Instant.now();

    private Submitted(String name, Process process, Path log) {
        this.name = name;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts one.
     *
     * @param folder where its log goes
     * @param spark options of spark-submit
     * @param job the command and its options
     */
    static Submitted start(
            String name, Path folder, List<String> spark, List<String> job, Map<String, String> environment)
            throws IOException {
        List<String> command =
                new ArrayList<>(List.of(Path.of("submit.sh").toAbsolutePath().toString()));
        command.addAll(spark);
        command.add("--");
        command.addAll(job);
        Path log = folder.resolve(name + ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(log.toFile());
        EmbeddedSpark.choose(builder);
        builder.environment().putAll(environment);
        return new Submitted(name, builder.start(), log);
    }

    /** A moment that can be seen from outside. */
    @FunctionalInterface
    interface Moment {
        boolean isHere() throws IOException;
    }

    /** Waits for a moment of this run. */
    void until(String what, Moment moment) throws IOException, InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (!isHere(moment)) {
            if (!process.isAlive() || Instant.now().isAfter(end)) {
                throw new AssertionError(
                        name + (process.isAlive() ? " goes on" : " ended") + " without: " + what + "\n" + printed());
            }
            Thread.sleep(20);
        }
    }

    private static boolean isHere(Moment moment) throws IOException {
        try {
            return moment.isHere();
        } catch (FileNotFoundException | RuntimeException e) { // the local disk's listing throws the second
            // renamed by a task while it was looked at
            return false;
        }
    }

    void killDriver() throws InterruptedException {
        process.destroyForcibly();
        process.waitFor();
    }

    int code() throws IOException, InterruptedException {
        if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError(name + " goes on after " + PATIENCE.toSeconds() + " s\n" + printed());
        }
        return process.exitValue();
    }

    void assertDone() throws IOException, InterruptedException {
        assertThat(code()).as(() -> name + ": " + printed()).isZero();
    }

    String printed() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return "no log: " + e.getMessage();
        }
    }

    long seconds() {
        return Duration.between(started, Instant.now()).toSeconds();
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }
}
