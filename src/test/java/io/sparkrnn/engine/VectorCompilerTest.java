package io.sparkrnn.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.model.Precision;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorCompilerTest {
    private static final String HOTSPOT = "OpenJDK 64-Bit Server VM";
    private static final String MIXED = "mixed mode, sharing";
    private static final Map<String, String> USUAL =
            Map.of("UseJVMCICompiler", "false", "TieredStopAtLevel", "4", "EnableVectorSupport", "true");

    @Test
    void c2KeepsVectorsInRegisters() {
        assertThat(objection(HOTSPOT, MIXED, 17, USUAL)).isNull();
        assertThat(objection(HOTSPOT, MIXED, 17, Map.of()))
                .as("a JVM without these options")
                .isNull();
    }

    /** Both measured, see docs/performance.md. */
    @Test
    void graalDoesFromJava25On() {
        Map<String, String> graal = Map.of("UseJVMCICompiler", "true", "TieredStopAtLevel", "4");
        assertThat(objection(HOTSPOT, MIXED, 17, graal))
                .contains("Graal of Java 17")
                .contains("-XX:-UseJVMCICompiler");
        assertThat(objection(HOTSPOT, MIXED, 21, graal)).contains("Graal of Java 21");
        assertThat(objection(HOTSPOT, MIXED, 25, graal)).isNull();
    }

    @Test
    void openJ9DoesNot() {
        assertThat(objection("Eclipse OpenJ9 VM", "JRE 17 Linux amd64-64-Bit", 17, Map.of()))
                .contains("OpenJ9");
    }

    /** JVMs of their own: what they are told is what they answer, and auto comes to the portable kernel. */
    @ParameterizedTest
    @ValueSource(strings = {"-XX:TieredStopAtLevel=1", "-XX:CompilationMode=quick-only", "-Xint"})
    void aJvmWithoutC2SaysSo(String option) throws IOException, InterruptedException {
        assertThat(said(option)).startsWith("PORTABLE: ").contains(option.replaceAll("=.*", ""));
    }

    @Test
    void aUsualJvmHasNoObjection() throws IOException, InterruptedException {
        assertThat(said("-XX:+UseG1GC")).isEqualTo("SIMD: null");
        assertThat(said("-XX:+UnlockExperimentalVMOptions", "-XX:-EnableVectorSupport"))
                .contains("-EnableVectorSupport");
    }

    private static @Nullable String objection(String vm, String mode, int java, Map<String, String> options) {
        return new VectorCompiler(vm, mode, java, options::get).objection();
    }

    /** What a JVM with these options says of itself. */
    private static String said(String... options) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx64m"));
        command.addAll(List.of(options));
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "-cp", System.getProperty("java.class.path")));
        command.add(Say.class.getName());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).isZero();
        return said;
    }

    static final class Say {
        private Say() {}

        public static void main(String[] arguments) {
            System.out.print(EngineFactory.byName(KernelChoice.AUTO, Precision.FLOAT32) + ": "
                    + VectorCompiler.ofThisJvm().objection());
        }
    }
}
