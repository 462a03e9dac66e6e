package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.NetworkCases.linear;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.PublishedCases.forward;
import static io.sparkrnn.format.onnx.PublishedCases.last;
import static io.sparkrnn.format.onnx.PublishedCases.prepare;
import static io.sparkrnn.format.onnx.PublishedCases.reshape;
import static io.sparkrnn.format.onnx.PublishedCases.size;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.List;

/** What exporters leave of sizes, types, indices and assignments. */
final class ExporterCases {
    private static final long STEPS = GraphCase.STEPS;
    private static final long BATCH = GraphCase.BATCH;

    private ExporterCases() {}

    static void fixedSizes(GraphCase c) {
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

    static void fixedList(GraphCase c) {
        prepare(c, 13);
        Value x = c.input("series", BATCH, 9);
        Value steps = new Value(c.unsqueeze(x.name(), 2), 1, STEPS, 1);
        c.output(linear(c, new Value(last(c, forward(c, steps, "LSTM", 3)), 1, 3), 1)
                .name());
    }

    static void noBatch(GraphCase c) {
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

    static void halves(GraphCase c) {
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

    static void smallIndices(GraphCase c) {
        prepare(c, 13);
        Value items = c.input("items", OnnxWriter.INT32, 9, BATCH, STEPS);
        Value hour = c.input("hour", OnnxWriter.INT32, 5, BATCH, 1);
        String cast = c.op("Cast", items.name(), c.to(OnnxWriter.INT64));
        Value x = new Value(c.op("Gather", c.weights(9, 3) + " " + cast), 1, STEPS, 3);
        String e = c.squeeze(c.op("Gather", c.weights(5, 2) + " " + hour.name()), 1);
        c.output(c.op("Concat", last(c, forward(c, x, "GRU", 2)) + " " + e, attribute("axis", 1L)));
    }

    static void einsum(GraphCase c) {
        prepare(c, 13);
        Value y = forward(c, c.x(3), "GRU", 4);
        String scores = c.op("Einsum", y.name() + " " + c.weights(4), attribute("equation", "bth,h->bt"));
        String weights = c.op("Softmax", scores, attribute("axis", 1L));
        c.output(c.op("Einsum", weights + " " + y.name(), attribute("equation", "bt, bth -> bh")));
        c.output(c.op("Einsum", y.name() + " " + c.weights(2, 4), attribute("equation", "btd,od->bto")));
        c.output(c.op("Einsum", y.name() + " " + y.name(), attribute("equation", "bid,bjd->bd")));
    }

    static void inPlace(GraphCase c) {
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

    static void lastByIndex(GraphCase c) {
        prepare(c, 12);
        Value y = forward(c, c.x(3), "LSTM", 4);
        String at = c.op("Sub", size(c, y.name(), 1) + " " + c.whole(1));
        String place = c.op("Concat", c.longs(0) + " " + c.unsqueeze(at, 0), attribute("axis", 0L));
        c.output(c.op("GatherND", y.name() + " " + c.unsqueeze(place, 0)));
        c.output(c.op("GatherND", y.name() + " " + reshape(c, at, 1, 1), attribute("batch_dims", 1L)));
    }

    static void widened(GraphCase c) {
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

    static void norms(GraphCase c) {
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

    static void oneHot(GraphCase c) {
        prepare(c, 11);
        Value code = c.indices("code", 5, BATCH, STEPS);
        String values = c.constant(new double[] {0, 1}, 2);
        Value x = new Value(
                c.op("OneHot", code.name() + " " + c.whole(5) + " " + values, attribute("axis", -1L)), 1, STEPS, 5);
        c.output(last(c, forward(c, x, "LSTM", 3)));
    }

    static void triangles(GraphCase c) {
        prepare(c, 14);
        Value y = forward(c, c.x(3), "GRU", 3);
        String alike = c.op("MatMul", y.name() + " " + c.transpose(y, 0, 2, 1).name());
        String lower = c.op("Trilu", alike + " " + c.whole(c.between(-1, 1)), attribute("upper", 0L));
        c.output(c.op("MatMul", lower + " " + y.name()));
    }
}
