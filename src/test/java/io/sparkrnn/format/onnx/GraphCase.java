package io.sparkrnn.format.onnx;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/**
 * A graph in the making, in which everything that is left open is drawn from one seed: the same seed gives the same graph in
 * float32 and in float64. Numbers are sixteenths, so that sums of a few and products of two are exact, and many are equal.
 */
public final class GraphCase {
    /** In the sizes of a {@link Value}: the number of time steps. */
    static final long STEPS = -2;

    /** In place of what indices are below: the input is the number of steps. */
    static final int LENGTH = -1;

    /** In the sizes of an input: that of the batch, which is 1. */
    static final long BATCH = -1;

    final Random random;

    /** Of the numbers: {@link OnnxWriter#FLOAT} or {@link OnnxWriter#DOUBLE}. */
    final int type;

    int opset = 13;

    /** How far float32 may be from ONNX Runtime's, by the largest number of an output, at least 1. */
    double tolerance = 4e-6;

    /** The same of float64. */
    double exact = 1e-12;

    /** Whether the numbers of the rows are also infinite, none, and zeros of either sign. */
    boolean anyNumbers;

    /** Rows of fewer steps than these cannot be computed, whatever ONNX Runtime makes of them. */
    int least;

    private final OnnxWriter graph = OnnxWriter.message();
    private final Map<String, Input> inputs = new LinkedHashMap<>();
    private final List<String> outputs = new ArrayList<>();
    private final List<OnnxWriter> functions = new ArrayList<>();
    private int names;

    /** Something that a node takes or gives: its name, and its sizes, {@link #STEPS} for that of the steps. */
    record Value(String name, long... sizes) {
        int rank() {
            return sizes.length;
        }
    }

    /**
     * An input.
     *
     * @param below what its indices are below; 0 for numbers
     */
    record Input(String name, int type, int below, long... sizes) {
        /** As ONNX Runtime has it for a row of so many steps. */
        long[] shape(int steps) {
            return LongStream.of(sizes)
                    .map(size -> size == STEPS ? steps : size == BATCH ? 1 : size)
                    .toArray();
        }
    }

    public GraphCase(Random random, int type) {
        this.random = random;
        this.type = type;
    }

    Map<String, Input> inputs() {
        return inputs;
    }

    List<String> outputs() {
        return outputs;
    }

    public byte[] bytes() {
        functions.forEach(graph::function);
        return graph.model(opset, "test");
    }

    /** An operator of the model's own, of the domain {@code own}. */
    void function(OnnxWriter function) {
        functions.add(function.text(10, "own"));
    }

    /** A node of the domain {@code own}. */
    String own(String opType, String taken, byte[]... attributes) {
        String given = "v" + names++;
        graph.node("own", opType, opType + names, taken, given, attributes);
        return given;
    }

    /** The number of a name that is not taken yet. */
    int next() {
        return names++;
    }

    // ---- what is drawn ----

    int between(int least, int most) {
        return least + random.nextInt(most - least + 1);
    }

    @SafeVarargs
    final <T> T one(T... of) {
        return of[random.nextInt(of.length)];
    }

    boolean perhaps() {
        return random.nextBoolean();
    }

    double sixteenths(double widest) {
        return Math.rint((random.nextDouble() * 2 - 1) * widest * 16) / 16;
    }

    /** An axis of so many, counted from either end. */
    long axis(int ranks) {
        int axis = random.nextInt(ranks);
        return perhaps() ? axis : axis - ranks;
    }

    /** Some axes, at least one, in any order, each counted from either end. */
    long[] axes(int ranks) {
        List<Long> axes = new ArrayList<>();
        for (long axis = 0; axis < ranks; axis++) {
            axes.add(axis);
        }
        java.util.Collections.shuffle(axes, random);
        return axes.stream()
                .limit(between(1, ranks))
                .mapToLong(axis -> perhaps() ? axis : axis - ranks)
                .toArray();
    }

    // ---- what goes in ----

    Value input(String name, long... sizes) {
        return input(name, type, 0, sizes);
    }

    Value indices(String name, int below, long... sizes) {
        return input(name, OnnxWriter.INT64, below, sizes);
    }

    Value input(String name, int elementType, int below, long... sizes) {
        graph.input(
                name,
                elementType,
                LongStream.of(sizes).map(size -> size < 0 ? -1 : size).toArray());
        inputs.put(name, new Input(name, elementType, below, sizes));
        return new Value(
                name, LongStream.of(sizes).map(size -> size == BATCH ? 1 : size).toArray());
    }

    /** {@code x} [1, T, width] of a random width. */
    Value x() {
        return x(between(1, 6));
    }

    Value x(long width) {
        return inputs.containsKey("x")
                ? new Value("x", 1, STEPS, inputs.get("x").sizes()[2])
                : input("x", BATCH, STEPS, width);
    }

    /** Numbers of two to four axes, of which one counts steps. */
    Value value() {
        return switch (between(0, 5)) {
            case 0 -> transpose(x(), 0, 2, 1);
            case 1 -> transpose(x(), 1, 0, 2);
            case 2 -> {
                int inner = between(1, 3);
                int outer = between(1, 3);
                Value x = x((long) inner * outer);
                yield new Value(op("Reshape", x.name() + " " + longs(0, 0, outer, inner)), 1, STEPS, outer, inner);
            }
            case 3 -> {
                Value x = x();
                yield new Value(squeeze(x.name(), 0), STEPS, x.sizes()[2]);
            }
            default -> x();
        };
    }

    /** As {@link #value}, of three axes. */
    Value value3() {
        return switch (between(0, 3)) {
            case 0 -> transpose(x(), 0, 2, 1);
            case 1 -> transpose(x(), 1, 0, 2);
            default -> x();
        };
    }

