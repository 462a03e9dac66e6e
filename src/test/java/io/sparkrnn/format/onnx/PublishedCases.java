package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.NetworkCases.linear;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;

import io.sparkrnn.format.onnx.GraphCase.Value;
import io.sparkrnn.format.onnx.NetworkCases.Layer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Architectures that were published, as exporters leave them: what is odd in each of them. */
final class PublishedCases {
    private static final long STEPS = GraphCase.STEPS;
    private static final long BATCH = GraphCase.BATCH;

    private PublishedCases() {}

    /** A network, and the numbers of steps that it is held against ONNX Runtime with. */
    record Published(Consumer<GraphCase> maker, int... steps) {}

    static Map<String, Published> all() {
        Map<String, Published> cases = new LinkedHashMap<>();
        ragged(cases, "language model with tied embeddings", PublishedCases::languageModel);
        ragged(cases, "lengths beside a padded batch", PublishedCases::lengths);
        ragged(cases, "lengths counted from the padding", PublishedCases::lengthsOfMask);
        ragged(cases, "a squeeze of an axis that nobody knows", PublishedCases::squeezeIf);
        ragged(cases, "a scripted cell in a loop", PublishedCases::scriptedLoop);
        ragged(cases, "a scan over the steps", PublishedCases::scan);
        ragged(cases, "decoder with attention, three steps", PublishedCases::decoderWithAttention);
        ragged(cases, "teacher forced decoder of seven steps", PublishedCases::teacherForced);
        ragged(cases, "CRNN of a spectrogram", PublishedCases::crnn);
        ragged(cases, "DeepSpeech2", PublishedCases::deepSpeech);
        ragged(cases, "deep and cross beside a GRU", PublishedCases::deepAndCross);
        ragged(cases, "interest in a target item", PublishedCases::interest);
        ragged(cases, "self-attention of many heads", PublishedCases::selfAttention);
        ragged(cases, "temporal fusion", PublishedCases::temporalFusion);
        ragged(cases, "characters of words", PublishedCases::characters);
        ragged(cases, "sentences of words", PublishedCases::hierarchical);
        ragged(cases, "attention both ways", PublishedCases::bothWays);
        ragged(cases, "two sequences compared", PublishedCases::siamese);
        ragged(cases, "causal convolutions", PublishedCases::causal);
        fixed(cases, "squeeze and excitation beside an LSTM of turned axes", PublishedCases::squeezeAndExcitation, 3);
        ragged(cases, "inception", PublishedCases::inception);
        ragged(cases, "weight norm left in the graph", PublishedCases::weightNorm);
        ragged(cases, "ordinal, mixture, quantile and survival heads", PublishedCases::heads);
        fixed(cases, "a batch of one and a fixed number of steps", PublishedCases::fixedSizes, 11);
        fixed(cases, "a list of a fixed number of steps", PublishedCases::fixedList, 9);
        ragged(cases, "a sequence without a batch", PublishedCases::noBatch);
        ragged(cases, "float16 inside", PublishedCases::halves);
        ragged(cases, "indices of 32 bits", PublishedCases::smallIndices);
        ragged(cases, "functions of the model's own", PublishedCases::functions);
        ragged(cases, "lists of arrays", PublishedCases::lists);
        ragged(cases, "sums of products by letters", PublishedCases::einsum);
        ragged(cases, "assignments in place", PublishedCases::inPlace);
        ragged(cases, "last steps by their numbers", PublishedCases::lastByIndex);
        ragged(cases, "an autoencoder that is widened again", PublishedCases::widened);
        ragged(cases, "norms of channels", PublishedCases::norms);
        ragged(cases, "one of many as numbers", PublishedCases::oneHot);
        ragged(cases, "triangles of a mask", PublishedCases::triangles);
        return cases;
    }

    private static void ragged(Map<String, Published> cases, String name, Consumer<GraphCase> maker) {
        cases.put(name, new Published(maker, 13, 1, 2, 8));
    }

    private static void fixed(Map<String, Published> cases, String name, Consumer<GraphCase> maker, int steps) {
        cases.put(name, new Published(maker, steps, steps));
    }

    private static void prepare(GraphCase c, int opset) {
        c.opset = opset;
        c.tolerance = 3e-5;
        c.exact = 1e-10;
    }

    private static Value forward(GraphCase c, Value x, String type, int hidden) {
        return NetworkCases.recurrent(c, x, type, hidden, "forward", "-", "-").y();
    }

    private static Value softmax(GraphCase c, Value x, long axis) {
        return new Value(c.op("Softmax", x.name(), attribute("axis", axis)), x.sizes());
    }

    private static Value pair(GraphCase c, String op, Value a, Value b) {
        return new Value(c.op(op, a.name() + " " + b.name()), a.rank() >= b.rank() ? a.sizes() : b.sizes());
    }

    private static Value unary(GraphCase c, String op, Value x) {
        return new Value(c.op(op, x.name()), x.sizes());
    }

    private static String reshape(GraphCase c, String x, long... shape) {
        return c.op("Reshape", x + " " + c.longs(shape));
    }

    private static String last(GraphCase c, Value x) {
        return c.op("Gather", x.name() + " " + c.whole(-1), attribute("axis", 1L));
    }

    private static String size(GraphCase c, String x, long axis) {
        return c.op("Gather", c.op("Shape", x) + " " + c.whole(axis));
    }

    // ---- language and sequences ----

    private static void languageModel(GraphCase c) {
        prepare(c, 13);
        Value items = c.indices("input_ids", 11, BATCH, STEPS);
        String table = c.weights(11, 4);
        Value x = new Value(c.op("Gather", table + " " + items.name()), 1, STEPS, 4);
        Value y = forward(c, forward(c, x, "LSTM", 6), "LSTM", 4);
        String turned = c.op("Transpose", table, attribute("perm", 1, 0));
        String logits = c.op("Add", c.op("MatMul", y.name() + " " + turned) + " " + c.weights(11));
        c.output(c.op("LogSoftmax", logits, attribute("axis", -1L)));
    }

