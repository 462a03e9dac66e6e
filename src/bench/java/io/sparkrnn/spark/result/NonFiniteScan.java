package io.sparkrnn.spark.result;

import io.sparkrnn.model.Precision;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * What it costs to look for NaN and infinities in all hidden states of a job, between the forward pass, which leaves a batch
 * of them in the core's cache, and Spark's copy of each sequence's image. Prints medians of the thread's CPU time, of rounds
 * with and without in turn.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.spark.result.NonFiniteScan</pre>
 */
final class NonFiniteScan {
    private static final int SEQUENCES = 20_000;
    private static final int STEPS = 50;
    private static final int WIDTH = 64;
    /** Of a batch that {@link ScoredRows} takes for full. */
    private static final int BATCH = 128;

    private static final int ROUNDS = 101;
    private static final int WARM_UP = 20;

    private NonFiniteScan() {}

    public static void main(String[] args) {
        for (float scale : new float[] {1, 5}) {
            List<Double> copied = new ArrayList<>();
            List<Double> scanned = new ArrayList<>();
            float[] states = states(scale);
            for (int round = -WARM_UP; round < ROUNDS; round++) {
                double without = seconds(states, false);
                double with = seconds(states, true);
                if (round >= 0) {
                    copied.add(without);
                    scanned.add(with - without);
                }
            }
            System.out.printf(
                    Locale.ROOT,
                    "%,d x %d x %d floats within %.0f: copied in %.1f ms, looked at in %.1f ms more%n",
                    SEQUENCES,
                    STEPS,
                    WIDTH,
                    scale,
                    1e3 * median(copied),
                    1e3 * median(scanned));
        }
    }

    private static float[] states(float scale) {
        float[] states = new float[BATCH * NestedArray.layout(WIDTH).size(STEPS)];
        Random random = new Random(1);
        for (int i = 0; i < states.length; i++) {
            states[i] = scale * (2 * random.nextFloat() - 1);
        }
        return states;
    }

    private static double seconds(float[] states, boolean scan) {
        ArrayImage image = new ArrayImage(Precision.FLOAT32);
        int size = NestedArray.layout(WIDTH).size(STEPS);
        byte[] row = new byte[size * Float.BYTES];
        long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
        int found = 0;
        for (int s = 0; s < SEQUENCES; s++) {
            image.toMatrix(states, s % BATCH * size, STEPS, WIDTH);
            if (scan) {
                image.look();
                found += image.hasNonFinite() ? 1 : 0;
            }
            UnsafeArrayData array = image.array();
            Platform.copyMemory(
                    array.getBaseObject(),
                    array.getBaseOffset(),
                    row,
                    Platform.BYTE_ARRAY_OFFSET,
                    array.getSizeInBytes());
        }
        if (found > 0) {
            throw new IllegalStateException(found + " found");
        }
        return (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / 1e9;
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        sorted.sort(null);
        return sorted.get(sorted.size() / 2);
    }
}
