package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.engine.KernelChoice;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class EngineSummaryTest {
    @Test
    void oneEngineIsNamedAndNothingMore() {
        EngineSummary summary = new EngineSummary(Map.of("simd, 512 bits", 12), KernelChoice.AUTO);

        assertThat(summary.inBrackets()).isEqualTo(" (simd, 512 bits)");
        assertThat(summary.note()).isNull();
    }

    @Test
    void executorsWithoutTheVectorModuleAreCounted() {
        EngineSummary summary =
                new EngineSummary(new TreeMap<>(Map.of("simd, 256 bits", 10, "portable", 2)), KernelChoice.AUTO);

        assertThat(summary.inBrackets()).isEqualTo(" (portable on 2 executors; simd, 256 bits on 10 executors)");
        assertThat(summary.note())
                .startsWith("portable on 2 of 12 executors")
                .contains("Their logs say why")
                .contains("add --add-modules=jdk.incubator.vector to spark.executor.extraJavaOptions");
    }

    @Test
    void whoAsksForThePortableKernelIsNotToldToDoWithoutIt() {
        assertThat(new EngineSummary(Map.of("portable", 1), KernelChoice.PORTABLE).note())
                .isNull();
        assertThat(new EngineSummary(Map.of("portable", 1), KernelChoice.AUTO).note())
                .startsWith("portable on 1 of 1 executor,");
    }

    @Test
    void aTableOfNoRowsNamesNone() {
        assertThat(new EngineSummary(Map.of(), KernelChoice.AUTO).inBrackets()).isEmpty();
    }
}
