package io.sparkrnn.engine;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What a task does with a batch, in its parts: copy sequences in, the forward pass, copy hidden states out. Kernels, cells
 * and sizes are parameters: {@code -p kernel=PORTABLE -p cell=LSTM -p hiddenSize=128}.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=org.openjdk.jmh.Main -Dbench.arguments=EngineBenchmark</pre>
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EngineBenchmark {
    private static final int STEPS = 50;

    @Param("AUTO")
    KernelChoice kernel = KernelChoice.AUTO;

    @Param({"RNN", "LSTM", "GRU"})
    CellType cell = CellType.RNN;

    @Param("32")
    int inputSize;

    @Param("64")
    int hiddenSize;

    @Param("64")
    int sequences;

    private ByteBuffer x = ByteBuffer.allocate(0);
    private ByteBuffer y = ByteBuffer.allocate(0);
    private Engine engine = engine(1, 1);

    /** A filled batch that was run. */
    @Setup
    public void fill() {
        Random random = new Random(1);
        x = ByteBuffer.allocate(STEPS * inputSize * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        while (x.hasRemaining()) {
            x.putFloat((float) random.nextGaussian());
        }
        y = ByteBuffer.allocate(STEPS * hiddenSize * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        engine = engine(inputSize, hiddenSize);
        add();
        engine.run();
    }

    private Engine engine(int inputs, int hidden) {
        Cell usual = Cell.OF_PYTORCH.stream()
                .filter(one -> one.type() == cell)
                .findFirst()
                .orElseThrow();
        RnnModel model = RandomNetwork.of(usual, inputs, hidden).model(new Random(2));
        return EngineFactory.of(model, Precision.FLOAT32, kernel).engine(ForwardPass.Wanted.HIDDEN_STATES);
    }

    /** Copies the sequences in. */
    @Benchmark
    public int add() {
        engine.clear();
        for (int s = 0; s < sequences; s++) {
            engine.add(x.rewind(), STEPS, null, null);
        }
        return engine.steps();
    }

    /** The forward pass. */
    @Benchmark
    public Engine run() {
        engine.run();
        return engine;
    }

    /** Copies the hidden states out. */
    @Benchmark
    public ByteBuffer copy() {
        for (int s = 0; s < sequences; s++) {
            engine.copyHiddenStates(s, y, 0, hiddenSize * Float.BYTES);
        }
        return y;
    }
}