    private static void lengths(GraphCase c) {
        prepare(c, 14);
        Value x = c.x(4);
        Value lengths = c.input("lengths", OnnxWriter.INT64, GraphCase.LENGTH, BATCH);
        String cast = c.op("Cast", lengths.name(), c.to(OnnxWriter.INT32));
        List<String> given = c.ops(
                "LSTM",
                3,
                c.transpose(x, 1, 0, 2).name() + " " + c.weights(2, 12, 4) + " " + c.weights(2, 12, 3) + " "
                        + c.weights(2, 24) + " " + cast,
                attribute("hidden_size", 3L),
                attribute("direction", "bidirectional"));
        Value y = c.transpose(new Value(given.get(0), STEPS, 2, 1, 3), 2, 0, 1, 3);
        String states = reshape(c, y.name(), 0, 0, -1);
        // out.gather(1, (lengths - 1).view(-1, 1, 1).expand(-1, 1, 6))
        String at = reshape(c, c.op("Sub", lengths.name() + " " + c.whole(1)), -1, 1, 1);
        String wide = c.op("Expand", at + " " + c.longs(1, 1, 6));
        c.output(c.squeeze(c.op("GatherElements", states + " " + wide, attribute("axis", 1L)), 1));
        // the mean by a mask: arange(T) < lengths
        String range = c.op("Range", c.whole(0) + " " + size(c, x.name(), 1) + " " + c.whole(1));
        String mask = c.op("Less", c.unsqueeze(range, 0) + " " + c.unsqueeze(lengths.name(), 1));
        String masked = c.op("Mul", states + " " + c.unsqueeze(c.op("Cast", mask, c.to(c.type)), 2));
        String total = c.withAxes("ReduceSum", 13, masked, new long[] {1}, attribute("keepdims", 0L));
        c.output(c.op("Div", total + " " + c.unsqueeze(c.op("Cast", lengths.name(), c.to(c.type)), 1)));
    }

    private static void lengthsOfMask(GraphCase c) {
        prepare(c, 13);
        Value items = c.indices("tokens", 5, BATCH, STEPS);
        Value x = new Value(c.op("Gather", c.weights(5, 3) + " " + items.name()), 1, STEPS, 3);
        String there =
                c.op("Cast", c.op("Not", c.op("Equal", items.name() + " " + c.whole(0))), c.to(OnnxWriter.INT32));
        String count = c.op("ReduceSum", there + " " + c.longs(1), attribute("keepdims", 0L));
        // ONNX Runtime has no states of no steps.
        String length = c.op(
                "Cast",
                c.op("Max", c.op("Cast", count, c.to(OnnxWriter.INT64)) + " " + c.longs(1)),
                c.to(OnnxWriter.INT32));
        String direction = c.one("forward", "reverse", "bidirectional");
        int d = direction.equals("bidirectional") ? 2 : 1;
        List<String> given = c.ops(
                "GRU",
                2,
                c.transpose(x, 1, 0, 2).name() + " " + c.weights(d, 6, 3) + " " + c.weights(d, 6, 2) + " - " + length,
                attribute("hidden_size", 2L),
                attribute("linear_before_reset", 1L),
                attribute("direction", direction));
        c.output(reshape(c, given.get(1), 1, -1));
        c.output(given.get(0));
    }

    private static void squeezeIf(GraphCase c) {
        prepare(c, 14);
        Value y = forward(c, c.x(3), "GRU", 4);
        Value score = linear(c, y, 1);
        String same = c.op("Equal", size(c, score.name(), 2) + " " + c.whole(1));
        String name = "if" + c.next();
        OnnxWriter yes = OnnxWriter.message()
                .constant(name + "axes", 2)
                .node("Squeeze", name + "squeeze", score.name() + " " + name + "axes", name + "then")
                .outputOfType(name + "then", c.type)
                .text(2, "yes");
        OnnxWriter no = OnnxWriter.message()
                .node("Identity", name + "same", score.name(), name + "else")
                .outputOfType(name + "else", c.type)
                .text(2, "no");
        String squeezed = c.op(
                "If",
                same,
                OnnxWriter.graphAttribute("then_branch", yes),
                OnnxWriter.graphAttribute("else_branch", no));
        c.output(c.op("Sigmoid", squeezed));
    }

    /** IndRNN: {@code h = relu(W x + u h)}, step by step. */
    private static void scriptedLoop(GraphCase c) {
        prepare(c, 15);
        Value x = c.transpose(c.x(3), 1, 0, 2);
        String w = c.weights(3, 4);
        String u = c.weights(4);
        String h = c.constant(new double[4], 1, 4);
        String trips = size(c, x.name(), 0);
        String yes = c.op("Cast", c.whole(1), c.to(OnnxWriter.BOOL));
        String p = "loop" + c.next();
        OnnxWriter body = OnnxWriter.message()
                .text(2, "body")
                .input(p + "i", OnnxWriter.INT64)
                .input(p + "go", OnnxWriter.BOOL)
                .input(p + "h", c.type, 1, 4)
                .node("Gather", p + "step", x.name() + " " + p + "i", p + "x", attribute("axis", 0L))
                .node("MatMul", p + "in", p + "x " + w, p + "wx")
                .node("Mul", p + "own", p + "h " + u, p + "uh")
                .node("Add", p + "sum", p + "wx " + p + "uh", p + "s")
                .node("Relu", p + "bend", p + "s", p + "new")
                .node("Identity", p + "on", p + "go", p + "goes")
                .node("Identity", p + "keep", p + "new", p + "kept")
                .output(p + "goes", OnnxWriter.BOOL)
                .output(p + "new", c.type, 1, 4)
                .output(p + "kept", c.type, 1, 4);
        List<String> given = c.ops("Loop", 2, trips + " " + yes + " " + h, OnnxWriter.graphAttribute("body", body));
        c.output(given.get(0));
        Value steps = c.transpose(new Value(given.get(1), STEPS, 1, 4), 1, 0, 2);
        c.output(forward(c, steps, "LSTM", 2).name());
    }

    private static void scan(GraphCase c) {
        prepare(c, 12);
        Value x = c.transpose(c.x(3), 1, 0, 2);
        boolean backward = c.perhaps();
        String p = "scan" + c.next();
        String w = c.weights(3, 3);
        OnnxWriter body = OnnxWriter.message()
                .text(2, "body")
                .input(p + "h", c.type, 1, 3)
                .input(p + "x", c.type, 1, 3)
                .node("MatMul", p + "in", p + "x " + w, p + "wx")
                .node("Add", p + "sum", p + "wx " + p + "h", p + "s")
                .node("Tanh", p + "bend", p + "s", p + "new")
                .node("Identity", p + "keep", p + "new", p + "kept")
                .output(p + "new", c.type, 1, 3)
                .output(p + "kept", c.type, 1, 3);
        List<String> given = c.ops(
                "Scan",
                2,
                c.constant(new double[3], 1, 3) + " " + x.name(),
                OnnxWriter.graphAttribute("body", body),
                attribute("num_scan_inputs", 1L),
                attribute("scan_input_directions", new long[] {backward ? 1 : 0}),
                attribute("scan_output_directions", new long[] {backward ? 1 : 0}));
        c.output(given.get(0));
        c.output(c.transpose(new Value(given.get(1), STEPS, 1, 3), 1, 0, 2).name());
    }

