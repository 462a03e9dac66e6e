package io.sparkrnn;

import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Networks of layers that differ in everything ONNX and Keras let them differ in, with random weights. */
public final class RandomStack {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 9, 31, 33};

    private static final Activation.Kind[] GATES = {Activation.Kind.SIGMOID, Activation.Kind.HARD_SIGMOID};

    private RandomStack() {}

    /** Up to three layers of any kinds and sizes. */
    public static RnnModel model(Random random) {
        List<Layer> layers = new ArrayList<>();
        int width = SIZES[random.nextInt(SIZES.length)];
        for (int l = 1 + random.nextInt(3); l > 0; l--) {
            Layer layer = layer(random, width);
            layers.add(layer);
            width = layer.outputSize();
        }
        return RnnModel.of(layers);
    }

    private static Layer layer(Random random, int inputSize) {
        CellType type = any(random, CellType.values());
        int hiddenSize = SIZES[random.nextInt(SIZES.length)];
        DirectionWeights forward = weights(random, type, inputSize, hiddenSize);
        DirectionWeights reverse = weights(random, type, inputSize, hiddenSize);
        return switch (random.nextInt(3)) {
            case 0 -> new Layer(forward, null);
            case 1 -> new Layer(null, reverse);
            default -> new Layer(forward, reverse);
        };
    }

    private static DirectionWeights weights(Random random, CellType type, int inputSize, int hiddenSize) {
        int rows = type.gates() * hiddenSize;
        boolean lstm = type == CellType.LSTM;
        return new DirectionWeights(
                cell(random, type),
                tensor(random, rows, inputSize),
                tensor(random, rows, hiddenSize),
                maybe(random, rows),
                maybe(random, rows),
                null,
                lstm ? maybe(random, 3L * hiddenSize) : null,
                maybe(random, hiddenSize),
                lstm ? maybe(random, hiddenSize) : null);
    }

    private static Cell cell(Random random, CellType type) {
        List<Activation> activations = new ArrayList<>();
        for (int i = 0; i < Cell.activationsOf(type); i++) {
            // A gate outside of 0 to 1 lets states, and errors, grow from step to step.
            boolean gate = i == 0 && type != CellType.RNN;
            Activation.Kind kind = any(random, gate ? GATES : Activation.Kind.values());
            activations.add(
                    kind == Activation.Kind.EXPONENTIAL || kind == Activation.Kind.SELU
                            ? Activation.TANH
                            : new Activation(kind, 0.1 + 0.4 * random.nextDouble(), 0.1 + 0.4 * random.nextDouble()));
        }
        return new Cell(
                type,
                activations,
                random.nextBoolean() ? Double.POSITIVE_INFINITY : 0.2 + random.nextDouble(),
                type == CellType.LSTM ? any(random, Cell.ForgetGate.values()) : Cell.ForgetGate.OWN,
                type == CellType.GRU ? any(random, Cell.ResetGate.values()) : Cell.ResetGate.AFTER_PRODUCT);
    }

    private static <T> T any(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static @Nullable Tensor maybe(Random random, long size) {
        return random.nextBoolean() ? tensor(random, size) : null;
    }

    private static Tensor tensor(Random random, long... sizes) {
        Shape shape = Shape.of(sizes);
        float[] values = new float[(int) shape.elements()];
        double bound = 1 / Math.sqrt((double) sizes[sizes.length - 1]);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (bound * (2 * random.nextDouble() - 1));
        }
        return Tensor.ofFloats(shape, values);
    }
}
