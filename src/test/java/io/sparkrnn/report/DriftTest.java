package io.sparkrnn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DriftTest {
    @Test
    void indexHasTheValuesOfItsFormula() {
        assertThat(Drift.index(new double[] {0.5, 0.5}, new double[] {0.5, 0.5}, 1e-4))
                .isZero();
        // 0.25 ln 2 - 0.25 ln(2/3)
        assertThat(Drift.index(new double[] {0.5, 0.5}, new double[] {0.25, 0.75}, 1e-4))
                .isCloseTo(0.2746530722, within(1e-9));
        assertThat(Drift.index(new double[] {0.25, 0.75}, new double[] {0.5, 0.5}, 1e-4))
                .isCloseTo(0.2746530722, within(1e-9));
        assertThat(Drift.index(new double[] {1, 0, 0}, new double[] {0, 1, 0}, 1e-4))
                .isCloseTo(18.4188, within(1e-3));
    }

    @Test
    void shiftOfAQuarterDeviationIsSmallAndOfOneIsLarge() {
        Random random = new Random(4);
        RunMetrics baseline = scores(random, 0, 20_000);
        // Of two normal distributions of one deviation the index is the square of their distance, a little less in ten
        // bins.
        assertThat(psi(scores(random, 0, 20_000), baseline)).isLessThan(0.01);
        assertThat(psi(scores(random, 0.25, 20_000), baseline)).isBetween(0.04, 0.075);
        assertThat(psi(scores(random, 0.45, 20_000), baseline)).isBetween(0.15, 0.24);
        Drift large = Drift.between(scores(random, 1, 20_000), baseline).get(0);
        assertThat(large.psi()).isBetween(0.8, 1.2);
        assertThat(large.reading()).isEqualTo(Drift.Reading.LARGE);
        assertThat(large.kind()).isEqualTo(Drift.Kind.SCORE);
    }

    @Test
    void aFewRowsTellNothing() {
        Random random = new Random(5);
        Drift drift =
                Drift.between(scores(random, 0.2, 12), scores(random, 0, 15)).get(0);
        assertThat(drift.psi()).isGreaterThan(0.25);
        assertThat(drift.reading()).isEqualTo(Drift.Reading.TOO_FEW_ROWS);
    }

    @Test
    void anotherConstantAndNoNumbersAreDrift() {
        assertThat(psi(constant(7, 1000), constant(5, 1000))).isGreaterThan(5);
        assertThat(psi(constant(3, 1000), constant(5, 1000))).isGreaterThan(5);
        assertThat(psi(constant(5, 1000), constant(5, 1000))).isZero();
        assertThat(psi(constant(Float.NaN, 1000), constant(5, 1000))).isGreaterThan(5);
        assertThat(psi(constant(Float.NaN, 1000), constant(Float.NaN, 1000))).isZero();
    }

    @Test
    void comparesOnlyWhatBothHave() {
        RunMetrics some = new RandomRun(1, 4, 8, 0).metrics(300);
        RunMetrics other = new RandomRun(2, 6, 9, 0).metrics(300);
        assertThat(Drift.between(some, other)).hasSize(1 + 4 + 2);
        assertThat(Drift.between(some, new RandomRun(1, 4, 8, 0).nothing())).isEmpty();
        assertThat(Drift.between(new RandomRun(1, 4, 8, 0).nothing(), some)).isEmpty();
        assertThat(Drift.between(some, new RandomRun(3, 4, 8, 0).metrics(300))).hasSize(1 + 4 + 2 + 8);
    }

    private static double psi(RunMetrics now, RunMetrics baseline) {
        return Drift.between(now, baseline).stream()
                .filter(drift -> drift.kind() == Drift.Kind.SCORE)
                .findFirst()
                .orElseThrow()
                .psi();
    }

    private static RunMetrics scores(Random random, double mean, int rows) {
        RunProfile profile = new RunProfile(0, 0, 1);
        for (int i = 0; i < rows; i++) {
            profile.addRow(1);
            profile.addScores(new float[] {(float) (mean + random.nextGaussian())}, 0, 1);
        }
        return metrics(profile);
    }

    private static RunMetrics constant(float score, int rows) {
        RunProfile profile = new RunProfile(0, 0, 1);
        for (int i = 0; i < rows; i++) {
            profile.addRow(1);
            profile.addScores(new float[] {score}, 0, 1);
        }
        return metrics(profile);
    }

    private static RunMetrics metrics(RunProfile profile) {
        return RunMetrics.of(
                RunMetrics.Header.EMPTY,
                RunMetrics.Funnel.EMPTY,
                profile,
                List.of(),
                List.of("s"),
                RunMetrics.Throughput.EMPTY,
                List.of(),
                List.of());
    }
}
