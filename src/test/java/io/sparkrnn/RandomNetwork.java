package io.sparkrnn;

import io.sparkrnn.model.Cell;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Networks with random weights, as PyTorch initialises them: uniform in ±1/sqrt(hidden_size). */
public record RandomNetwork(
        Cell cell, int inputSize, int hiddenSize, int numLayers, int numDirections, boolean bias, int projSize) {
    public RandomNetwork(Cell cell, int inputSize, int hiddenSize, int numLayers, int numDirections, boolean bias) {
        this(cell, inputSize, hiddenSize, numLayers, numDirections, bias, 0);
    }

    public static RandomNetwork of(Cell cell, int inputSize, int hiddenSize) {
        return new RandomNetwork(cell, inputSize, hiddenSize, 1, 1, true);
    }

    public RnnModel model(Random random) {
        return model(random, Precision.FLOAT32);
    }

    public RnnModel model(Random random, Precision precision) {
        List<Layer> layers = new ArrayList<>();
        for (int l = 0; l < numLayers; l++) {
            int width = l == 0 ? inputSize : numDirections * stateSize();
            layers.add(new Layer(
                    weights(random, width, precision), numDirections == 1 ? null : weights(random, width, precision)));
        }
        return RnnModel.of(layers);
    }

    private int stateSize() {
        return projSize > 0 ? projSize : hiddenSize;
    }

    private DirectionWeights weights(Random random, int width, Precision precision) {
        int rows = cell.type().gates() * hiddenSize;
        return DirectionWeights.of(
                cell,
                tensor(random, precision, rows, width),
                tensor(random, precision, rows, stateSize()),
                bias ? tensor(random, precision, rows) : null,
                bias ? tensor(random, precision, rows) : null,
                projSize > 0 ? tensor(random, precision, projSize, hiddenSize) : null);
    }

    private Tensor tensor(Random random, Precision precision, long... sizes) {
        Shape shape = Shape.of(sizes);
        double bound = 1 / Math.sqrt(hiddenSize);
        double[] values = random.doubles(shape.elements(), -bound, bound).toArray();
        if (precision == Precision.FLOAT64) {
            return Tensor.ofDoubles(shape, values);
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.ofFloats(shape, floats);
    }
}
