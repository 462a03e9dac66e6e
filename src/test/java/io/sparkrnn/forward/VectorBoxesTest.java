package io.sparkrnn.forward;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * C2 keeps vectors in registers only where it inlines all that is done with them; where it does not, each operation makes an
 * object, at a hundredth of the speed, and no result tells. A JVM that runs one network decides otherwise than one that has
 * run many: hence JVMs of their own.
 */
class VectorBoxesTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"rnn, 64", "lstm, 64", "gru, 64", "lstm, 4", "rnn, 1", "lstm, 1", "gru, 1"})
    void vectorsStayInRegisters(String cell, String sequences) throws IOException, InterruptedException {
        passAllocatesNoVectors(cell, sequences);
    }

    /** Where the kernel had not mixed the operators first (OperatorProfiles), those of RNN and LSTM would become objects. */
    @ParameterizedTest
    @ValueSource(strings = {"rnn", "lstm", "gru"})
    void vectorsStayInRegistersWhereC2HasLostBets(String cell) throws IOException, InterruptedException {
        passAllocatesNoVectors(cell, "64", PassAllocation.BETS);
    }

    private void passAllocatesNoVectors(String... arguments) throws IOException, InterruptedException {
        Path out = folder.resolve("out");
        Path errors = folder.resolve("errors");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "--add-modules",
                "jdk.incubator.vector",
                "-cp",
                System.getProperty("java.class.path"),
                PassAllocation.class.getName()));
        Collections.addAll(command, arguments);
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(errors.toFile())
                .start();
        boolean ended = process.waitFor(3, TimeUnit.MINUTES);
        process.destroyForcibly();
        assertThat(ended && process.exitValue() == 0)
                .as("%s: %s", command, Files.readString(errors))
                .isTrue();
        assertThat(Long.parseLong(Files.readString(out).strip())).isLessThan(PassAllocation.MOST_BYTES);
    }
}
