package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.OperatorCases.with;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Operators with weights or windows. */
final class LayerCases {
    private static final long[] NONE = {};

    private LayerCases() {}

    static void layers(Map<String, Consumer<GraphCase>> cases) {
        cases.put("MatMul", c -> {
            c.tolerance = 1e-5;
            Value x = c.perhaps() ? c.value() : c.value3();
            int last = x.rank() - 1;
            long depth = x.sizes()[last];
            if (depth == GraphCase.STEPS) {
                // Steps by steps, and over them.
                Value turned = c.transpose(x, 0, 2, 1);
                c.output(c.op("MatMul", c.op("MatMul", turned.name() + " " + x.name()) + " " + turned.name()));
                return;
            }
            if (c.perhaps()) {
                c.output(c.op("MatMul", x.name() + " " + c.numbers(depth, c.between(1, 70))));
            } else if (c.perhaps()) {
                c.output(c.op("MatMul", x.name() + " " + c.numbers(depth)));
            } else {
                c.output(c.op("MatMul", x.name() + " " + c.numbers(c.between(1, 3), 1, depth, c.between(1, 5))));
            }
        });
        cases.put("Gemm", c -> {
            c.tolerance = 1e-5;
            int width = c.between(1, 6);
            Value x = new Value(c.squeeze(c.x(width).name(), 0), GraphCase.STEPS, width);
            int columns = c.between(1, 20);
            boolean turned = c.perhaps();
            boolean turnedX = c.between(0, 3) == 0;
            String w = turned ? c.numbers(columns, width) : c.numbers(width, columns);
            String taken = turnedX ? c.transpose(x, 1, 0).name() : x.name();
            String bias = c.one(
                    "",
                    "",
                    "",
                    " " + c.numbers(columns),
                    " " + c.numbers(1, columns),
                    " " + c.number(0.5),
                    " " + c.numbers(1));
            byte[][] attributes = {};
            if (turned) {
                attributes = with(attributes, attribute("transB", 1L));
            }
            if (turnedX) {
                attributes = with(attributes, attribute("transA", 1L));
            }
            if (c.between(0, 2) == 0) {
                attributes = with(attributes, attribute("alpha", 0.5f), attribute("beta", 2f));
            }
            c.output(c.op("Gemm", taken + " " + w + bias, attributes));
        });
        cases.put("LayerNormalization", c -> {
            c.opset = 17;
            c.tolerance = 2e-5;
            Value x = c.x(c.between(2, 8));
            long axis = c.one(-1L, 2L);
            c.output(c.op(
                    "LayerNormalization",
                    x.name() + " " + c.numbers(x.sizes()[2]) + (c.perhaps() ? " " + c.numbers(x.sizes()[2]) : ""),
                    attribute("axis", axis),
                    attribute("epsilon", 0.0625f)));
        });
        cases.put("BatchNormalization", c -> {
            c.opset = c.one(9, 14, 15);
            c.tolerance = 1e-5;
            Value x = c.x();
            long width = x.sizes()[2];
            String taken = c.perhaps() ? c.transpose(x, 0, 2, 1).name() : c.squeeze(x.name(), 0);
            c.output(c.op(
                    "BatchNormalization",
                    String.join(" ", taken, c.numbers(width), c.numbers(width), c.numbers(width), c.positive(width)),
                    attribute("epsilon", 0.0625f)));
        });
        cases.put("LpNormalization", c -> {
            Value x = c.value();
            String taken = c.op("Add", c.op("Abs", x.name()) + " " + c.number(0.5));
            c.output(c.op("LpNormalization", taken, attribute("axis", c.axis(x.rank())), attribute("p", (long)
                    c.between(1, 2))));
        });
        cases.put("Conv", LayerCases::conv);
        for (String name : List.of("MaxPool", "AveragePool")) {
            cases.put(name, c -> pool(c, name));
        }
    }

    /** [1, C, T], or with an axis of 1 before or behind T. */
    private static Value channels(GraphCase c, long channels, int added) {
        Value x = c.transpose(c.x(channels), 0, 2, 1);
        return added == 0 ? x : new Value(c.unsqueeze(x.name(), added), NONE);
    }

    /** A list of one number, or with that of the added axis. */
    private static long[] along(int added, long number, long other) {
        return added == 0 ? new long[] {number} : added == 2 ? new long[] {other, number} : new long[] {number, other};
    }

    private static void conv(GraphCase c) {
        c.tolerance = 1e-5;
        int groups = c.one(1, 1, 2, 3);
        int channels = groups * c.between(1, 3);
        int out = groups * c.between(1, 3);
        int kernel = c.between(1, 4);
        int added = c.one(0, 0, 2, 3);
        Value x = channels(c, channels, added);
        long[] shape = added == 0
                ? new long[] {out, channels / groups, kernel}
                : added == 2
                        ? new long[] {out, channels / groups, 1, kernel}
                        : new long[] {out, channels / groups, kernel, 1};
        String w = c.weights(shape);
        List<byte[]> attributes = new ArrayList<>();
        if (c.perhaps() || added != 0) {
            attributes.add(attribute("kernel_shape", along(added, kernel, 1)));
        }
        if (groups > 1 || c.perhaps()) {
            attributes.add(attribute("group", (long) groups));
        }
        windows(c, attributes, added, 4, c.between(0, 2) == 0 ? c.between(1, 3) : 1);
        c.output(c.op(
                "Conv",
                x.name() + " " + w + (c.perhaps() ? " " + c.weights(out) : ""),
                attributes.toArray(byte[][]::new)));
    }