    private static void decoderWithAttention(GraphCase c) {
        prepare(c, 17);
        Layer encoder = NetworkCases.recurrent(c, c.x(3), "GRU", 4, "forward", "-", "-");
        Value states = encoder.y();
        String h = reshape(c, encoder.h().name(), 1, 4);
        String token = c.constant(new double[] {1, 0, 0}, 1, 3);
        String wx = c.weights(3 + 4, 12);
        String wh = c.weights(4, 12);
        String out = c.weights(4, 3);
        String all = null;
        for (int step = 0; step < 3; step++) {
            String scores = c.op("MatMul", states.name() + " " + c.unsqueeze(h, 2));
            String weights = c.op("Softmax", scores, attribute("axis", 1L));
            String context = c.withAxes(
                    "ReduceSum",
                    13,
                    c.op("Mul", states.name() + " " + weights),
                    new long[] {1},
                    attribute("keepdims", 0L));
            String x = c.op("Concat", token + " " + context, attribute("axis", -1L));
            List<String> in = c.ops("Split", 3, c.op("MatMul", x + " " + wx), attribute("axis", 1L));
            List<String> own = c.ops("Split", 3, c.op("MatMul", h + " " + wh), attribute("axis", 1L));
            String r = c.op("Sigmoid", c.op("Add", in.get(0) + " " + own.get(0)));
            String z = c.op("Sigmoid", c.op("Add", in.get(1) + " " + own.get(1)));
            String n = c.op("Tanh", c.op("Add", in.get(2) + " " + c.op("Mul", r + " " + own.get(2))));
            h = c.op("Add", c.op("Mul", c.op("Sub", c.number(1) + " " + z) + " " + n) + " " + c.op("Mul", z + " " + h));
            token = c.op("Softmax", c.op("MatMul", h + " " + out), attribute("axis", -1L));
            String row = c.unsqueeze(token, 1);
            all = all == null ? row : c.op("Concat", all + " " + row, attribute("axis", 1L));
        }
        c.output(String.valueOf(all));
    }

    private static void teacherForced(GraphCase c) {
        prepare(c, 13);
        Layer encoder = NetworkCases.recurrent(c, c.x(3), "LSTM", 4, "forward", "-", "-");
        Value target = c.input("target", BATCH, 7, 2);
        String h = reshape(c, encoder.h().name(), 1, 1, 4);
        Value turned = c.transpose(target, 1, 0, 2);
        List<String> given = c.ops(
                "LSTM",
                3,
                turned.name() + " " + c.weights(1, 16, 2) + " " + c.weights(1, 16, 4) + " - - " + h + " " + h,
                attribute("hidden_size", 4L));
        c.output(linear(c, new Value(reshape(c, given.get(0), 1, 7, 4), 1, 7, 4), 2)
                .name());
    }

    // ---- speech and images ----

    private static void crnn(GraphCase c) {
        prepare(c, 11);
        c.least = 3;
        Value x = c.input("image", BATCH, 1, 8, STEPS);
        String y = c.op(
                "Conv",
                x.name() + " " + c.weights(3, 1, 3, 3) + " " + c.weights(3),
                attribute("kernel_shape", 3, 3),
                attribute("pads", 1, 1, 1, 1),
                attribute("strides", 1, 1),
                attribute("dilations", 1, 1),
                attribute("group", 1L));
        y = c.op("Relu", y);
        y = c.op(
                "MaxPool",
                y,
                attribute("kernel_shape", 2, 2),
                attribute("strides", 2, 1),
                attribute("pads", 0, 0, 0, 0));
        y = c.op(
                "BatchNormalization",
                String.join(" ", y, c.weights(3), c.weights(3), c.weights(3), c.positive(3)),
                attribute("epsilon", 0x1p-10f));
        y = c.op(
                "Conv",
                y + " " + c.weights(4, 3, 2, 2),
                attribute("kernel_shape", 2, 2),
                attribute("strides", 2, 1),
                attribute("pads", 0, 0, 0, 0));
        y = c.op("AveragePool", y, attribute("kernel_shape", 2, 1), attribute("strides", 2, 1));
        // [1, 4, 1, T'] to [T', 1, 4]
        y = c.squeeze(y, 2);
        Value steps = c.transpose(new Value(y, 1, 4, STEPS), 0, 2, 1);
        Value states = NetworkCases.recurrent(c, steps, "LSTM", 3, "bidirectional", "-", "-")
                .y();
        Value logits = c.transpose(linear(c, states, 5), 1, 0, 2);
        c.output(c.op("LogSoftmax", logits.name(), attribute("axis", 2L)));
    }

    private static void deepSpeech(GraphCase c) {
        prepare(c, 13);
        Value x = c.input("spectrogram", BATCH, 1, 9, STEPS);
        String y = c.op(
                "Conv",
                x.name() + " " + c.weights(2, 1, 5, 3) + " " + c.weights(2),
                attribute("kernel_shape", 5, 3),
                attribute("pads", 2, 1, 2, 1),
                attribute("strides", 2, 2));
        y = c.op("Clip", y + " " + c.number(0) + " " + c.number(20));
        // [1, 2, 5, T'] to [T', 1, 10]
        String shape = c.op("Shape", y);
        String batch = c.unsqueeze(c.op("Gather", shape + " " + c.whole(0)), 0);
        String time = c.unsqueeze(c.op("Gather", shape + " " + c.whole(3)), 0);
        String flat = c.op(
                "Reshape", y + " " + c.op("Concat", batch + " " + c.longs(10) + " " + time, attribute("axis", 0L)));
        Value steps = c.transpose(new Value(flat, 1, 10, STEPS), 0, 2, 1);
        Value first = forward(c, steps, "GRU", 4);
        // BatchNorm1d over [T * B, H]
        Value turned = c.transpose(first, 1, 0, 2);
        String rows = reshape(c, turned.name(), -1, 4);
        String normal = c.op(
                "BatchNormalization", String.join(" ", rows, c.weights(4), c.weights(4), c.weights(4), c.positive(4)));
        Value again = new Value(reshape(c, normal, 1, -1, 4), 1, STEPS, 4);
        c.output(softmax(c, linear(c, forward(c, again, "GRU", 3), 4), -1).name());
    }

