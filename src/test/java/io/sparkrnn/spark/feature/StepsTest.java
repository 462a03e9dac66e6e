package io.sparkrnn.spark.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Runs of steps are the same steps as a list of them. */
class StepsTest {
    private static final long SEED = 20261127;

    private static List<Integer> list(Steps steps) {
        List<Integer> list = new ArrayList<>();
        for (int run = 0; run < steps.runs(); run++) {
            assertThat(steps.from(run)).isLessThan(steps.to(run));
            for (int t = steps.from(run); t < steps.to(run); t++) {
                list.add(t);
            }
        }
        return list;
    }

    @Test
    void areWhatAListOfThemWouldBe() {
        Random random = new Random(SEED);
        Steps steps = new Steps();
        for (int trial = 0; trial < 2000; trial++) {
            steps.clear();
            List<Integer> expected = new ArrayList<>();
            for (int t = 0; t < random.nextInt(20); t++) {
                if (random.nextBoolean()) {
                    steps.add(t, t + 1);
                    expected.add(t);
                }
            }
            int most = random.nextInt(12);
            if (random.nextBoolean()) {
                steps.keepFirst(most);
                expected = expected.subList(0, Math.min(most, expected.size()));
            } else {
                steps.keepLast(most);
                expected = expected.subList(Math.max(0, expected.size() - most), expected.size());
            }
            assertThat(list(steps)).as("seed %d, trial %d", SEED, trial).isEqualTo(expected);
            assertThat(steps.count()).isEqualTo(expected.size());
        }
    }

    @Test
    void areOneRunWhereTheyFollowEachOther() {
        Steps steps = new Steps();
        steps.setAll(7);
        assertThat(steps.runs()).isOne();
        steps.clear();
        steps.add(2, 3);
        steps.add(3, 5);
        steps.add(5, 5);
        assertThat(steps.runs()).isOne();
        assertThat(list(steps)).containsExactly(2, 3, 4);
        steps.setAll(0);
        assertThat(steps.runs()).isZero();
    }
}
