package io.sparkrnn.peers;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** A shape with weights and sequences, the same for all contenders, in each layout that one of them takes. */
final class KernelCase {
    private static final long SEED = 20261124;

    private final KernelShape shape;
    private final RnnModel model;
    /** T of each sequence, longest first, as packed sequences need it. */
    private final int[] lengths;
    /** [T][I] of each sequence. */
    private final float[][] sequences;

    KernelCase(KernelShape shape) {
        Random random = new Random(SEED);
        this.shape = shape;
        model = RandomNetwork.of(shape.cell(), shape.inputSize(), shape.hiddenSize())
                .model(random);
        lengths = Arrays.stream(shape.lengths(random))
                .boxed()
                .sorted(Comparator.reverseOrder())
                .mapToInt(Integer::intValue)
                .toArray();
        sequences = new float[lengths.length][];
        for (int s = 0; s < lengths.length; s++) {
            sequences[s] = new float[lengths[s] * shape.inputSize()];
            for (int i = 0; i < sequences[s].length; i++) {
                sequences[s][i] = (float) random.nextGaussian();
            }
        }
    }

    KernelShape shape() {
        return shape;
    }

    RnnModel model() {
        return model;
    }

    /** T of each sequence, longest first; not to be modified. */
    int[] lengths() {
        return lengths;
    }

    boolean ragged() {
        return lengths[0] != lengths[lengths.length - 1];
    }

    /** The time steps of all sequences together. */
    int steps() {
        return Arrays.stream(lengths).sum();
    }

    /** Multiplications and additions of the products that the sequences need, padding not counted. */
    double flops() {
        return 2.0
                * steps()
                * shape.cell().type().gates()
                * shape.hiddenSize()
                * (shape.inputSize() + shape.hiddenSize());
    }

    /** A sequence's features [T][I], little-endian. */
    ByteBuffer bytes(int sequence) {
        float[] values = sequences[sequence];
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes;
    }

    /** The features with time first, [T][B][I], zeros behind the end of a sequence. */
    float[] padded() {
        int width = shape.inputSize();
        float[] x = new float[lengths[0] * lengths.length * width];
        for (int s = 0; s < lengths.length; s++) {
            for (int t = 0; t < lengths[s]; t++) {
                System.arraycopy(sequences[s], t * width, x, (t * lengths.length + s) * width, width);
            }
        }
        return x;
    }

    /** The features as {@code pack_padded_sequence} lays them out: step 0 of all, step 1 of those that have one, ... */
    float[] packed() {
        int width = shape.inputSize();
        float[] x = new float[steps() * width];
        int row = 0;
        for (int t = 0; t < lengths[0]; t++) {
            for (int s = 0; s < lengths.length && lengths[s] > t; s++, row++) {
                System.arraycopy(sequences[s], t * width, x, row * width, width);
            }
        }
        return x;
    }

    /** For each step how many sequences have it: batch_sizes of a packed sequence. */
    int[] batchSizes() {
        return IntStream.range(0, lengths[0])
                .map(t -> (int) Arrays.stream(lengths).filter(length -> length > t).count())
                .toArray();
    }

    /** A sequence's rows [T][H] out of an array with time first, [T][B][H]. */
    float[] unpadded(float[] y, int sequence) {
        int width = shape.hiddenSize();
        float[] rows = new float[lengths[sequence] * width];
        for (int t = 0; t < lengths[sequence]; t++) {
            System.arraycopy(y, (t * lengths.length + sequence) * width, rows, t * width, width);
        }
        return rows;
    }

    /** A sequence's rows [T][H] out of a packed array. */
    float[] unpacked(float[] y, int sequence) {
        int width = shape.hiddenSize();
        float[] rows = new float[lengths[sequence] * width];
        int[] sizes = batchSizes();
        for (int t = 0, row = 0; t < lengths[sequence]; row += sizes[t], t++) {
            System.arraycopy(y, (row + sequence) * width, rows, t * width, width);
        }
        return rows;
    }

    /** The sequences that are checked: the longest, the shortest, and two between. */
    int[] checked() {
        int last = lengths.length - 1;
        return new TreeSet<>(java.util.List.of(0, last / 3, 2 * last / 3, last))
                .stream().mapToInt(Integer::intValue).toArray();
    }

    /** The hidden states in float64 [T][H] of each sequence that is checked, in the order of {@link #checked}. */
    double[][] expected() {
        Engine engine = EngineFactory.of(model, Precision.FLOAT64, KernelChoice.REFERENCE)
                .engine(ForwardPass.Wanted.HIDDEN_STATES);
        int[] checked = checked();
        for (int sequence : checked) {
            float[] values = sequences[sequence];
            ByteBuffer doubles = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : values) {
                doubles.putDouble(value);
            }
            engine.add(doubles.flip(), lengths[sequence], null, null);
        }
        engine.run();
        double[][] states = new double[checked.length][];
        for (int i = 0; i < checked.length; i++) {
            int width = shape.hiddenSize();
            states[i] = new double[lengths[checked[i]] * width];
            ByteBuffer bytes =
                    ByteBuffer.allocate(states[i].length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            engine.copyHiddenStates(i, bytes, 0, width * Double.BYTES);
            bytes.asDoubleBuffer().get(states[i]);
        }
        return states;
    }
}