    // ---- recommendation ----

    private static void deepAndCross(GraphCase c) {
        prepare(c, 12);
        Value history = forward(c, c.x(3), "GRU", 3);
        Value country = c.indices("country", 4, BATCH);
        Value profile = c.input("profile", BATCH, 2);
        String e = c.op("Gather", c.weights(4, 2) + " " + country.name());
        String x0 = c.op("Concat", last(c, history) + " " + e + " " + profile.name(), attribute("axis", 1L));
        String x = x0;
        for (int layer = 0; layer < 2; layer++) {
            String weight = c.op("MatMul", x + " " + c.weights(7, 1));
            x = c.op("Add", c.op("Add", c.op("Mul", x0 + " " + weight) + " " + c.weights(7)) + " " + x);
        }
        String deep = c.op("Relu", linear(c, new Value(x0, 1, 7), 4).name());
        String both = c.op("Concat", x + " " + deep, attribute("axis", 1L));
        c.output(c.op("Sigmoid", linear(c, new Value(both, 1, 11), 1).name()));
    }

    private static void interest(GraphCase c) {
        prepare(c, 16);
        String table = c.weights(9, 4);
        Value items = c.indices("hist_item", 9, BATCH, STEPS);
        Value target = c.indices("target_item", 9, BATCH, 1);
        Value history = new Value(c.op("Gather", table + " " + items.name()), 1, STEPS, 4);
        Value h = forward(c, history, "GRU", 4);
        String one = c.op("Gather", table + " " + target.name());
        String shape = c.op("Shape", h.name());
        String wide = c.op("Expand", one + " " + shape);
        String joined = c.op(
                "Concat",
                String.join(
                        " ", h.name(), wide, c.op("Sub", h.name() + " " + wide), c.op("Mul", h.name() + " " + wide)),
                attribute("axis", -1L));
        Value scores = linear(
                c,
                new Value(
                        c.op(
                                "PRelu",
                                linear(c, new Value(joined, 1, STEPS, 16), 3).name() + " " + c.weights(3)),
                        1,
                        STEPS,
                        3),
                1);
        String weights = c.op("Softmax", scores.name(), attribute("axis", 1L));
        String sum = c.op(
                "MatMul", c.transpose(new Value(weights, 1, STEPS, 1), 0, 2, 1).name() + " " + h.name());
        c.output(linear(c, new Value(reshape(c, sum, -1, 4), 1, 4), 1).name());
    }

    private static void selfAttention(GraphCase c) {
        prepare(c, 17);
        Value x = c.x(6);
        // places, up to 16 of them
        String places = c.op("Range", c.whole(0) + " " + size(c, x.name(), 1) + " " + c.whole(1));
        String place = c.op("Gather", c.weights(16, 6) + " " + places);
        Value h = new Value(c.op("Add", x.name() + " " + place), 1, STEPS, 6);
        Value normal = NetworkCases.layerNorm(c, h);
        String[] parts = new String[3];
        for (int i = 0; i < 3; i++) {
            Value each = linear(c, normal, 6);
            String t = size(c, each.name(), 1);
            String shape = c.op(
                    "Concat",
                    c.longs(1) + " " + c.unsqueeze(t, 0) + " " + c.longs(2) + " " + c.longs(3),
                    attribute("axis", 0L));
            String heads = c.op("Reshape", each.name() + " " + shape);
            parts[i] = c.op(
                    "Transpose", heads, attribute("perm", i == 1 ? new long[] {0, 2, 3, 1} : new long[] {0, 2, 1, 3}));
        }
        String scores = c.op("Div", c.op("MatMul", parts[0] + " " + parts[1]) + " " + c.number((float) Math.sqrt(3)));
        String t = c.unsqueeze(size(c, x.name(), 1), 0);
        String square = c.op("Concat", t + " " + t, attribute("axis", 0L));
        String ones = c.op("Expand", c.number(1) + " " + square);
        String upper = c.op("Trilu", ones + " " + c.whole(1), attribute("upper", 1L));
        String mask = c.op("Mul", upper + " " + c.number(-1e9));
        String weights = c.op("Softmax", c.op("Add", scores + " " + mask), attribute("axis", -1L));
        String sums = c.op("MatMul", weights + " " + parts[2]);
        String together = reshape(c, c.op("Transpose", sums, attribute("perm", 0, 2, 1, 3)), 0, 0, 6);
        Value y = new Value(c.op("Add", h.name() + " " + together), 1, STEPS, 6);
        c.exact = 1e-6;
        c.output(last(c, forward(c, y, "GRU", 3)));
    }

    // ---- time series ----

    private static Value gated(GraphCase c, Value x, Value skip) {
        Value wide = linear(c, x, 2 * (int) skip.sizes()[skip.rank() - 1]);
        List<String> halves = c.ops("Split", 2, wide.name(), attribute("axis", -1L));
        String gate = c.op("Mul", halves.get(0) + " " + c.op("Sigmoid", halves.get(1)));
        return NetworkCases.layerNorm(c, new Value(c.op("Add", gate + " " + skip.name()), skip.sizes()));
    }

