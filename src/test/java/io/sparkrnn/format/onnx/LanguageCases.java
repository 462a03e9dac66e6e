package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.NetworkCases.linear;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.PublishedCases.forward;
import static io.sparkrnn.format.onnx.PublishedCases.last;
import static io.sparkrnn.format.onnx.PublishedCases.prepare;
import static io.sparkrnn.format.onnx.PublishedCases.reshape;
import static io.sparkrnn.format.onnx.PublishedCases.size;
import static io.sparkrnn.format.onnx.PublishedCases.unary;

import io.sparkrnn.format.onnx.GraphCase.Value;
import io.sparkrnn.format.onnx.NetworkCases.Layer;
import java.util.List;

/** Published networks of language: words, characters, sentences, two texts, and decoders. */
final class LanguageCases {
    private static final long STEPS = GraphCase.STEPS;
    private static final long BATCH = GraphCase.BATCH;

    private LanguageCases() {}

    static void languageModel(GraphCase c) {
        prepare(c, 13);
        Value items = c.indices("input_ids", 11, BATCH, STEPS);
        String table = c.weights(11, 4);
        Value x = new Value(c.op("Gather", table + " " + items.name()), 1, STEPS, 4);
        Value y = forward(c, forward(c, x, "LSTM", 6), "LSTM", 4);
        String turned = c.op("Transpose", table, attribute("perm", 1, 0));
        String logits = c.op("Add", c.op("MatMul", y.name() + " " + turned) + " " + c.weights(11));
        c.output(c.op("LogSoftmax", logits, attribute("axis", -1L)));
    }

    static void lengths(GraphCase c) {
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

    static void lengthsOfMask(GraphCase c) {
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

    static void decoderWithAttention(GraphCase c) {
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

    static void teacherForced(GraphCase c) {
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

    static void characters(GraphCase c) {
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

    static void hierarchical(GraphCase c) {
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

    static void bothWays(GraphCase c) {
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

    static void siamese(GraphCase c) {
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
}