    /** Gives how many numbers are beyond the ends; -1 for as many as it takes. */
    private static int windows(GraphCase c, List<byte[]> attributes, int added, int mostPad, int dilation) {
        // With a stride longer than the window its padding to the same size is none of the numbers that others have.
        if (c.perhaps()) {
            attributes.add(attribute("strides", along(added, c.between(1, Math.min(3, mostPad + 1)), 1)));
        }
        if (dilation > 1) {
            attributes.add(attribute("dilations", along(added, dilation, 1)));
        }
        switch (c.between(dilation > 1 ? 2 : 0, 4)) {
            // ONNX Runtime computes it without dilations alone.
            case 0 -> {
                attributes.add(attribute("auto_pad", "SAME_UPPER"));
                return -1;
            }
            case 1 -> {
                attributes.add(attribute("auto_pad", "SAME_LOWER"));
                return -1;
            }
            case 2 -> attributes.add(attribute("auto_pad", "VALID"));
            case 3 -> {
                long before = c.between(0, mostPad);
                long after = c.between(0, mostPad);
                attributes.add(attribute(
                        "pads",
                        added == 0
                                ? new long[] {before, after}
                                : added == 2 ? new long[] {0, before, 0, after} : new long[] {before, 0, after, 0}));
                return (int) (before + after);
            }
            default -> {}
        }
        return 0;
    }

    private static void pool(GraphCase c, String name) {
        c.opset = c.one(10, 11, 12, 13, 19);
        int added = c.one(0, 0, 2, 3);
        int kernel = c.between(1, 4);
        Value x = channels(c, c.between(1, 4), added);
        List<byte[]> attributes = new ArrayList<>();
        attributes.add(attribute("kernel_shape", along(added, kernel, 1)));
        boolean dilated = (name.equals("MaxPool") || c.opset == 19) && c.between(0, 2) == 0;
        int dilation = dilated ? c.between(1, 3) : 1;
        int beyond = windows(c, attributes, added, kernel - 1, dilation);
        if (c.perhaps()) {
            attributes.add(attribute("ceil_mode", 1L));
        } else if (beyond >= 0) {
            // ONNX Runtime has a window that is not whole where the stride is longer than what is missing.
            c.least = dilation * (kernel - 1) + 1 - beyond;
        }
        if (name.equals("AveragePool") && c.perhaps()) {
            attributes.add(attribute("count_include_pad", 1L));
        }
        c.output(c.op(name, x.name(), attributes.toArray(byte[][]::new)));
    }

    static void furtherLayers(Map<String, Consumer<GraphCase>> cases) {
        cases.put("InstanceNormalization", c -> {
            c.tolerance = 2e-4;
            c.exact = 1e-6;
            c.output(c.op(
                    "InstanceNormalization",
                    c.transpose(c.x(3), 0, 2, 1).name() + " " + c.numbers(3) + " " + c.numbers(3),
                    attribute("epsilon", 0.125f)));
        });
        cases.put("GroupNormalization", c -> {
            c.opset = c.one(18, 21);
            c.tolerance = 2e-4;
            c.exact = 1e-6;
            long each = c.opset == 18 ? 2 : 4;
            c.output(c.op(
                    "GroupNormalization",
                    c.transpose(c.x(4), 0, 2, 1).name() + " " + c.numbers(each) + " " + c.numbers(each),
                    attribute("num_groups", 2L),
                    attribute("epsilon", 0.125f)));
        });
        cases.put("Einsum", c -> {
            String x = c.x(3).name();
            switch (c.between(0, 3)) {
                case 0 -> c.output(c.op("Einsum", x + " " + c.numbers(3, 2), attribute("equation", "btd,do->bto")));
                case 1 -> c.output(c.op("Einsum", x + " " + x, attribute("equation", "bid , bjd -> b d")));
                case 2 -> c.output(c.op("Einsum", x, attribute("equation", "btd->dtb")));
                default -> c.output(c.op("Einsum", x + " " + c.numbers(3), attribute("equation", "btd,d")));
            }
        });
        cases.put("ConvTranspose", c -> {
            int stride = c.between(1, 3);
            int kernel = c.between(1, 4);
            int groups = c.one(1, 2);
            List<byte[]> attributes = new ArrayList<>(List.of(
                    attribute("kernel_shape", new long[] {kernel}),
                    attribute("strides", new long[] {stride}),
                    attribute("group", (long) groups)));
            if (c.perhaps()) {
                attributes.add(attribute("dilations", new long[] {2}));
            }
            if (c.perhaps()) {
                attributes.add(attribute("auto_pad", "SAME_UPPER"));
            } else if (kernel > 2) {
                attributes.add(attribute("pads", 1, c.between(0, 1)));
                attributes.add(attribute("output_padding", new long[] {Math.min(stride - 1, 1)}));
            }
            c.output(c.op(
                    "ConvTranspose",
                    c.transpose(c.x(4), 0, 2, 1).name() + " " + c.numbers(4L, 2L, (long) kernel) + " "
                            + (c.perhaps() ? "-" : c.numbers(2L * groups)),
                    attributes.toArray(byte[][]::new)));
        });
    }
}