    private static void temporalFusion(GraphCase c) {
        prepare(c, 13);
        Value x = c.x(3);
        List<String> each = c.ops("Split", 3, x.name(), attribute("axis", 2L));
        Value[] wide = new Value[3];
        for (int v = 0; v < 3; v++) {
            wide[v] = linear(c, new Value(each.get(v), 1, STEPS, 1), 4);
        }
        String flat =
                c.op("Concat", wide[0].name() + " " + wide[1].name() + " " + wide[2].name(), attribute("axis", -1L));
        Value all = new Value(flat, 1, STEPS, 12);
        Value weights =
                softmax(c, linear(c, new Value(c.op("Elu", linear(c, all, 4).name()), 1, STEPS, 4), 3), -1);
        String stacked = c.op(
                "Concat",
                c.unsqueeze(wide[0].name(), -1) + " " + c.unsqueeze(wide[1].name(), -1) + " "
                        + c.unsqueeze(wide[2].name(), -1),
                attribute("axis", -1L));
        String chosen = c.withAxes(
                "ReduceSum",
                13,
                c.op("Mul", stacked + " " + c.unsqueeze(weights.name(), 2)),
                new long[] {-1},
                attribute("keepdims", 0L));
        Value selected = new Value(chosen, 1, STEPS, 4);
        Value profile = c.input("static", BATCH, 2);
        Value context = new Value(c.op("Elu", linear(c, profile, 4).name()), 1, 4);
        String zero = c.unsqueeze(context.name(), 0);
        List<String> lstm = c.ops(
                "LSTM",
                3,
                c.transpose(selected, 1, 0, 2).name() + " " + c.weights(1, 16, 4) + " " + c.weights(1, 16, 4) + " - - "
                        + zero + " " + zero,
                attribute("hidden_size", 4L));
        Value y = c.transpose(new Value(c.squeeze(lstm.get(0), 1), STEPS, 1, 4), 1, 0, 2);
        Value out = gated(c, y, selected);
        c.output(linear(c, out, 3).name());
        c.output(weights.name());
    }

    private static void characters(GraphCase c) {
        prepare(c, 13);
        Value words = c.indices("words", 7, BATCH, STEPS);
        Value letters = c.indices("chars", 9, BATCH, STEPS, 6);
        String word = c.op("Gather", c.weights(7, 3) + " " + words.name());
        String letter = c.op("Gather", c.weights(9, 2) + " " + letters.name());
        String rows = reshape(c, letter, -1, 6, 2);
        String channels = c.op("Transpose", rows, attribute("perm", 0, 2, 1));
        String seen = c.op(
                "Conv",
                channels + " " + c.weights(4, 2, 3) + " " + c.weights(4),
                attribute("kernel_shape", new long[] {3}),
                attribute("pads", 1, 1));
        String most = c.withAxes("ReduceMax", 18, c.op("Tanh", seen), new long[] {2}, attribute("keepdims", 0L));
        // a highway
        Value features = new Value(most, STEPS, 4);
        Value gate = unary(c, "Sigmoid", linear(c, features, 4));
        Value bent = unary(c, "Relu", linear(c, features, 4));
        String rest = c.op("Sub", c.number(1) + " " + gate.name());
        String highway = c.op(
                "Add", c.op("Mul", gate.name() + " " + bent.name()) + " " + c.op("Mul", rest + " " + features.name()));
        String t = c.unsqueeze(size(c, words.name(), 1), 0);
        String back = c.op(
                "Reshape",
                highway + " " + c.op("Concat", c.longs(1) + " " + t + " " + c.longs(4), attribute("axis", 0L)));
        String both = c.op("Concat", word + " " + back, attribute("axis", -1L));
        Value y = NetworkCases.recurrent(c, new Value(both, 1, STEPS, 7), "LSTM", 3, "bidirectional", "-", "-")
                .y();
        c.output(linear(c, y, 4).name());
    }

    private static void hierarchical(GraphCase c) {
        prepare(c, 13);
        Value words = c.indices("words", 7, BATCH, STEPS, 5);
        String e = reshape(c, c.op("Gather", c.weights(7, 3) + " " + words.name()), -1, 5, 3);
        String direction = c.one("forward", "bidirectional");
        int d = direction.equals("forward") ? 1 : 2;
        String turned = c.op("Transpose", e, attribute("perm", 1, 0, 2));
        String type = c.one("GRU", "LSTM");
        int gates = type.equals("GRU") ? 3 : 4;
        List<String> given = c.ops(
                type,
                type.equals("GRU") ? 2 : 3,
                turned + " " + c.weights(d, gates * 2L, 3) + " " + c.weights(d, gates * 2L, 2),
                attribute("hidden_size", 2L),
                attribute("direction", direction));
        // [5, D, T, 2] to [T, 5, 2D]
        String y = reshape(c, c.op("Transpose", given.get(0), attribute("perm", 2, 0, 1, 3)), 0, 0, -1);
        Value states = new Value(y, STEPS, 5, 2L * d);
        Value scores = linear(c, unary(c, "Tanh", linear(c, states, 3)), 1);
        String weights = c.op("Softmax", scores.name(), attribute("axis", 1L));
        String sentence = NetworkCases.sum(c, c.op("Mul", y + " " + weights));
        // and the last states of each sentence's words
        String ends = reshape(c, c.op("Transpose", given.get(1), attribute("perm", 1, 0, 2)), 0, -1);
        String sentences = c.unsqueeze(c.op("Concat", sentence + " " + ends, attribute("axis", 1L)), 0);
        Value all = forward(c, new Value(sentences, 1, STEPS, 4L * d), "GRU", 3);
        c.output(linear(c, new Value(last(c, all), 1, 3), 2).name());
    }

    private static void bothWays(GraphCase c) {
        prepare(c, 13);
        Value context = forward(c, c.x(3), "LSTM", 4);
        Value question = c.indices("question", 6, BATCH, 5);
        Value asked = new Value(c.op("Gather", c.weights(6, 4) + " " + question.name()), 1, 5, 4);
        String alike = c.op(
                "MatMul",
                c.op("Mul", context.name() + " " + c.weights(4)) + " "
                        + c.transpose(asked, 0, 2, 1).name());
        String there = c.op("MatMul", c.op("Softmax", alike, attribute("axis", -1L)) + " " + asked.name());
        String most = c.withAxes("ReduceMax", 18, alike, new long[] {2}, attribute("keepdims", 0L));
        String weights = c.op("Softmax", most, attribute("axis", -1L));
        String back = c.op("MatMul", c.unsqueeze(weights, 1) + " " + context.name());
        String tiled = c.op(
                "Tile",
                back + " "
                        + c.op(
                                "Concat",
                                c.longs(1) + " " + c.unsqueeze(size(c, context.name(), 1), 0) + " " + c.longs(1),
                                attribute("axis", 0L)));
        String all = c.op(
                "Concat",
                String.join(
                        " ",
                        context.name(),
                        there,
                        c.op("Mul", context.name() + " " + there),
                        c.op("Mul", context.name() + " " + tiled)),
                attribute("axis", -1L));
        c.output(c.op(
                "Softmax",
                c.squeeze(
                        linear(c, forward(c, new Value(all, 1, STEPS, 16), "GRU", 3), 1)
                                .name(),
                        2),
                attribute("axis", 1L)));
    }