    /** What is whole of a value. */
    Value whole(Value value) {
        return new Value(op("Cast", value.name(), OnnxWriter.attribute("to", (long) OnnxWriter.INT64)), value.sizes());
    }

    /** The sizes of a value, as those of another that meets it: some are 1, and the first perhaps left out. */
    long[] meeting(Value value) {
        int from = perhaps() ? 0 : random.nextInt(value.rank() + 1);
        long[] sizes = new long[value.rank() - from];
        for (int d = 0; d < sizes.length; d++) {
            long size = value.sizes()[from + d];
            sizes[d] = size == STEPS || random.nextInt(3) == 0 ? 1 : size;
        }
        return sizes;
    }

    // ---- constants ----

    String numbers(long... sizes) {
        return numbers(4, sizes);
    }

    /** Random numbers up to so large. */
    String numbers(double widest, long... sizes) {
        double[] values = new double[(int) LongStream.of(sizes).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = sixteenths(widest);
        }
        return constant(values, sizes);
    }

    /** Above 0. */
    String positive(long... sizes) {
        double[] values = new double[(int) LongStream.of(sizes).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = between(1, 32) / 16.0;
        }
        return constant(values, sizes);
    }

    /** Weights of a layer: not sixteenths. */
    String weights(long... sizes) {
        double[] values = new double[(int) LongStream.of(sizes).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * 0.5);
        }
        return constant(values, sizes);
    }

    /** Weights of float16, whatever the others are. */
    String halves(long... sizes) {
        String name = "c" + names++;
        java.nio.ByteBuffer raw = java.nio.ByteBuffer.allocate(
                        (int) LongStream.of(sizes).reduce(2, (a, b) -> a * b))
                .order(java.nio.ByteOrder.LITTLE_ENDIAN);
        while (raw.hasRemaining()) {
            raw.putShort(ai.onnxruntime.platform.Fp16Conversions.floatToFp16((float) (random.nextGaussian() * 0.5)));
        }
        tensor(
                OnnxWriter.tensor(name, OnnxWriter.FLOAT16, sizes)
                        .bytes(9, raw.array())
                        .bytes(),
                name);
        return name;
    }

    String number(double value) {
        return constant(new double[] {value});
    }

    String constant(double[] values, long... sizes) {
        String name = "c" + names++;
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        byte[] raw = type == OnnxWriter.FLOAT ? OnnxWriter.raw(floats) : OnnxWriter.raw(values);
        tensor(OnnxWriter.tensor(name, type, sizes).bytes(9, raw).bytes(), name);
        return name;
    }

    String longs(long... values) {
        String name = "c" + names++;
        tensor(OnnxWriter.longs(name, values), name);
        return name;
    }

    /** A whole number without axes. */
    String whole(long value) {
        String name = "c" + names++;
        tensor(
                OnnxWriter.tensor(name, OnnxWriter.INT64)
                        .bytes(9, OnnxWriter.raw(value))
                        .bytes(),
                name);
        return name;
    }

    String wholes(long[] values, long... sizes) {
        String name = "c" + names++;
        tensor(
                OnnxWriter.tensor(name, OnnxWriter.INT64, sizes)
                        .bytes(9, OnnxWriter.raw(values))
                        .bytes(),
                name);
        return name;
    }

    /** As an initializer, or as a node. */
    private void tensor(byte[] tensor, String name) {
        if (perhaps()) {
            graph.initializer(tensor);
        } else {
            graph.node("Constant", "", "", name, OnnxWriter.tensorAttribute("value", tensor));
        }
    }

    // ---- nodes ----

    String op(String opType, String taken, byte[]... attributes) {
        return ops(opType, 1, taken, attributes).get(0);
    }

    List<String> ops(String opType, int count, String taken, byte[]... attributes) {
        List<String> given = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            given.add("v" + names++);
        }
        graph.node(opType, opType + names, taken, String.join(" ", given), attributes);
        return given;
    }

    /** A node with axes: before an opset an attribute, from it on an input. */
    String withAxes(String opType, int inputFrom, String taken, long[] axes, byte[]... attributes) {
        if (opset >= inputFrom) {
            return op(opType, taken + " " + longs(axes), attributes);
        }
        byte[][] more = java.util.Arrays.copyOf(attributes, attributes.length + 1);
        more[attributes.length] = OnnxWriter.attribute("axes", axes);
        return op(opType, taken, more);
    }

    String squeeze(String taken, long... axes) {
        return withAxes("Squeeze", 13, taken, axes);
    }

    String unsqueeze(String taken, long... axes) {
        return withAxes("Unsqueeze", 13, taken, axes);
    }

    Value transpose(Value value, int... order) {
        long[] perm = new long[order.length];
        long[] sizes = new long[order.length];
        for (int d = 0; d < perm.length; d++) {
            perm[d] = order[d];
            sizes[d] = value.sizes()[order[d]];
        }
        return new Value(op("Transpose", value.name(), OnnxWriter.attribute("perm", perm)), sizes);
    }

    /** Of a kind of numbers. */
    byte[] to(int wanted) {
        return OnnxWriter.attribute("to", (long) wanted);
    }

    /** Gives something, as numbers. */
    void output(String value) {
        String name = "y" + outputs.size();
        String cast = op("Cast", value, to(type));
        // A graph that only moves numbers is none to be run as a whole.
        graph.node("Mul", name, cast + " " + number(1.5), name);
        graph.outputOfType(name, type);
        outputs.add(name);
    }

    /** Gives something as it is, under its own name. */
    void outputAsItIs(String value, int elementType) {
        graph.outputOfType(value, elementType);
        outputs.add(value);
    }
}
