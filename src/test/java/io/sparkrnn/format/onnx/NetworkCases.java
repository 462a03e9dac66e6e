package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Networks as exporters write them: what stands around recurrent nodes, sizes computed along the way. */
public final class NetworkCases {
    private NetworkCases() {}

    public static Map<String, Consumer<GraphCase>> all() {
        Map<String, Consumer<GraphCase>> cases = new LinkedHashMap<>();
        cases.put("recurrent nodes", NetworkCases::recurrentNodes);
        cases.put("anything, one after the other", NetworkCases::anything);
        cases.put("embeddings and columns of the row", NetworkCases::embeddings);
        cases.put("convolutions in disguise", NetworkCases::convolutions);
        cases.put("attention over the steps", NetworkCases::attention);
        cases.put("steps by steps", NetworkCases::stepsBySteps);
        cases.put("two branches", NetworkCases::twoBranches);
        cases.put("masks", NetworkCases::masks);
        cases.put("states from elsewhere", NetworkCases::states);
        cases.put("sizes computed along the way", NetworkCases::sizes);
        cases.put("reversed", NetworkCases::reversed);
        cases.put("the best of many", NetworkCases::best);
        cases.put("a window of the last steps", NetworkCases::lastSteps);
        cases.put("a decoder of a repeated state", NetworkCases::decoder);
        cases.put("channels before steps", NetworkCases::channelsFirst);
        cases.put("steps before the batch", NetworkCases::stepsFirst);
        return cases;
    }

    // ---- parts ----

    private static void prepare(GraphCase c) {
        c.opset = c.one(11, 13, 14, 17, 18);
        c.tolerance = 3e-5;
        c.exact = 1e-10;
    }

    static Value linear(GraphCase c, Value x, int out) {
        long width = x.sizes()[x.rank() - 1];
        long[] sizes = x.sizes().clone();
        sizes[x.rank() - 1] = out;
        if (x.rank() == 2 && c.perhaps()) {
            return new Value(
                    c.op(
                            "Gemm",
                            String.join(" ", x.name(), c.weights(out, width), c.weights(out)),
                            attribute("transB", 1L)),
                    sizes);
        }
        String product = c.op("MatMul", x.name() + " " + c.weights(width, out));
        String bias = c.weights(out);
        return new Value(c.op("Add", c.perhaps() ? product + " " + bias : bias + " " + product), sizes);
    }

    static Value layerNorm(GraphCase c, Value x) {
        long width = x.sizes()[x.rank() - 1];
        if (c.opset >= 17 && c.perhaps()) {
            return new Value(
                    c.op(
                            "LayerNormalization",
                            String.join(" ", x.name(), c.weights(width), c.weights(width)),
                            attribute("epsilon", 0x1p-10f)),
                    x.sizes());
        }
        String mean = c.withAxes("ReduceMean", 18, x.name(), new long[] {-1});
        String difference = c.op("Sub", x.name() + " " + mean);
        String squares = c.op("Pow", difference + " " + c.number(2));
        String variance = c.withAxes("ReduceMean", 18, squares, new long[] {-1});
        String deviation = c.op("Sqrt", c.op("Add", variance + " " + c.number(0x1p-10)));
        String normal = c.op("Div", difference + " " + deviation);
        return new Value(c.op("Add", c.op("Mul", normal + " " + c.weights(width)) + " " + c.weights(width)), x.sizes());
    }

    static Value gelu(GraphCase c, Value x) {
        String erf = c.op("Erf", c.op("Div", x.name() + " " + c.number((float) Math.sqrt(2))));
        // The root is in float32 in every file, and is taken for the root that it is.
        c.exact = Math.max(c.exact, 1e-6);
        String product = c.op("Mul", x.name() + " " + c.op("Add", erf + " " + c.number(1)));
        return new Value(c.op("Mul", product + " " + c.number(0.5)), x.sizes());
    }

    static Value activated(GraphCase c, Value x) {
        return switch (c.between(0, 3)) {
            case 0 -> new Value(c.op("Relu", x.name()), x.sizes());
            case 1 -> new Value(c.op("Tanh", x.name()), x.sizes());
            case 2 -> gelu(c, x);
            default -> new Value(c.op("LeakyRelu", x.name(), attribute("alpha", 0.125f)), x.sizes());
        };
    }