    private static void siamese(GraphCase c) {
        prepare(c, 13);
        Value left = c.input("left", BATCH, STEPS, 3);
        Value right = c.input("right", BATCH, STEPS, 3);
        String w = c.weights(1, 12, 3);
        String r = c.weights(1, 12, 3);
        String[] ends = new String[2];
        for (int i = 0; i < 2; i++) {
            List<String> given = c.ops(
                    "LSTM",
                    3,
                    c.transpose(i == 0 ? left : right, 1, 0, 2).name() + " " + w + " " + r,
                    attribute("hidden_size", 3L));
            ends[i] = c.squeeze(given.get(1), 0);
        }
        String apart = c.op("Abs", c.op("Sub", ends[0] + " " + ends[1]));
        String near = c.op("Exp", c.op("Neg", c.withAxes("ReduceSum", 13, apart, new long[] {1})));
        c.output(near);
        c.output(linear(
                        c,
                        new Value(
                                c.op(
                                        "Concat",
                                        apart + " " + c.op("Mul", ends[0] + " " + ends[1]),
                                        attribute("axis", 1L)),
                                1,
                                6),
                        1)
                .name());
    }

    private static void causal(GraphCase c) {
        prepare(c, 10);
        Value x = c.transpose(c.x(4), 0, 2, 1);
        String y = x.name();
        for (long dilation : new long[] {1, 2, 4}) {
            // padded on both sides, and what is behind the end is cut off
            String seen = c.op(
                    "Conv",
                    y + " " + c.weights(4, 4, 3) + " " + c.weights(4),
                    attribute("kernel_shape", new long[] {3}),
                    attribute("dilations", new long[] {dilation}),
                    attribute("pads", 2 * dilation, 2 * dilation));
            String cut = c.op(
                    "Slice",
                    seen + " " + c.longs(0) + " " + c.longs(-2 * dilation) + " " + c.longs(2) + " " + c.longs(1));
            y = c.op("Add", c.op("Relu", cut) + " " + y);
        }
        Value steps = c.transpose(new Value(y, 1, 4, STEPS), 0, 2, 1);
        c.output(last(c, forward(c, steps, "LSTM", 3)));
    }

    /** MLSTM-FCN: the LSTM goes over the variables, of which each has all steps as its numbers. */
    private static void squeezeAndExcitation(GraphCase c) {
        prepare(c, 13);
        Value x = c.input("series", BATCH, 3, 12);
        String seen = c.op(
                "Conv",
                x.name() + " " + c.weights(4, 3, 5),
                attribute("kernel_shape", new long[] {5}),
                attribute("pads", 2, 2));
        String normal = c.op(
                "Relu",
                c.op(
                        "BatchNormalization",
                        String.join(" ", seen, c.weights(4), c.weights(4), c.weights(4), c.positive(4))));
        String squeezed = c.squeeze(c.op("GlobalAveragePool", normal), 2);
        Value gate = unary(c, "Sigmoid", linear(c, unary(c, "Relu", linear(c, new Value(squeezed, 1, 4), 2)), 4));
        String excited = c.op("Mul", normal + " " + c.unsqueeze(gate.name(), 2));
        String pooled = c.squeeze(c.op("GlobalAveragePool", excited), 2);
        Value turned = c.transpose(x, 1, 0, 2);
        List<String> given = c.ops(
                "LSTM",
                3,
                turned.name() + " " + c.weights(1, 12, 12) + " " + c.weights(1, 12, 3),
                attribute("hidden_size", 3L));
        String both = c.op("Concat", pooled + " " + c.squeeze(given.get(1), 0), attribute("axis", 1L));
        c.output(softmax(c, linear(c, new Value(both, 1, 7), 2), 1).name());
    }

    private static void inception(GraphCase c) {
        prepare(c, 13);
        Value x = c.input("x", BATCH, 4, STEPS);
        String narrow = c.op("Conv", x.name() + " " + c.weights(2, 4, 1), attribute("kernel_shape", new long[] {1}));
        StringBuilder parts = new StringBuilder();
        for (long kernel : new long[] {9, 5, 3}) {
            parts.append(c.op(
                            "Conv",
                            narrow + " " + c.weights(2, 2, kernel),
                            attribute("kernel_shape", new long[] {kernel}),
                            attribute("pads", kernel / 2, kernel / 2)))
                    .append(' ');
        }
        String most = c.op(
                "MaxPool",
                x.name(),
                attribute("kernel_shape", new long[] {3}),
                attribute("pads", 1, 1),
                attribute("strides", new long[] {1}));
        parts.append(c.op("Conv", most + " " + c.weights(2, 4, 1), attribute("kernel_shape", new long[] {1})));
        String all = c.op("Concat", parts.toString(), attribute("axis", 1L));
        String normal = c.op(
                "Relu",
                c.op(
                        "BatchNormalization",
                        String.join(" ", all, c.weights(8), c.weights(8), c.weights(8), c.positive(8))));
        Value steps = c.transpose(new Value(normal, 1, 8, STEPS), 0, 2, 1);
        c.output(last(c, forward(c, steps, "GRU", 3)));
        c.output(c.squeeze(c.op("GlobalAveragePool", normal), 2));
    }

    private static void weightNorm(GraphCase c) {
        prepare(c, 14);
        Value x = c.transpose(c.x(3), 0, 2, 1);
        String v = c.weights(4, 3, 3);
        String g = c.weights(4, 1, 1);
        String norm = c.withAxes("ReduceL2", 18, v, new long[] {1, 2}, attribute("keepdims", 1L));
        String w = c.op("Mul", v + " " + c.op("Div", g + " " + norm));
        String seen = c.op(
                "Conv",
                x.name() + " " + w + " " + c.weights(4),
                attribute("kernel_shape", new long[] {3}),
                attribute("pads", 2, 0));
        Value y = forward(c, c.transpose(new Value(seen, 1, 4, STEPS), 0, 2, 1), "LSTM", 4);
        Value residual = pair(c, "Add", forward(c, y, "LSTM", 4), y);
        c.output(NetworkCases.layerNorm(c, residual).name());
    }

