package io.sparkrnn.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Locale;

/** What was seen, a line a fault: in {@code target/clusters/seen-NAME.md}, and printed. */
final class Seen {
    private final Path file;

    Seen(String scenario) throws IOException {
        file = folder().resolve("seen-" + scenario + ".md");
        Files.writeString(file, """
                | fault | how it was made | rows in | rows out | checksum | s |
                |---|---|---|---|---|---|
                """);
    }

    /** Where logs and tables go. */
    static Path folder() throws IOException {
        return Files.createDirectories(Path.of(System.getProperty("clusters.folder", "target/clusters")));
    }

    static long secondsSince(long nanoTime) {
        return (System.nanoTime() - nanoTime) / 1_000_000_000;
    }

    void add(String fault, String made, Lake.Contents expected, Lake.Contents found, long seconds) throws IOException {
        String line = String.format(
                Locale.ROOT,
                "| %s | %s | %,d | %,d | %s | %d |%n",
                fault,
                made,
                expected.rows(),
                found.rows(),
                found.checksum().equals(expected.checksum()) ? "equal" : "not equal",
                seconds);
        Files.writeString(file, line, StandardOpenOption.APPEND);
        System.out.print(line);
    }
}
