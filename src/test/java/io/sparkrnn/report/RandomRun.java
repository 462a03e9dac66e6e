package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Made up runs, the same ones for a seed. */
final class RandomRun {
    private final long seed;
    private final Random random;
    final int features;
    final int units;
    /** What is added to the features. */
    private final double shift;

    RandomRun(long seed, int features, int units, double shift) {
        this.seed = seed;
        random = new Random(seed);
        this.features = features;
        this.units = units;
        this.shift = shift;
    }

    RunProfile empty() {
        return new RunProfile(features, units, 2);
    }

    RunProfile profile(int rows) {
        RunProfile profile = empty();
        RowSampler sampler = RowSampler.ofPartition(0, 1);
        for (int i = 0; i < rows; i++) {
            row(sampler.next(), List.of(profile));
        }
        return profile;
    }

    /** One row, the same for several profiles. */
    void row(long times, List<RunProfile> profiles) {
        int length = 1 + (int) Math.min(5000, Math.exp(3 + random.nextGaussian()));
        float[] numbers = new float[length * features];
        for (int i = 0; i < numbers.length; i++) {
            int feature = i % features;
            numbers[i] = (float) (random.nextGaussian() * (1 + feature % 5) + shift + (feature % 7 == 3 ? 290 : 0));
            if (feature == 1 && random.nextInt(50) == 0) {
                numbers[i] = Float.NaN;
            }
        }
        float[] states = new float[length * units];
        for (int step = 0; step < length; step++) {
            for (int unit = 0; unit < units; unit++) {
                double wide = unit % 11 == 7 ? 8 : 0.3 + 0.7 * (unit % 5) / 5;
                double drive = random.nextGaussian() * wide + Math.sin(unit) * 0.6;
                states[step * units + unit] = unit % 37 == 5 ? 0 : (float) Math.tanh(drive * (1 - 0.6 / (step + 1)));
            }
        }
        float[] scores = {
            (float) (random.nextGaussian() + shift), (float) (1 / (1 + Math.exp(-2 * random.nextGaussian())))
        };
        for (RunProfile profile : profiles) {
            profile.addRow(length);
            profile.addScores(scores, 0, 1);
            if (times > 0) {
                profile.addSampled(times);
                profile.beginFeatures(length, times);
                profile.addSteps(numbers, 0, 0, length);
                profile.addFinalState(states, (length - 1) * units, times);
                profile.addHiddenStates(states, 0, length, units, units, times);
            }
        }
    }

    List<String> names() {
        List<String> names = new ArrayList<>();
        for (String name : List.of("temperature_max", "precipitation", "wind", "temperature_min", "cloud_cover")) {
            if (names.size() < features) {
                names.add(name);
            }
        }
        return names;
    }

    RunMetrics metrics(int rows) {
        return metrics(rows, 24);
    }

    RunMetrics metrics(int rows, int tasks) {
        RunProfile profile = profile(rows);
        RunMetrics.Header header = new RunMetrics.Header(
                "2026-11-27-0200-" + Long.toHexString(seed * 40_503),
                "succeeded",
                "2026-11-27T02:00:04Z",
                93.4,
                "s3a://models/churn/2026-11-01/model.safetensors",
                "nn.LSTM, input_size " + features + ", hidden_size " + units + ", num_layers 1",
                "s3a://lake/sequences where day = '2026-11-26'",
                "s3a://lake/scored/day=2026-11-26",
                "4.1.3",
                "17.0.15",
                "simd, 512 bits");
        Map<String, Long> quarantined = new TreeMap<>(Map.of("null_feature", 31L, "no_steps", 12L, "wrong_width", 3L));
        RunMetrics.Funnel funnel =
                new RunMetrics.Funnel(rows + 346L, rows, 300, quarantined, Map.of("non_finite_state", 7L));
        List<RunMetrics.Task> spans = new ArrayList<>();
        long[] free = new long[6];
        for (int i = 0; i < tasks; i++) {
            int slot = 0;
            for (int j = 1; j < free.length; j++) {
                slot = free[j] < free[slot] ? j : slot;
            }
            long millis = 2000L + random.nextInt(1500) + (i == tasks - 3 ? 9000 : 0);
            long start = 1_795_744_804_000L + free[slot];
            spans.add(new RunMetrics.Task(i, start, start + millis, rows / tasks + i, "worker-" + slot / 2));
            free[slot] += millis + 20;
        }
        List<RunMetrics.OutputFile> files = new ArrayList<>();
        for (int i = 0; i < tasks; i++) {
            files.add(new RunMetrics.OutputFile(
                    String.format(Locale.ROOT, "part-%05d-3d1f.snappy.parquet", i), 3_120_400L + 7001L * i));
        }
        return RunMetrics.of(
                header,
                funnel,
                profile,
                names(),
                List.of("churn", "chance"),
                new RunMetrics.Throughput(rows / 93.4, rows * 33 / 93.4, 6, 31.2, 22.9, 17.4),
                spans,
                files);
    }

    /** A run in which nothing happened. */
    RunMetrics nothing() {
        return RunMetrics.of(
                RunMetrics.Header.EMPTY,
                RunMetrics.Funnel.EMPTY,
                empty(),
                List.of(),
                List.of(),
                RunMetrics.Throughput.EMPTY,
                List.of(),
                List.of());
    }
}