    private static void heads(GraphCase c) {
        prepare(c, 13);
        Value y = forward(c, c.x(3), "GRU", 4);
        Value end = new Value(last(c, y), 1, 4);
        // ordinal: sigmoid(score - thresholds), and differences
        String above =
                c.op("Sigmoid", c.op("Sub", linear(c, end, 1).name() + " " + c.constant(new double[] {-1, 0, 1}, 3)));
        String shifted = c.op(
                "Concat",
                c.constant(new double[] {1}, 1, 1) + " "
                        + c.op("Slice", above + " " + c.longs(0) + " " + c.longs(2) + " " + c.longs(1)),
                attribute("axis", 1L));
        c.output(c.op("Sub", shifted + " " + above));
        // mixture
        c.output(softmax(c, linear(c, end, 3), -1).name());
        c.output(c.op("Exp", c.op("Clip", linear(c, end, 3).name() + " " + c.number(-7) + " " + c.number(7))));
        c.output(c.op("Add", c.op("Softplus", linear(c, end, 3).name()) + " " + c.number(1e-6)));
        // quantiles in order
        Value base = linear(c, end, 1);
        String more = c.op("Softplus", linear(c, end, 4).name());
        c.output(c.op("Add", base.name() + " " + c.op("CumSum", more + " " + c.whole(1))));
        // survival
        String hazard = c.op("Sigmoid", c.squeeze(linear(c, y, 1).name(), 2));
        String left = c.op("Log", c.op("Sub", c.number(1) + " " + hazard));
        c.output(c.op("Exp", c.op("CumSum", left + " " + c.whole(1))));
        c.exact = 1e-6;
    }

    // ---- what exporters leave ----

    private static void fixedSizes(GraphCase c) {
        prepare(c, 9);
        Value x = c.input("input.1", 1L, 11L, 3L);
        String turned = c.op("Transpose", x.name(), attribute("perm", 1, 0, 2));
        List<String> given = c.ops(
                "LSTM",
                3,
                turned + " " + c.weights(1, 16, 3) + " " + c.weights(1, 16, 4) + " " + c.weights(1, 32) + " - "
                        + c.constant(new double[4], 1, 1, 4) + " " + c.constant(new double[4], 1, 1, 4),
                attribute("hidden_size", 4L));
        String y = c.op("Transpose", c.squeeze(given.get(0), 1), attribute("perm", 1, 0, 2));
        String flat = reshape(c, y, 1, 44);
        c.output(c.op("Gemm", flat + " " + c.weights(2, 44) + " " + c.weights(2), attribute("transB", 1L)));
    }

    private static void fixedList(GraphCase c) {
        prepare(c, 13);
        Value x = c.input("series", BATCH, 9);
        Value steps = new Value(c.unsqueeze(x.name(), 2), 1, STEPS, 1);
        c.output(linear(c, new Value(last(c, forward(c, steps, "LSTM", 3)), 1, 3), 1)
                .name());
    }

    private static void noBatch(GraphCase c) {
        prepare(c, 14);
        Value x = c.input("sequence", STEPS, 3);
        String steps = c.unsqueeze(x.name(), 1);
        List<String> given = c.ops(
                "GRU",
                2,
                steps + " " + c.weights(1, 12, 3) + " " + c.weights(1, 12, 4),
                attribute("hidden_size", 4L),
                attribute("linear_before_reset", 1L));
        String y = c.squeeze(c.squeeze(given.get(0), 1), 1);
        c.output(linear(c, new Value(y, STEPS, 4), 2).name());
        c.output(c.op("Gather", y + " " + c.whole(-1)));
    }

    private static void halves(GraphCase c) {
        prepare(c, 13);
        c.tolerance = 1e-2;
        c.exact = 1e-2;
        Value x = c.perhaps() ? c.x(3) : c.input("x", OnnxWriter.FLOAT16, 0, BATCH, STEPS, 3);
        String half = c.op("Cast", x.name(), c.to(OnnxWriter.FLOAT16));
        List<String> given = c.ops(
                "LSTM",
                3,
                c.op("Transpose", half, attribute("perm", 1, 0, 2)) + " " + c.halves(1, 16, 3) + " "
                        + c.halves(1, 16, 4),
                attribute("hidden_size", 4L));
        c.output(c.op("Sigmoid", c.squeeze(given.get(1), 0)));
    }

    private static void smallIndices(GraphCase c) {
        prepare(c, 13);
        Value items = c.input("items", OnnxWriter.INT32, 9, BATCH, STEPS);
        Value hour = c.input("hour", OnnxWriter.INT32, 5, BATCH, 1);
        String cast = c.op("Cast", items.name(), c.to(OnnxWriter.INT64));
        Value x = new Value(c.op("Gather", c.weights(9, 3) + " " + cast), 1, STEPS, 3);
        String e = c.squeeze(c.op("Gather", c.weights(5, 2) + " " + hour.name()), 1);
        c.output(c.op("Concat", last(c, forward(c, x, "GRU", 2)) + " " + e, attribute("axis", 1L)));
    }

    private static void functions(GraphCase c) {
        prepare(c, 18);
        Value x = c.x(4);
        c.function(OnnxWriter.message()
                .text(1, "aten_linear")
                .text(4, "x")
                .text(4, "w")
                .text(4, "b")
                .text(5, "y")
                .functionNode("Transpose", "w", "t", attribute("perm", 1, 0))
                .functionNode("MatMul", "x t", "p")
                .functionNode("Add", "p b", "y"));
        c.function(OnnxWriter.message()
                .text(1, "aten_leaky_relu")
                .text(4, "self")
                .text(5, "result")
                .text(6, "slope")
                .functionNode(
                        "LeakyRelu",
                        "self",
                        "result",
                        OnnxWriter.message()
                                .text(1, "alpha")
                                .number(20, 1)
                                .text(21, "slope")
                                .bytes()));
        c.function(OnnxWriter.message()
                .text(1, "net_Head")
                .text(4, "x")
                .text(4, "w")
                .text(4, "b")
                .text(5, "y")
                .functionCall("aten_linear", "x w b", "p")
                .functionCall("aten_leaky_relu", "p", "y", attribute("slope", 0.25f)));
        c.function(OnnxWriter.message()
                .text(1, "net_GRU")
                .text(4, "x")
                .text(4, "w")
                .text(4, "r")
                .text(5, "y")
                .functionNode("Transpose", "x", "t", attribute("perm", 1, 0, 2))
                .functionNode(
                        "GRU", "t w r", "raw -", attribute("hidden_size", 3L), attribute("linear_before_reset", 1L))
                .functionNode("Constant", "", "axes", OnnxWriter.tensorAttribute("value", OnnxWriter.longs("", 1)))
                .functionNode("Squeeze", "raw axes", "squeezed")
                .functionNode("Transpose", "squeezed", "y", attribute("perm", 1, 0, 2)));
        Value head = new Value(c.own("net_Head", x.name() + " " + c.weights(5, 4) + " " + c.weights(5)), 1, STEPS, 5);
        Value states = new Value(
                c.own("net_GRU", head.name() + " " + c.weights(1, 9, 5) + " " + c.weights(1, 9, 3)), 1, STEPS, 3);
        c.output(c.own("net_Head", states.name() + " " + c.weights(2, 3) + " " + c.weights(2)));
    }

