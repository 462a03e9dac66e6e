package io.sparkrnn.spark.count;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EngineUseTest {
    @Test
    void anExecutorCountsOnceHoweverManyTasksItRuns() {
        EngineUse all = new EngineUse();
        for (String executor : new String[] {"1", "2", "1", "3", "2"}) {
            EngineUse task = (EngineUse) all.copyAndReset();
            assertThat(task.isZero()).isTrue();
            task.add(new EngineUse.Of(executor, executor.equals("3") ? "portable" : "simd, 512 bits"));
            all.merge(task);
        }

        assertThat(all.isZero()).isFalse();
        assertThat(all.executors()).isEqualTo(Map.of("simd, 512 bits", 2, "portable", 1));
        assertThat(((EngineUse) all.copy()).executors()).isEqualTo(all.executors());
    }
}
