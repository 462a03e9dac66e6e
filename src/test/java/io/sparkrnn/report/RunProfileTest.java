package io.sparkrnn.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;

class RunProfileTest {
    private static final RecursiveComparisonConfiguration NEARLY = RecursiveComparisonConfiguration.builder()
            .withComparatorForType((a, b) -> Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a)) ? 0 : 1, Double.class)
            .build();

    @Test
    void momentsAndBinsMergeToWhatOnePassGives() {
        for (long seed = 1; seed <= 5; seed++) {
            Random random = new Random(seed);
            Histogram all = new Histogram(64, 0);
            Moments moments = new Moments();
            Histogram[] histograms = new Histogram[7];
            Moments[] several = new Moments[7];
            for (int i = 0; i < 7; i++) {
                histograms[i] = new Histogram(64, 0);
                several[i] = new Moments();
            }
            for (int i = 0; i < 5000; i++) {
                float number = (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
                int times = 1 + random.nextInt(9);
                int part = random.nextInt(7) * random.nextInt(2);
                all.add(number, times);
                moments.add(number, times);
                histograms[part].add(number, times);
                several[part].add(number, times);
            }
            for (int i = 1; i < 7; i++) {
                histograms[0].merge(histograms[i]);
                several[0].merge(several[i]);
            }
            assertThat(histograms[0].bins()).usingRecursiveComparison().isEqualTo(all.bins());
            assertThat(several[0].mean()).isCloseTo(moments.mean(), within(1e-9));
            assertThat(several[0].deviation()).isCloseTo(moments.deviation(), within(1e-9));
            assertThat(several[0].weight()).isEqualTo(moments.weight());
        }
    }

    @Test
    void profilesOfPartsMergeToThatOfTheWhole() {
        // Rows of one step: which steps are looked at depends on the turn of a task.
        Random random = new Random(3);
        RunProfile whole = new RunProfile(3, 5, 1);
        RunProfile[] parts = {new RunProfile(3, 5, 1), new RunProfile(3, 5, 1), new RunProfile(3, 5, 1)};
        for (int i = 0; i < 3000; i++) {
            float[] step = {(float) random.nextGaussian(), random.nextInt(3), Float.NaN};
            float[] state = new float[5];
            for (int j = 0; j < 4; j++) {
                state[j] = (float) Math.tanh(3 * random.nextGaussian());
            }
            int length = 1 + random.nextInt(100_000);
            for (RunProfile profile : List.of(whole, parts[random.nextInt(3)])) {
                profile.addRow(length);
                profile.addScores(step, 0, 1);
                profile.addSampled(2);
                profile.beginFeatures(1, 2);
                profile.addSteps(step, 0, 0, 1);
                profile.addFinalState(state, 0, 2);
                profile.addHiddenStates(state, 0, 1, 5, 5, 2);
            }
        }
        RunProfile merged = parts[2].copy();
        merged.merge(parts[0]);
        merged.merge(parts[1]);
        assertThat(metrics(merged)).usingRecursiveComparison(NEARLY).isEqualTo(metrics(whole));
        RunMetrics metrics = metrics(merged);
        assertThat(metrics.features().get(2).nonFiniteShare()).isEqualTo(1);
        assertThat(metrics.features().get(2).values().count()).isZero();
        assertThat(metrics.units().get(4).dead()).isTrue();
        assertThat(metrics.units().get(0).dead()).isFalse();
        assertThat(metrics.units().get(0).saturated()).isBetween(0.3, 0.45);
        assertThat(metrics.lengths().count()).isEqualTo(3000);
    }

    @Test
    void isUnpackedAsItWas() {
        RunProfile profile = new RandomRun(9, 32, 512, 0).profile(300);
        PackedProfile packed = profile.packed();
        assertThat(packed.bytes().length).isLessThan(120_000);
        assertThat(metrics(packed.unpacked())).usingRecursiveComparison().isEqualTo(metrics(profile));
    }

    /** The mean of equal numbers has to be that number, or rounding gives a deviation of NaN. */
    @Test
    void oneNumberDeviatesFromItselfByNothing() {
        Random random = new Random(7);
        for (int i = 0; i < 10_000; i++) {
            Moments moments = new Moments();
            double number = random.nextGaussian();
            moments.add(number, 1 + random.nextInt(99));
            assertThat(moments.mean()).isEqualTo(number);
            moments.add(number, 1 + random.nextInt(99));
            assertThat(moments.deviation()).isBetween(0.0, 1e-7);
        }
    }

    @Test
    void takesTheSameStepsHoweverTheyCome() {
        Random random = new Random(5);
        RunProfile whole = new RunProfile(2, 0, 0);
        RunProfile pieces = new RunProfile(2, 0, 0);
        for (int row = 0; row < 50; row++) {
            int length = 1 + random.nextInt(40);
            float[] numbers = new float[2 * length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = random.nextFloat();
            }
            whole.beginFeatures(length, 3);
            whole.addSteps(numbers, 0, 0, length);
            pieces.beginFeatures(length, 3);
            for (int step = 0; step < length; ) {
                int some = Math.min(length - step, 1 + random.nextInt(9));
                pieces.addSteps(numbers, 2 * step, step, some);
                step += some;
            }
        }
        assertThat(metrics(pieces)).usingRecursiveComparison().isEqualTo(metrics(whole));
        assertThat(metrics(whole).features().get(0).values().count()).isGreaterThan(50 * 3 * 4);
    }

    @Test
    void takesNothingOneRowAndNoNumbers() {
        RunProfile empty = new RunProfile(2, 3, 1);
        assertThat(empty.isEmpty()).isTrue();
        assertThat(metrics(empty).lengths()).isEqualTo(Distribution.EMPTY);
        assertThat(metrics(empty).norms()).isEmpty();

        RunProfile one = new RunProfile(2, 3, 1);
        one.merge(empty);
        one.addRow(0);
        one.addSampled(1);
        one.addRow(1);
        float nan = Float.NaN;
        one.addSampled(1);
        one.beginFeatures(1, 1);
        one.addSteps(new double[] {1e300, 2}, 0, 0, 1);
        one.addFinalState(new float[] {nan, nan, nan}, 0, 1);
        one.addHiddenStates(new float[] {nan, nan, nan}, 0, 1, 3, 3, 1);
        one.addScores(new float[] {Float.POSITIVE_INFINITY}, 0, 1);
        RunMetrics metrics = metrics(one);
        assertThat(metrics.features().get(0).nonFiniteShare()).isEqualTo(1);
        assertThat(metrics.features().get(1).values().mean()).isEqualTo(2);
        assertThat(metrics.units().get(0).dead()).isFalse();
        assertThat(metrics.norms().get(0).sequences()).isZero();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> one.merge(new RunProfile(3, 3, 1)))
                .withMessage("A profile of 2 features, 3 units and 1 scores cannot take one of 3 features, 3 units and"
                        + " 1 scores.");
    }

    @Test
    void samplesLittleAndStandsForAll() {
        for (int rows : new int[] {1, 100, 5000, 3_000_000}) {
            RowSampler sampler = RowSampler.ofPartition(0, 4);
            long looked = 0;
            long weight = 0;
            long last = 0;
            for (int i = 0; i < rows; i++) {
                last = sampler.next();
                looked += last > 0 ? 1 : 0;
                weight += last;
            }
            assertThat(looked).isLessThan(3000);
            assertThat((double) weight / rows).isBetween(0.99, 1.02);
        }
        long weight = 0;
        int partitionsLookedAt = 0;
        for (int partition = 0; partition < 5120; partition++) {
            long times = RowSampler.ofPartition(partition, 5120).next();
            weight += times;
            partitionsLookedAt += times > 0 ? 1 : 0;
        }
        assertThat(weight).isEqualTo(5120);
        assertThat(partitionsLookedAt).isEqualTo(512);
    }

    @Test
    void binsTellNumbersApartWhereverTheyLie() {
        Random random = new Random(11);
        for (double middle : new double[] {0, 290, -1e-7, 5e8}) {
            Histogram histogram = new Histogram(64, 0);
            double[] numbers = new double[10_000];
            for (int i = 0; i < numbers.length; i++) {
                double spread = middle == 0 ? 1 : Math.abs(middle) / 40;
                numbers[i] = (float) (middle + spread * random.nextGaussian());
                histogram.add((float) numbers[i], 1);
            }
            histogram.add(-3e38f, 1);
            Arrays.sort(numbers);
            Histogram.Bins bins = histogram.bins();
            assertThat(bins.size()).isLessThanOrEqualTo(64);
            assertThat(bins.total()).isEqualTo(10_001);
            for (int i = 0; i < bins.size(); i++) {
                assertThat(bins.from(i)).isLessThan(bins.to(i));
            }
            for (double share : new double[] {0.1, 0.5, 0.9}) {
                double quantile = bins.quantile(share);
                double at = Arrays.binarySearch(numbers, quantile) >= 0
                        ? share
                        : (-Arrays.binarySearch(numbers, quantile) - 1) / 10_000.0;
                assertThat(at).as("of %s around %s", share, middle).isCloseTo(share, within(0.03));
            }
        }
    }

    @Test
    void bucketsOfStepsFollowOneAnother() {
        for (int bucket = 0; bucket < 120; bucket++) {
            long first = StepBuckets.first(bucket);
            assertThat(StepBuckets.of(first)).isEqualTo(bucket);
            assertThat(StepBuckets.of(StepBuckets.first(bucket + 1) - 1)).isEqualTo(bucket);
        }
        assertThat(StepBuckets.of(Integer.MAX_VALUE)).isLessThan(120);
    }

    private static RunMetrics metrics(RunProfile profile) {
        return RunMetrics.of(
                RunMetrics.Header.EMPTY,
                RunMetrics.Funnel.EMPTY,
                profile,
                List.of("a"),
                List.of("s"),
                RunMetrics.Throughput.EMPTY,
                List.of(),
                List.of());
    }
}
