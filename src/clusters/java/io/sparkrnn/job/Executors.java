package io.sparkrnn.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The executors of clusters that this JVM has started: processes below it. */
final class Executors {
    private Executors() {}

    static List<ProcessHandle> running() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> isMain(process, "ExecutorBackend"))
                .filter(ProcessHandle::isAlive)
                .toList();
    }

    /** Whether the main class of a Java process ends so; read from /proc, where a long command line is whole. */
    static boolean isMain(ProcessHandle process, String ending) {
        try {
            String line = Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
            return line.contains("java\0") && line.contains(ending + "\0");
        } catch (IOException e) {
            // it has ended
            return false;
        }
    }

    /** Sends a signal, as {@code kill} does. */
    static void signal(ProcessHandle process, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .waitFor();
    }
}
