package io.sparkrnn.job;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/** The classes of {@code io.sparkrnn.faults} in a jar, for driver and executors, who see nothing else of the tests. */
final class FaultJar {
    private FaultJar() {}

    static Path in(Path folder) throws IOException {
        Path classes;
        try {
            classes = Path.of(FaultJar.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IOException(e);
        }
        Path jar = folder.resolve("faults.jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> found = Files.list(classes.resolve("io/sparkrnn/faults"))) {
            for (Path file : found.sorted().toList()) {
                out.putNextEntry(new JarEntry("io/sparkrnn/faults/" + file.getFileName()));
                Files.copy(file, out);
                out.closeEntry();
            }
        }
        return jar;
    }

    /** Options of spark-submit that put jars before everybody's eyes. */
    static List<String> onClassPath(String jars) {
        return List.of(
                "--conf", "spark.driver.extraClassPath=" + jars, "--conf", "spark.executor.extraClassPath=" + jars);
    }
}