    private static void lists(GraphCase c) {
        prepare(c, 13);
        Value x = c.x(6);
        String sizes = c.longs(2, 4);
        String split = c.op("SplitToSequence", x.name() + " " + sizes, attribute("axis", 2L));
        Value left = new Value(c.op("SequenceAt", split + " " + c.whole(0)), 1, STEPS, 2);
        Value right = new Value(c.op("SequenceAt", split + " " + c.whole(1)), 1, STEPS, 4);
        Value y = forward(c, left, "GRU", 3);
        Value z = forward(c, right, "LSTM", 3);
        String pairs = c.op("SequenceConstruct", y.name() + " " + z.name());
        c.output(c.op("ConcatFromSequence", pairs, attribute("axis", 2L)));
        c.output(c.op("ConcatFromSequence", pairs, attribute("axis", 0L), attribute("new_axis", 1L)));
        String each = c.op("SplitToSequence", y.name(), attribute("axis", 1L), attribute("keepdims", 0L));
        c.output(c.op("SequenceAt", each + " " + c.whole(-1)));
        String longer = c.op("SequenceInsert", pairs + " " + y.name());
        c.output(c.op("ConcatFromSequence", longer, attribute("axis", 2L)));
    }

    private static void einsum(GraphCase c) {
        prepare(c, 13);
        Value y = forward(c, c.x(3), "GRU", 4);
        String scores = c.op("Einsum", y.name() + " " + c.weights(4), attribute("equation", "bth,h->bt"));
        String weights = c.op("Softmax", scores, attribute("axis", 1L));
        c.output(c.op("Einsum", weights + " " + y.name(), attribute("equation", "bt, bth -> bh")));
        c.output(c.op("Einsum", y.name() + " " + c.weights(2, 4), attribute("equation", "btd,od->bto")));
        c.output(c.op("Einsum", y.name() + " " + y.name(), attribute("equation", "bid,bjd->bd")));
    }

    private static void inPlace(GraphCase c) {
        prepare(c, 16);
        Value x = c.x(3);
        // x[:, 0] = 0
        String first = c.op(
                "ScatterND",
                x.name() + " " + c.wholes(new long[] {0, 0}, 1, 2) + " " + c.constant(new double[3], 1, 3));
        Value y = forward(c, new Value(first, 1, STEPS, 3), "GRU", 3);
        String added = c.op(
                "ScatterElements",
                y.name() + " " + c.wholes(new long[] {1, 2}, 1, 1, 2) + " " + c.constant(new double[] {4, 5}, 1, 1, 2),
                attribute("axis", 2L),
                attribute("reduction", "add"));
        c.output(added);
    }

    private static void lastByIndex(GraphCase c) {
        prepare(c, 12);
        Value y = forward(c, c.x(3), "LSTM", 4);
        String at = c.op("Sub", size(c, y.name(), 1) + " " + c.whole(1));
        String place = c.op("Concat", c.longs(0) + " " + c.unsqueeze(at, 0), attribute("axis", 0L));
        c.output(c.op("GatherND", y.name() + " " + c.unsqueeze(place, 0)));
        c.output(c.op("GatherND", y.name() + " " + reshape(c, at, 1, 1), attribute("batch_dims", 1L)));
    }

    private static void widened(GraphCase c) {
        prepare(c, 13);
        Value x = c.transpose(c.x(3), 0, 2, 1);
        String narrow = c.op(
                "Conv",
                x.name() + " " + c.weights(4, 3, 3),
                attribute("kernel_shape", new long[] {3}),
                attribute("strides", new long[] {2}),
                attribute("pads", 1, 1));
        Value y = forward(c, c.transpose(new Value(narrow, 1, 4, STEPS), 0, 2, 1), "GRU", 4);
        String channels = c.transpose(y, 0, 2, 1).name();
        c.output(c.op(
                "ConvTranspose",
                channels + " " + c.weights(4, 3, 4) + " " + c.weights(3),
                attribute("kernel_shape", new long[] {4}),
                attribute("strides", new long[] {2}),
                attribute("pads", 1, 1)));
        c.output(c.op(
                "Resize",
                channels + " - " + c.op("Cast", c.constant(new double[] {1, 1, 2}, 3), c.to(OnnxWriter.FLOAT)),
                attribute("mode", "nearest"),
                attribute("coordinate_transformation_mode", "asymmetric"),
                attribute("nearest_mode", "floor")));
    }

    private static void norms(GraphCase c) {
        prepare(c, 18);
        Value x = c.transpose(c.x(4), 0, 2, 1);
        String one = c.op("InstanceNormalization", x.name() + " " + c.weights(4) + " " + c.weights(4));
        String two = c.op(
                "GroupNormalization", x.name() + " " + c.weights(2) + " " + c.weights(2), attribute("num_groups", 2L));
        Value sum = new Value(c.op("Add", one + " " + two), 1, 4, STEPS);
        c.tolerance = 3e-4;
        c.exact = 1e-6;
        c.output(forward(c, c.transpose(sum, 0, 2, 1), "LSTM", 2).name());
    }

    private static void oneHot(GraphCase c) {
        prepare(c, 11);
        Value code = c.indices("code", 5, BATCH, STEPS);
        String values = c.constant(new double[] {0, 1}, 2);
        Value x = new Value(
                c.op("OneHot", code.name() + " " + c.whole(5) + " " + values, attribute("axis", -1L)), 1, STEPS, 5);
        c.output(last(c, forward(c, x, "LSTM", 3)));
    }

    private static void triangles(GraphCase c) {
        prepare(c, 14);
        Value y = forward(c, c.x(3), "GRU", 3);
        String alike = c.op("MatMul", y.name() + " " + c.transpose(y, 0, 2, 1).name());
        String lower = c.op("Trilu", alike + " " + c.whole(c.between(-1, 1)), attribute("upper", 0L));
        c.output(c.op("MatMul", lower + " " + y.name()));
    }
}
