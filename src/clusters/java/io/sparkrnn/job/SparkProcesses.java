package io.sparkrnn.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Spark's processes on clusters that this JVM has started: they are below it. */
final class SparkProcesses {
    private SparkProcesses() {}

    static List<ProcessHandle> executors() {
        return running("ExecutorBackend");
    }

    /** YARN's first container of each application; in cluster mode the driver is in it. */
    static List<ProcessHandle> applicationMasters() {
        return running("ApplicationMaster");
    }

    private static List<ProcessHandle> running(String mainClass) {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> isMain(process, mainClass))
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
