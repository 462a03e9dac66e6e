package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.NetworkCases.linear;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.PublishedCases.forward;
import static io.sparkrnn.format.onnx.PublishedCases.last;
import static io.sparkrnn.format.onnx.PublishedCases.pair;
import static io.sparkrnn.format.onnx.PublishedCases.prepare;
import static io.sparkrnn.format.onnx.PublishedCases.reshape;
import static io.sparkrnn.format.onnx.PublishedCases.softmax;
import static io.sparkrnn.format.onnx.PublishedCases.unary;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.List;

/** Published networks of speech, images and time series. */
final class SignalCases {
    private static final long STEPS = GraphCase.STEPS;
    private static final long BATCH = GraphCase.BATCH;

    private SignalCases() {}

    static void crnn(GraphCase c) {
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

    static void deepSpeech(GraphCase c) {
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

    private static Value gated(GraphCase c, Value x, Value skip) {
        Value wide = linear(c, x, 2 * (int) skip.sizes()[skip.rank() - 1]);
        List<String> halves = c.ops("Split", 2, wide.name(), attribute("axis", -1L));
        String gate = c.op("Mul", halves.get(0) + " " + c.op("Sigmoid", halves.get(1)));
        return NetworkCases.layerNorm(c, new Value(c.op("Add", gate + " " + skip.name()), skip.sizes()));
    }

    static void temporalFusion(GraphCase c) {
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

    static void causal(GraphCase c) {
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
    static void squeezeAndExcitation(GraphCase c) {
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

    static void inception(GraphCase c) {
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

    static void weightNorm(GraphCase c) {
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

    static void heads(GraphCase c) {
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
}