    /** What a recurrent node gives: Y as [1, T, D*H], its last states as [1, D*H], and how it was made. */
    record Layer(Value y, Value h) {}

    static Layer recurrent(GraphCase c, Value x) {
        return recurrent(c, x, c.one("forward", "reverse", "bidirectional"), "");
    }

    /** @param state the name of initial states [D, 1, H]; empty for what is drawn */
    static Layer recurrent(GraphCase c, Value x, String direction, String state) {
        String type = c.one("LSTM", "GRU", "RNN");
        int hidden = c.one(2, 3, 5);
        return recurrent(c, x, type, hidden, direction, state, state);
    }

    static Layer recurrent(GraphCase c, Value x, String type, int hidden, String direction, String state, String cell) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        int rows = hidden * (type.equals("LSTM") ? 4 : type.equals("GRU") ? 3 : 1);
        long width = x.sizes()[2];
        List<byte[]> attributes = new ArrayList<>();
        attributes.add(attribute("hidden_size", (long) hidden));
        if (!direction.equals("forward") || c.perhaps()) {
            attributes.add(attribute("direction", direction));
        }
        if (type.equals("GRU")) {
            attributes.add(attribute("linear_before_reset", (long) c.between(0, 1)));
        }
        Value turned = c.transpose(x, 1, 0, 2);
        StringBuilder taken = new StringBuilder(turned.name());
        taken.append(' ').append(c.weights(directions, rows, width));
        taken.append(' ').append(c.weights(directions, rows, hidden));
        taken.append(' ').append(c.perhaps() ? c.weights(directions, 2L * rows) : "-");
        taken.append(' ').append(c.between(0, 2) == 0 ? lengths(c, x) : "-");
        String initial = !state.isEmpty() ? state : c.perhaps() ? "-" : zeros(c, x, directions, hidden);
        taken.append(' ').append(initial);
        if (type.equals("LSTM")) {
            taken.append(' ')
                    .append(!cell.isEmpty() ? cell : c.perhaps() ? "-" : c.numbers(1.0, directions, 1, hidden));
        }
        List<String> given =
                c.ops(type, type.equals("LSTM") ? 3 : 2, taken.toString(), attributes.toArray(byte[][]::new));
        Value y = new Value(given.get(0), GraphCase.STEPS, directions, 1, hidden);
        Value ordered = c.transpose(y, 2, 0, 1, 3);
        String joined = c.op("Reshape", ordered.name() + " " + c.longs(0, 0, -1));
        Value h = c.transpose(new Value(given.get(1), directions, 1, hidden), 1, 0, 2);
        String states = c.op("Reshape", h.name() + " " + c.longs(1, (long) directions * hidden));
        return new Layer(
                new Value(joined, 1, GraphCase.STEPS, (long) directions * hidden),
                new Value(states, 1, (long) directions * hidden));
    }

    /** [1]: the number of steps of a row. */
    static String lengths(GraphCase c, Value x) {
        String size = c.op("Gather", c.op("Shape", x.name()) + " " + c.whole(1));
        return c.op("Cast", c.unsqueeze(size, 0), c.to(OnnxWriter.INT32));
    }

    /** [D, B, H] of zeros, as PyTorch writes them: by the shape of the input. */
    static String zeros(GraphCase c, Value x, int directions, int hidden) {
        String batch = c.op("Gather", c.op("Shape", x.name()) + " " + c.whole(0), attribute("axis", 0L));
        String shape = c.op(
                "Concat",
                c.longs(directions) + " " + c.unsqueeze(batch, 0) + " " + c.longs(hidden),
                attribute("axis", 0L));
        if (c.perhaps()) {
            String filled = c.op("ConstantOfShape", shape);
            return c.type == OnnxWriter.FLOAT ? filled : c.op("Cast", filled, c.to(c.type));
        }
        return c.op("Expand", c.number(0.25) + " " + shape);
    }

    static Value lastStep(GraphCase c, Value x) {
        long width = x.sizes()[2];
        return switch (c.between(0, 2)) {
            case 0 -> new Value(c.op("Gather", x.name() + " " + c.whole(-1), attribute("axis", 1L)), 1, width);
            case 1 -> {
                String last = c.op(
                        "Slice",
                        String.join(" ", x.name(), c.longs(-1), c.longs(Long.MAX_VALUE), c.longs(1), c.longs(1)));
                yield new Value(c.squeeze(last, 1), 1, width);
            }
            default -> {
                String steps = c.op("Gather", c.op("Shape", x.name()) + " " + c.whole(1));
                String last = c.op("Sub", steps + " " + c.whole(1));
                yield new Value(c.op("Gather", x.name() + " " + last, attribute("axis", 1L)), 1, width);
            }
        };
    }

    static Value mean(GraphCase c, Value x) {
        return new Value(
                c.withAxes(
                        c.one("ReduceMean", "ReduceMax"),
                        18,
                        x.name(),
                        new long[] {c.one(1L, -2L)},
                        attribute("keepdims", 0L)),
                1,
                x.sizes()[2]);
    }

    static String softmax(GraphCase c, String x, long axis) {
        return c.op("Softmax", x, attribute("axis", axis));
    }

    /** A sum over the steps with learned weights; the weights are an output. */
    static Value attended(GraphCase c, Value x) {
        String scores = linear(c, new Value(c.op("Tanh", linear(c, x, 3).name()), 1, GraphCase.STEPS, 3), 1)
                .name();
        // Before opset 13 a softmax over the last axis alone is the same as one from it on.
        String weights = c.opset >= 13
                ? softmax(c, scores, 1)
                : c.transpose(
                                new Value(
                                        softmax(
                                                c,
                                                c.transpose(new Value(scores, 1, 1, 1), 0, 2, 1)
                                                        .name(),
                                                2),
                                        1,
                                        1,
                                        1),
                                0,
                                2,
                                1)
                        .name();
        c.output(weights);
        String sum;
        if (c.perhaps()) {
            String turned = c.transpose(new Value(weights, 1, 1, 1), 0, 2, 1).name();
            sum = c.squeeze(c.op("MatMul", turned + " " + x.name()), 1);
        } else {
            sum = sum(c, c.op("Mul", x.name() + " " + weights));
        }
        return new Value(sum, 1, x.sizes()[2]);
    }

    /** Over axis 1, which goes. */
    static String sum(GraphCase c, String taken) {
        return c.withAxes("ReduceSum", 13, taken, new long[] {1}, attribute("keepdims", 0L));
    }

    static void head(GraphCase c, Value x) {
        Value scores = linear(c, activated(c, linear(c, x, c.between(2, 5))), c.between(1, 4));
        c.output(
                switch (c.between(0, 2)) {
                    case 0 -> c.op("Sigmoid", scores.name());
                    case 1 -> softmax(c, scores.name(), c.one(-1L, scores.rank() - 1L));
                    default -> scores.name();
                });
    }

    // ---- networks ----

    private static void recurrentNodes(GraphCase c) {
        prepare(c);
        Layer layer = recurrent(c, c.x());
        c.output(layer.y().name());
        c.output(layer.h().name());
    }

    private static void anything(GraphCase c) {
        prepare(c);
        Value x = c.x();
        if (c.perhaps()) {
            x = activated(c, linear(c, x, c.between(1, 5)));
        }
        Layer layer = recurrent(c, x);
        for (int i = c.between(0, 2); i > 0; i--) {
            Value y = c.perhaps() ? layerNorm(c, layer.y()) : layer.y();
            layer = recurrent(c, y);
        }
        if (c.perhaps()) {
            head(c, c.perhaps() ? layerNorm(c, layer.y()) : layer.y());
        }
        head(c, c.one(layer.h(), lastStep(c, layer.y()), mean(c, layer.y())));
    }

    private static void embeddings(GraphCase c) {
        prepare(c);
        Value item = c.indices("item", 11, GraphCase.BATCH, GraphCase.STEPS);
        Value kind = c.indices("kind", 4, GraphCase.BATCH, GraphCase.STEPS);
        Value x = c.x(3);
        String joined = c.op(
                "Concat",
                String.join(
                        " ",
                        c.op("Gather", c.weights(11, 4) + " " + item.name()),
                        x.name(),
                        c.op("Gather", c.weights(4, 2) + " " + kind.name())),
                attribute("axis", c.one(2L, -1L)));
        Layer layer = recurrent(c, new Value(joined, 1, GraphCase.STEPS, 9));
        Value age = c.input("age", GraphCase.BATCH, 2);
        Value segment = c.indices("segment", 5, GraphCase.BATCH);
        String all = c.op(
                "Concat",
                String.join(" ", layer.h().name(), age.name(), c.op("Gather", c.weights(5, 3) + " " + segment.name())),
                attribute("axis", c.one(1L, -1L)));
        head(c, new Value(all, 1, layer.h().sizes()[1] + 5));
    }

    private static void convolutions(GraphCase c) {
        prepare(c);
        Value x = c.x();
        int channels = c.between(1, 5);
        Value turned = c.transpose(x, 0, 2, 1);
        String convolved;
        if (c.perhaps()) {
            convolved = c.op(
                    "Conv",
                    String.join(" ", turned.name(), c.weights(channels, x.sizes()[2], 3), c.weights(channels)),
                    attribute("kernel_shape", new long[] {3}),
                    attribute("pads", new long[] {1, 1}));
        } else {
            // With an axis of 1, as it comes from TensorFlow.
            boolean before = c.perhaps();
            String wide = c.op(
                    "Conv",
                    String.join(
                            " ",
                            c.unsqueeze(turned.name(), before ? 2 : 3),
                            before ? c.weights(channels, x.sizes()[2], 1, 3) : c.weights(channels, x.sizes()[2], 3, 1)),
                    attribute("kernel_shape", before ? new long[] {1, 3} : new long[] {3, 1}),
                    attribute("auto_pad", c.one("SAME_UPPER", "SAME_LOWER")));
            convolved = c.squeeze(wide, before ? 2 : 3);
        }
        String shorter = c.op("Relu", convolved);
        if (c.perhaps()) {
            shorter = c.op(
                    "MaxPool",
                    shorter,
                    attribute("kernel_shape", new long[] {2}),
                    attribute("strides", new long[] {2}),
                    attribute("ceil_mode", 1L));
        }
        Value back = c.transpose(new Value(shorter, 1, channels, GraphCase.STEPS), 0, 2, 1);
        Layer layer = recurrent(c, back);
        head(c, lastStep(c, layer.y()));
        c.output(layer.y().name());
    }

    private static void attention(GraphCase c) {
        prepare(c);
        Layer layer = recurrent(c, c.x());
        head(c, attended(c, layer.y()));
    }

    private static void stepsBySteps(GraphCase c) {
        prepare(c);
        Layer layer = recurrent(c, c.x());
        Value x = layer.y();
        int heads = c.one(1, 2);
        int width = 2 * heads;
        Value q = heads(c, linear(c, x, width), heads);
        Value k = heads(c, linear(c, x, width), heads);
        Value v = heads(c, linear(c, x, width), heads);
        String size = c.op("Gather", c.op("Shape", q.name()) + " " + c.whole(-1));
        String root = c.op("Sqrt", c.op("Cast", size, c.to(c.type)));
        String turned = c.transpose(k, 0, 1, 3, 2).name();
        String scores = c.op("Div", c.op("MatMul", q.name() + " " + turned) + " " + root);
        String mixed = c.op("MatMul", softmax(c, scores, c.opset < 13 ? 3L : -1L) + " " + v.name());
        Value back = c.transpose(new Value(mixed, 1, heads, GraphCase.STEPS, 2), 0, 2, 1, 3);
        Value joined = new Value(c.op("Reshape", back.name() + " " + c.longs(0, -1, width)), 1, GraphCase.STEPS, width);
        Value together = layerNorm(c, linear(c, joined, (int) x.sizes()[2]));
        Value sum = new Value(c.op("Add", together.name() + " " + x.name()), x.sizes());
        c.output(sum.name());
        head(c, mean(c, sum));
    }

    /** [1, heads, T, width / heads] */
    private static Value heads(GraphCase c, Value x, int heads) {
        String shape = c.op("Shape", x.name());
        String steps = c.unsqueeze(c.op("Gather", shape + " " + c.whole(1)), 0);
        String wanted = c.op(
                "Concat",
                String.join(" ", c.longs(1), steps, c.longs(heads), c.longs(x.sizes()[2] / heads)),
                attribute("axis", 0L));
        String apart = c.op("Reshape", x.name() + " " + wanted);
        return c.transpose(new Value(apart, 1, GraphCase.STEPS, heads, x.sizes()[2] / heads), 0, 2, 1, 3);
    }

    private static void twoBranches(GraphCase c) {
        prepare(c);
        Value x = c.x();
        Layer one = recurrent(c, x);
        Layer other = recurrent(c, activated(c, linear(c, x, 3)));
        long width = one.h().sizes()[1] + other.h().sizes()[1];
        Value joined =
                new Value(c.op("Concat", one.h().name() + " " + other.h().name(), attribute("axis", -1L)), 1, width);
        head(c, joined);
        head(c, joined);
        if (c.perhaps()) {
            c.output(c.op(
                    "Add",
                    linear(c, one.y(), 2).name() + " " + linear(c, other.y(), 2).name()));
        }
    }

    private static void masks(GraphCase c) {
        prepare(c);
        // Index 0 is no item: its step does not count.
        Value item = c.indices("item", 5, GraphCase.BATCH, GraphCase.STEPS);
        Value embedded = new Value(c.op("Gather", c.weights(5, 4) + " " + item.name()), 1, GraphCase.STEPS, 4);
        Layer layer = recurrent(c, embedded);
        String empty = c.op("Equal", item.name() + " " + c.whole(0));
        String scores = c.squeeze(linear(c, layer.y(), 1).name(), 2);
        String masked = c.op("Where", empty + " " + c.number(-1e4) + " " + scores);
        String weights = softmax(c, masked, c.opset < 13 ? 1L : c.one(1L, -1L));
        c.output(weights);
        String there = c.op("Cast", c.op("Not", empty), c.to(c.type));
        String count = c.withAxes("ReduceSum", 13, there, new long[] {1});
        String kept = c.op("Mul", layer.y().name() + " " + c.unsqueeze(there, 2));
        String sum = sum(c, kept);
        String mean = c.op("Div", sum + " " + c.op("Max", count + " " + c.number(1)));
        head(c, new Value(mean, 1, layer.y().sizes()[2]));
    }

    private static void states(GraphCase c) {
        prepare(c);
        Value x = c.x();
        String direction = c.one("forward", "reverse", "bidirectional");
        int directions = direction.equals("bidirectional") ? 2 : 1;
        int hidden = c.between(2, 4);
        String state;
        if (c.perhaps()) {
            Value row = c.input("row", GraphCase.BATCH, 3);
            Value all = activated(c, linear(c, row, directions * hidden));
            String apart = c.op("Reshape", all.name() + " " + c.longs(-1, directions, hidden));
            state = c.transpose(new Value(apart, 1, directions, hidden), 1, 0, 2)
                    .name();
        } else {
            Layer encoder = recurrent(c, x, c.one("LSTM", "GRU"), hidden, direction, "", "");
            String apart = c.op("Reshape", encoder.h().name() + " " + c.longs(-1, directions, hidden));
            state = c.transpose(new Value(apart, 1, directions, hidden), 1, 0, 2)
                    .name();
        }
        Layer layer = recurrent(c, x, c.one("LSTM", "GRU", "RNN"), hidden, direction, state, c.perhaps() ? state : "");
        c.output(layer.y().name());
        c.output(layer.h().name());
    }

    private static void sizes(GraphCase c) {
        prepare(c);
        Value x = c.x(c.between(2, 4));
        Layer layer = recurrent(c, x);
        String shape = c.op("Shape", layer.y().name());
        String steps = c.op("Slice", String.join(" ", shape, c.longs(-2), c.longs(-1), c.longs(0), c.longs(1)));
        String backward = c.op(
                "Slice",
                String.join(" ", layer.y().name(), c.longs(-1), c.longs(Long.MIN_VALUE + 1), c.longs(1), c.longs(-1)));
        c.output(backward);
        // The last state at each step, beside each step's own.
        String repeats = c.op("Concat", c.longs(1) + " " + steps + " " + c.longs(1), attribute("axis", 0L));
        String tiled = c.op("Tile", c.unsqueeze(layer.h().name(), 1) + " " + repeats);
        String joined = c.op("Concat", layer.y().name() + " " + tiled, attribute("axis", 2L));
        long width = 2 * layer.y().sizes()[2];
        // How far each step is on the way.
        String count = c.squeeze(steps, 0);
        String places = c.op("Cast", c.op("Range", c.whole(0) + " " + count + " " + c.whole(1)), c.to(c.type));
        String part = c.op("Div", places + " " + c.op("Cast", steps, c.to(c.type)));
        String column = c.unsqueeze(part, 0, 2);
        String all = c.op("Concat", joined + " " + column, attribute("axis", -1L));
        head(c, new Value(all, 1, GraphCase.STEPS, width + 1));
        String flat = c.op("Reshape", all + " " + c.op("Concat", steps + " " + c.longs(-1), attribute("axis", 0L)));
        c.output(c.op("ReduceMax", flat, attribute("keepdims", 0L)));
    }

    private static void reversed(GraphCase c) {
        prepare(c);
        Value x = c.x();
        String steps = c.op("Slice", String.join(" ", c.op("Shape", x.name()), c.longs(1), c.longs(2)));
        String turned = c.op(
                "ReverseSequence", x.name() + " " + steps, attribute("batch_axis", 0L), attribute("time_axis", 1L));
        Layer forward = recurrent(c, x, "forward", "");
        Layer backward = recurrent(c, new Value(turned, x.sizes()), "forward", "");
        String again = c.op(
                "ReverseSequence",
                backward.y().name() + " " + steps,
                attribute("batch_axis", 0L),
                attribute("time_axis", 1L));
        long width = forward.y().sizes()[2] + backward.y().sizes()[2];
        Value both = new Value(
                c.op("Concat", forward.y().name() + " " + again, attribute("axis", 2L)), 1, GraphCase.STEPS, width);
        head(c, both);
        c.output(both.name());
    }

    private static void best(GraphCase c) {
        prepare(c);
        Value item = c.indices("item", 23, GraphCase.BATCH, GraphCase.STEPS);
        String table = c.weights(23, 4);
        Value embedded = new Value(c.op("Gather", table + " " + item.name()), 1, GraphCase.STEPS, 4);
        Layer layer = recurrent(c, embedded, "GRU", 4, "forward", "", "");
        String scores = c.op("MatMul", layer.h().name() + " " + c.op("Transpose", table));
        List<String> best = c.ops("TopK", 2, scores + " " + c.longs(5), attribute("axis", 1L));
        c.output(best.get(0));
        c.output(best.get(1));
        c.output(c.op("ArgMax", scores, attribute("axis", -1L), attribute("keepdims", 0L)));
    }

    private static void lastSteps(GraphCase c) {
        prepare(c);
        Layer layer = recurrent(c, c.x());
        int count = c.between(2, 3);
        c.least = count;
        String last = c.op(
                "Slice", String.join(" ", layer.y().name(), c.longs(-count), c.longs(Integer.MAX_VALUE), c.longs(1)));
        // Of a row with fewer steps there are not as many numbers.
        String flat = c.op("Reshape", last + " " + c.longs(-1, count * layer.y().sizes()[2]));
        head(c, new Value(flat, 1, count * layer.y().sizes()[2]));
    }

    private static void decoder(GraphCase c) {
        prepare(c);
        Value x = c.x();
        Layer encoder = recurrent(c, x);
        String steps = c.op("Slice", String.join(" ", c.op("Shape", x.name()), c.longs(1), c.longs(2)));
        String shape = c.op("Concat", c.longs(1) + " " + steps + " " + c.longs(1), attribute("axis", 0L));
        String repeated = c.op("Expand", c.unsqueeze(encoder.h().name(), 1) + " " + shape);
        Layer decoder =
                recurrent(c, new Value(repeated, 1, GraphCase.STEPS, encoder.h().sizes()[1]));
        Value back = linear(c, decoder.y(), (int) x.sizes()[2]);
        c.output(back.name());
        String difference = c.op("Sub", back.name() + " " + x.name());
        String squares = c.op("Mul", difference + " " + difference);
        c.output(c.withAxes("ReduceMean", 18, squares, new long[] {1, 2}, attribute("keepdims", 0L)));
    }

    private static void channelsFirst(GraphCase c) {
        prepare(c);
        int channels = c.between(2, 4);
        Value signal = c.input("signal", GraphCase.BATCH, channels, GraphCase.STEPS);
        Value scaled = new Value(c.op("Mul", signal.name() + " " + c.numbers(1, channels, 1)), signal.sizes());
        if (c.perhaps()) {
            c.output(scaled.name());
        }
        head(c, recurrent(c, c.transpose(scaled, 0, 2, 1)).h());
    }

    private static void stepsFirst(GraphCase c) {
        prepare(c);
        Value x = c.input("x", GraphCase.STEPS, GraphCase.BATCH, 3);
        Value turned = c.transpose(x, 1, 0, 2);
        head(c, recurrent(c, turned).y());
    }
}
