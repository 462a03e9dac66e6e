package io.sparkrnn.kernel;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The activations of many numbers, beside the JDK's own.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=org.openjdk.jmh.Main -Dbench.arguments=ActivationsBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ActivationsBenchmark {
    private static final int NUMBERS = 4096;

    private final float[] x = new float[NUMBERS];
    private final float[] y = new float[NUMBERS];

    /** Numbers as the sums of a layer are. */
    @Setup
    public void fill() {
        Random random = new Random(1);
        for (int i = 0; i < NUMBERS; i++) {
            x[i] = (float) (2 * random.nextGaussian());
        }
    }

    /** {@link Activations#tanh(float[], int, int)} and a copy. */
    @Benchmark
    @OperationsPerInvocation(NUMBERS)
    public float[] tanh() {
        System.arraycopy(x, 0, y, 0, NUMBERS);
        Activations.tanh(y, 0, NUMBERS);
        return y;
    }

    /** {@link Activations#sigmoid(float[], int, int)} and a copy. */
    @Benchmark
    @OperationsPerInvocation(NUMBERS)
    public float[] sigmoid() {
        System.arraycopy(x, 0, y, 0, NUMBERS);
        Activations.sigmoid(y, 0, NUMBERS);
        return y;
    }

    /** {@link Math#tanh}. */
    @Benchmark
    @OperationsPerInvocation(NUMBERS)
    public float[] tanhOfTheJdk() {
        for (int i = 0; i < NUMBERS; i++) {
            y[i] = (float) Math.tanh(x[i]);
        }
        return y;
    }

    /** By {@link Math#exp}. */
    @Benchmark
    @OperationsPerInvocation(NUMBERS)
    public float[] sigmoidByExpOfTheJdk() {
        for (int i = 0; i < NUMBERS; i++) {
            y[i] = (float) (1 / (1 + Math.exp(-x[i])));
        }
        return y;
    }
}
