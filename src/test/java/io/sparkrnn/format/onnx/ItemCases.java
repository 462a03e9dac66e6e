package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.NetworkCases.linear;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.PublishedCases.forward;
import static io.sparkrnn.format.onnx.PublishedCases.last;
import static io.sparkrnn.format.onnx.PublishedCases.prepare;
import static io.sparkrnn.format.onnx.PublishedCases.reshape;
import static io.sparkrnn.format.onnx.PublishedCases.size;

import io.sparkrnn.format.onnx.GraphCase.Value;

/** Published networks of recommendation. */
final class ItemCases {
    private static final long STEPS = GraphCase.STEPS;
    private static final long BATCH = GraphCase.BATCH;

    private ItemCases() {}

    static void deepAndCross(GraphCase c) {
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

    static void interest(GraphCase c) {
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

    static void selfAttention(GraphCase c) {
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
}
