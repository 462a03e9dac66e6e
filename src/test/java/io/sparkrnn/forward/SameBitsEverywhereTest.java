package io.sparkrnn.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkrnn.kernel.portable.PortableKernel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits at every vector width, without the vector module, and on another JDK: each in a JVM of its own. */
class SameBitsEverywhereTest {
    private static final int FIRST_SEED = 4000;
    private static final int SEEDS = 12;

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void atEveryWidth(int bits) throws IOException, InterruptedException {
        assertThat(digests(thisJava(), "simd", "-Dio.sparkrnn.kernel.simd.bits=" + bits))
                .isEqualTo(expected());
    }

    /** Processors differ in how sequences come side by side. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whetherGathersAreSlowOrNot(boolean slow) throws IOException, InterruptedException {
        assertThat(digests(
                        thisJava(),
                        "simd",
                        "-Dio.sparkrnn.kernel.simd.bits=512",
                        "-Dio.sparkrnn.kernel.simd.slowGathers=" + slow))
                .isEqualTo(expected());
    }

    @ParameterizedTest
    @ValueSource(strings = {"-XX:UseAVX=2", "-XX:UseAVX=1"})
    void onLesserMachines(String option) throws IOException, InterruptedException {
        assumeTrue(System.getProperty("os.arch").equals("amd64"), "an option of x86-64 JVMs");
        assertThat(digests(thisJava(), "simd", option)).isEqualTo(expected());
    }

    @Test
    void withoutTheModule() throws IOException, InterruptedException {
        assertThat(digests(thisJava(), "portable", "-XX:TieredStopAtLevel=1")).isEqualTo(expected());
    }

    /** The JDK that -Dother.jdk=FOLDER names, else the newest among its usual places. */
    @Test
    void onAnotherJdk() throws IOException, InterruptedException {
        Optional<Path> java = otherJava();
        assumeTrue(java.isPresent(), "no other JDK here; name one by -Dother.jdk=FOLDER");
        assertThat(digests(java.get(), "simd")).isEqualTo(expected());
        assertThat(digests(java.get(), "portable")).isEqualTo(expected());
    }

    private static Path thisJava() {
        return Path.of(System.getProperty("java.home"), "bin", "java");
    }

    private static Optional<Path> otherJava() throws IOException {
        String named = System.getProperty("other.jdk");
        if (named != null) {
            return Optional.of(Path.of(named, "bin", "java"));
        }
        Path places = Path.of("/usr/lib/jvm");
        if (!Files.isDirectory(places)) {
            return Optional.empty();
        }
        try (Stream<Path> jdks = Files.list(places)) {
            return jdks.filter(jdk -> jdk.getFileName().toString().contains("25"))
                    .map(jdk -> jdk.resolve("bin/java"))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }

    private static String expected() {
        StringBuilder lines = new StringBuilder();
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
            lines.append(seed)
                    .append(' ')
                    .append(new BitsDigest(seed).of(new PortableKernel()))
                    .append('\n');
        }
        return lines.toString();
    }

    private String digests(Path java, String kernel, String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx512m"));
        command.addAll(List.of(options));
        if (kernel.equals("simd")) {
            command.addAll(List.of("--add-modules", "jdk.incubator.vector"));
        }
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                BitsDigest.class.getName(),
                kernel,
                Integer.toString(FIRST_SEED),
                Integer.toString(SEEDS)));
        Path out = folder.resolve("out");
        Path errors = folder.resolve("errors");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile())
                .start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertThat(ended && process.exitValue() == 0)
                .as("%s: %s", command, Files.readString(errors))
                .isTrue();
        return Files.readString(out, StandardCharsets.UTF_8);
    }
}
