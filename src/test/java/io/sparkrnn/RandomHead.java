package io.sparkrnn;

import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Heads of up to three linear layers with functions between them, and random weights. */
public final class RandomHead {
    private static final int[] SIZES = {1, 2, 7, 8, 31, 33, 65};
    private static final Activation[] FUNCTIONS = {Activation.RELU, Activation.TANH, Activation.SIGMOID};

    private RandomHead() {}

    /** A head that takes rows of {@code width} numbers. */
    public static Head head(Random random, int width, Precision precision) {
        List<Head.Stage> stages = new ArrayList<>();
        int in = width;
        for (int l = 1 + random.nextInt(3); l > 0; l--) {
            int out = SIZES[random.nextInt(SIZES.length)];
            stages.add(linear(random, in, out, precision));
            if (random.nextBoolean()) {
                stages.add(new Head.Pointwise(FUNCTIONS[random.nextInt(FUNCTIONS.length)]));
            }
            in = out;
        }
        return new Head(stages, any(random, Head.Source.values()), any(random, Head.Finish.values()));
    }

    private static <T> T any(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    /** A linear layer, with a bias or without. */
    public static Head.Linear linear(Random random, int in, int out, Precision precision) {
        Tensor bias = random.nextBoolean() ? tensor(random, precision, in, out) : null;
        return new Head.Linear(tensor(random, precision, in, out, in), bias);
    }

    private static Tensor tensor(Random random, Precision precision, int in, long... sizes) {
        Shape shape = Shape.of(sizes);
        double bound = 1 / Math.sqrt(in);
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
