package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** For each operator that is run graphs with it and everything it can be told. */
public final class OperatorCases {
    private static final long[] NONE = {};

    private OperatorCases() {}

    /** By the names of the operators. */
    public static Map<String, Consumer<GraphCase>> all() {
        Map<String, Consumer<GraphCase>> cases = new TreeMap<>();
        functions(cases);
        furtherFunctions(cases);
        pairs(cases);
        reductions(cases);
        shapes(cases);
        places(cases);
        layers(cases);
        furtherLayers(cases);
        return cases;
    }

    private static String apply(GraphCase c, String opType, Value value, byte[]... attributes) {
        return c.op(opType, value.name(), attributes);
    }

    private static void functions(Map<String, Consumer<GraphCase>> cases) {
        for (String name : List.of("Abs", "Neg", "Sign")) {
            cases.put(name, c -> c.output(apply(c, name, c.perhaps() ? c.value() : c.whole(c.value()))));
        }
        for (String name : List.of(
                "Ceil",
                "Floor",
                "Reciprocal",
                "Erf",
                "Sin",
                "Cos",
                "Tanh",
                "Sigmoid",
                "Relu",
                "Exp",
                "Softplus",
                "Softsign",
                "Identity")) {
            cases.put(name, c -> c.output(apply(c, name, c.value())));
        }
        cases.put("Round", c -> c.output(c.op("Round", halves(c, c.value()))));
        for (String name : List.of("Sqrt", "Log")) {
            // Also of negative numbers.
            cases.put(name, c -> c.output(apply(c, name, c.value())));
        }
        cases.put("Not", c -> {
            Value x = c.value();
            c.output(c.op("Not", c.op("Greater", x.name() + " " + c.number(0.5))));
        });
        cases.put("HardSwish", c -> {
            c.opset = 14;
            c.output(apply(c, "HardSwish", c.value()));
        });
        cases.put("Mish", c -> {
            c.opset = 18;
            c.output(apply(c, "Mish", c.value()));
        });
        cases.put("Gelu", c -> {
            c.opset = 20;
            // ONNX Runtime has the factors in float32.
            c.exact = 1e-7;
            c.output(apply(c, "Gelu", c.value(), attribute("approximate", c.one("none", "tanh"))));
        });
        for (String name : List.of("LeakyRelu", "ThresholdedRelu", "Elu")) {
            cases.put(
                    name,
                    c -> c.output(
                            c.perhaps()
                                    ? apply(c, name, c.value())
                                    : apply(c, name, c.value(), attribute("alpha", c.between(1, 12) / 8f))));
        }
        cases.put(
                "HardSigmoid",
                c -> c.output(
                        c.perhaps()
                                ? apply(c, "HardSigmoid", c.value())
                                : apply(
                                        c,
                                        "HardSigmoid",
                                        c.value(),
                                        attribute("alpha", c.between(1, 8) / 16f),
                                        attribute("beta", c.between(0, 8) / 16f))));
        cases.put(
                "Selu",
                c -> c.output(
                        c.perhaps()
                                ? apply(c, "Selu", c.value())
                                : apply(c, "Selu", c.value(), attribute("alpha", 1.25f), attribute("gamma", 0.75f))));
        cases.put("Clip", c -> {
            c.opset = c.one(7, 11, 13);
            Value x = c.value();
            double low = c.sixteenths(3);
            double high = low + c.between(0, 32) / 16.0;
            if (c.opset == 7) {
                c.output(apply(c, "Clip", x, attribute("min", (float) low), attribute("max", (float) high)));
            } else {
                c.output(c.op(
                        "Clip",
                        x.name() + " " + (c.perhaps() ? c.number(low) : "-")
                                + (c.perhaps() ? " " + c.number(high) : "")));
            }
        });
        cases.put("Dropout", c -> {
            c.opset = c.one(7, 12, 13);
            c.output(apply(c, "Dropout", c.value()));
        });
        cases.put("Cast", c -> {
            int to = c.one(OnnxWriter.INT64, OnnxWriter.INT32, OnnxWriter.BOOL, OnnxWriter.DOUBLE, OnnxWriter.FLOAT);
            String cast = apply(c, "Cast", c.value(), c.to(to));
            c.output(
                    c.perhaps() && to != OnnxWriter.BOOL
                            ? c.op("Div", cast + " " + c.op("Cast", c.number(2), c.to(to)))
                            : cast);
        });
        cases.put("CastLike", c -> {
            c.opset = 15;
            Value x = c.value();
            String whole = c.whole(x).name();
            String like = c.perhaps()
                    ? c.op("CastLike", whole + " " + c.number(1))
                    : c.op("CastLike", x.name() + " " + c.whole(2));
            c.output(c.op("Div", like + " " + c.op("CastLike", c.number(2) + " " + like)));
        });
    }

    private static void furtherFunctions(Map<String, Consumer<GraphCase>> cases) {
        for (String name : List.of("Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh")) {
            cases.put(name, c -> {
                c.tolerance = 2e-5;
                c.exact = 1e-10;
                String x = c.op("Div", c.value().name() + " " + c.number(name.equals("Tan") ? 4 : 8));
                c.output(c.op(name, x));
            });
        }
        cases.put("IsNaN", c -> c.output(c.op("IsNaN", apply(c, "Sqrt", c.value()))));
        cases.put("IsInf", c -> {
            String whole = apply(c, "Round", c.value());
            c.output(c.op("IsInf", c.op("Div", c.number(1) + " " + whole)));
        });
    }

    private static void places(Map<String, Consumer<GraphCase>> cases) {
        cases.put("GatherElements", c -> {
            Value x = c.transpose(c.x(4), 0, 2, 1);
            long[] indices = {c.between(-4, 3), c.between(0, 3), c.between(-4, -1)};
            String at = c.op("Expand", c.wholes(indices, 1, 3, 1) + " " + c.longs(1, 3, 1));
            if (c.perhaps()) {
                c.output(c.op("GatherElements", x.name() + " " + at, attribute("axis", c.one(1L, -2L))));
            } else {
                String steps =
                        c.op("GatherElements", c.x(4).name() + " " + c.wholes(indices, 1, 1, 3), attribute("axis", 2L));
                c.output(steps);
            }
        });
        cases.put("ScatterElements", c -> {
            c.opset = c.one(11, 16, 18);
            String how =
                    c.opset == 11 ? "none" : c.opset == 16 ? c.one("none", "add", "mul") : c.one("max", "min", "add");
            String taken = c.x(4).name() + " " + c.wholes(new long[] {c.between(-4, 3), c.between(0, 3)}, 1, 1, 2) + " "
                    + c.numbers(1, 1, 2);
            c.output(
                    c.opset == 11
                            ? c.op("ScatterElements", taken, attribute("axis", 2L))
                            : c.op("ScatterElements", taken, attribute("axis", -1L), attribute("reduction", how)));
        });
        cases.put("GatherND", c -> {
            c.opset = c.one(11, 12, 13);
            Value x = c.x(4);
            switch (c.opset == 11 ? 0 : c.between(0, 1)) {
                case 0 -> c.output(c.op("GatherND", x.name() + " " + c.wholes(new long[] {0, -1, 0, 0}, 2, 2)));
                default ->
                    c.output(c.op(
                            "GatherND",
                            c.transpose(x, 0, 2, 1).name() + " " + c.wholes(new long[] {c.between(-4, 3)}, 1, 1),
                            attribute("batch_dims", 1L)));
            }
        });
        cases.put("ScatterND", c -> {
            c.opset = c.one(11, 16, 18);
            Value x = c.x(3);
            String how = c.opset == 11 ? "none" : c.opset == 16 ? c.one("none", "add", "mul") : c.one("max", "min");
            String taken = x.name() + " " + c.wholes(new long[] {0, 0, 0, -1}, 2, 2) + " " + c.numbers(2, 3);
            c.output(c.opset == 11 ? c.op("ScatterND", taken) : c.op("ScatterND", taken, attribute("reduction", how)));
        });
        cases.put("OneHot", c -> {
            Value whole = c.whole(c.value());
            String depth = c.perhaps() ? c.whole(4) : c.longs(4);
            String values = c.numbers(2);
            long axis = c.axis(whole.rank() + 1);
            c.output(c.op("OneHot", whole.name() + " " + depth + " " + values, attribute("axis", axis)));
        });
        cases.put("Trilu", c -> {
            c.opset = 14;
            String taken = c.value3().name() + " " + (c.perhaps() ? c.whole(c.between(-2, 2)) : "-");
            c.output(
                    c.perhaps()
                            ? c.op("Trilu", taken)
                            : c.op("Trilu", taken, attribute("upper", (long) c.between(0, 1))));
        });
        cases.put("EyeLike", c -> {
            String matrix = c.squeeze(c.x(3).name(), 0);
            String eye = c.op("EyeLike", matrix, attribute("k", (long) c.between(-1, 1)));
            c.output(c.op("Add", c.op("Cast", eye, c.to(c.type)) + " " + matrix));
        });
        for (String name : List.of("Resize", "Upsample")) {
            cases.put(name, c -> {
                boolean upsample = name.equals("Upsample");
                c.opset = upsample ? 9 : c.one(10, 11, 13, 18);
                c.tolerance = 1e-5;
                // ONNX Runtime has the places in float32.
                c.exact = 1e-5;
                String x = c.transpose(c.x(4), 0, 2, 1).name();
                String scales = c.op(
                        "Cast", c.constant(new double[] {1, 1, c.one(1.0, 2.0, 1.5, 3.0)}, 3), c.to(OnnxWriter.FLOAT));
                String mode = c.one("nearest", "linear");
                if (c.opset < 11) {
                    c.output(c.op(name, x + " " + scales, attribute("mode", mode)));
                    return;
                }
                c.output(c.op(
                        name,
                        x + " - " + scales,
                        attribute("mode", mode),
                        attribute(
                                "coordinate_transformation_mode",
                                c.one("half_pixel", "asymmetric", "align_corners", "pytorch_half_pixel")),
                        attribute("nearest_mode", c.one("floor", "ceil", "round_prefer_floor", "round_prefer_ceil"))));
            });
        }
    }

    private static void furtherLayers(Map<String, Consumer<GraphCase>> cases) {
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

    /** Many numbers of it are between two whole ones. */
    private static String halves(GraphCase c, Value x) {
        return c.op("Div", c.op("Round", c.op("Mul", x.name() + " " + c.number(2))) + " " + c.number(2));
    }

    private static void pairs(Map<String, Consumer<GraphCase>> cases) {
        for (String name : List.of("Add", "Sub", "Mul", "Div")) {
            cases.put(name, c -> {
                Value x = c.value();
                boolean whole = c.perhaps();
                if (whole) {
                    x = c.whole(x);
                }
                long[] sizes = c.meeting(x);
                String other = whole ? wholeNumbers(c, sizes) : c.numbers(sizes);
                boolean turned = c.perhaps() && !name.equals("Div");
                c.output(c.op(name, turned ? other + " " + x.name() : x.name() + " " + other));
            });
        }
        cases.put("Pow", c -> {
            Value x = c.value();
            if (c.perhaps()) {
                c.output(c.op("Pow", x.name() + " " + c.number(c.between(1, 3))));
            } else if (c.perhaps()) {
                c.output(c.op("Pow", c.op("Abs", x.name()) + " " + c.numbers(2, c.meeting(x))));
            } else if (c.perhaps()) {
                c.output(c.op("Pow", x.name() + " " + c.whole(c.between(0, 3))));
            } else {
                // The kind of the first: what is behind the point is cut off.
                c.output(c.op("Pow", c.op("Abs", c.whole(x).name()) + " " + c.number(1.5)));
            }
        });
        cases.put("Mod", c -> {
            Value x = c.value();
            if (c.perhaps()) {
                Value whole = c.whole(x);
                String other = wholeNumbers(c, c.meeting(whole));
                c.output(
                        c.perhaps()
                                ? c.op("Mod", whole.name() + " " + other)
                                : c.op("Mod", whole.name() + " " + other, attribute("fmod", 1L)));
            } else {
                String other = c.op("Add", c.op("Abs", c.numbers(c.meeting(x))) + " " + c.number(0.0625));
                String signed = c.perhaps() ? other : c.op("Neg", other);
                c.output(c.op("Mod", x.name() + " " + signed, attribute("fmod", 1L)));
            }
        });
        for (String name : List.of("Min", "Max", "Sum", "Mean")) {
            cases.put(name, c -> {
                Value x = c.value();
                List<String> taken = new ArrayList<>(List.of(x.name()));
                for (int i = c.between(0, 3); i > 0; i--) {
                    taken.add(c.between(0, taken.size()), c.numbers(c.meeting(x)));
                }
                c.output(c.op(name, String.join(" ", taken)));
            });
        }
        cases.put("PRelu", c -> {
            Value x = c.value();
            long[] sizes = c.meeting(x);
            c.output(c.op("PRelu", x.name() + " " + c.numbers(sizes)));
        });
        for (String name : List.of("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual")) {
            cases.put(name, c -> {
                Value x = c.perhaps() ? c.value() : c.whole(c.value());
                String rounded = x.name().startsWith("v") && c.perhaps()
                        ? x.name()
                        : c.whole(x).name();
                String cast = c.op("Cast", rounded, c.to(OnnxWriter.INT64));
                c.output(c.op(name, cast + " " + wholeNumbers(c, c.meeting(x))));
                c.output(c.op(name, c.op("Cast", cast, c.to(c.type)) + " " + c.numbers(2, c.meeting(x))));
            });
        }
        for (String name : List.of("And", "Or", "Xor")) {
            cases.put(name, c -> {
                Value x = c.value();
                String one = c.op("Greater", x.name() + " " + c.numbers(2, c.meeting(x)));
                String other = c.op("Less", x.name() + " " + c.numbers(2, c.meeting(x)));
                c.output(c.op(name, one + " " + other));
            });
        }
        cases.put("Where", c -> {
            Value x = c.value();
            String condition = c.op("Greater", x.name() + " " + c.numbers(2, c.meeting(x)));
            if (c.perhaps()) {
                // A mask, which the file has or a row.
                boolean[] mask = {c.perhaps(), c.perhaps()};
                condition = c.op("Cast", c.wholes(new long[] {mask[0] ? 1 : 0}, new long[] {1}), c.to(OnnxWriter.BOOL));
            }
            if (c.perhaps()) {
                String infinite = c.number(Double.NEGATIVE_INFINITY);
                c.output(c.op("Where", condition + " " + x.name() + " " + infinite));
            } else if (c.perhaps()) {
                c.output(c.op("Where", condition + " " + c.numbers(c.meeting(x)) + " " + x.name()));
            } else {
                c.output(c.op("Where", condition + " " + c.whole(x).name() + " " + wholeNumbers(c, c.meeting(x))));
            }
        });
    }

    /** Random whole numbers, none of them 0. */
    private static String wholeNumbers(GraphCase c, long... sizes) {
        long[] values = new long[(int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (long) c.between(1, 3) * (c.perhaps() ? 1 : -1);
        }
        return c.wholes(values, sizes);
    }

    private static byte[][] with(byte[][] attributes, byte[]... more) {
        byte[][] all = Arrays.copyOf(attributes, attributes.length + more.length);
        System.arraycopy(more, 0, all, attributes.length, more.length);
        return all;
    }

    private static byte[][] keep(GraphCase c) {
        return c.one(
                new byte[][] {}, new byte[][] {attribute("keepdims", 0L)}, new byte[][] {attribute("keepdims", 1L)});
    }

    private static void reductions(Map<String, Consumer<GraphCase>> cases) {
        for (String name : List.of(
                "ReduceSum",
                "ReduceMean",
                "ReduceMax",
                "ReduceMin",
                "ReduceProd",
                "ReduceL1",
                "ReduceL2",
                "ReduceSumSquare",
                "ReduceLogSumExp")) {
            cases.put(name, c -> {
                c.opset = c.one(11, 13, 18);
                c.tolerance = 1e-5;
                Value x = c.value();
                String taken = x.name();
                if (name.equals("ReduceProd")) {
                    taken = c.op("Mul", taken + " " + c.number(0.5));
                } else if (c.perhaps()
                        && List.of("ReduceSum", "ReduceMax", "ReduceMin").contains(name)) {
                    taken = c.op("Cast", c.whole(x).name(), c.to(OnnxWriter.INT32));
                }
                byte[][] keep = keep(c);
                int from = name.equals("ReduceSum") ? 13 : 18;
                if (c.between(0, 3) == 0) {
                    boolean noop = c.opset >= from && c.perhaps();
                    c.output(c.op(
                            name,
                            taken,
                            noop && name.matches("ReduceSum|ReduceMean|ReduceMax|ReduceMin|ReduceProd")
                                    ? with(keep, attribute("noop_with_empty_axes", 1L))
                                    : keep));
                } else {
                    c.output(c.withAxes(name, from, taken, c.axes(x.rank()), keep));
                }
            });
        }
        for (String name : List.of("GlobalAveragePool", "GlobalMaxPool")) {
            cases.put(name, c -> {
                Value x = c.transpose(c.x(), 0, 2, 1);
                String taken = x.name();
                if (c.perhaps()) {
                    taken = c.unsqueeze(taken, c.one(2L, 3L, -1L, -2L));
                }
                c.output(c.op(name, taken));
            });
        }
        for (String name : List.of("Softmax", "LogSoftmax", "Hardmax")) {
            cases.put(name, c -> {
                c.opset = c.one(9, 11, 13);
                Value x = c.value();
                boolean said = c.perhaps();
                c.output(said ? apply(c, name, x, attribute("axis", c.axis(x.rank()))) : apply(c, name, x));
            });
        }
        for (String name : List.of("ArgMax", "ArgMin")) {
            cases.put(name, c -> {
                c.opset = c.one(11, 12, 13);
                Value x = c.value();
                // Zeros of both signs are equal.
                String taken = c.op("Relu", x.name());
                taken = c.perhaps() ? c.op("Neg", taken) : c.perhaps() ? taken : x.name();
                byte[][] attributes = with(keep(c), attribute("axis", c.axis(x.rank())));
                if (c.opset >= 12 && c.perhaps()) {
                    attributes = with(attributes, attribute("select_last_index", 1L));
                }
                c.output(c.op(name, taken, attributes));
            });
        }
        cases.put("TopK", c -> {
            c.opset = c.one(9, 10, 11, 13);
            Value x = c.value();
            long axis = c.axis(x.rank());
            long size = x.sizes()[(int) (axis < 0 ? axis + x.rank() : axis)];
            // Of more steps than some rows have.
            long count = size == GraphCase.STEPS ? c.between(1, 3) : c.between(1, (int) size);
            List<String> given;
            if (c.opset == 9) {
                given = c.ops("TopK", 2, x.name(), attribute("k", count), attribute("axis", axis));
            } else if (c.opset == 10) {
                given = c.ops("TopK", 2, x.name() + " " + c.longs(count), attribute("axis", axis));
            } else {
                given = c.ops(
                        "TopK", 2, x.name() + " " + c.longs(count), attribute("axis", axis), attribute("largest", (long)
                                c.between(0, 1)));
            }
            c.output(given.get(0));
            c.output(given.get(1));
        });
        cases.put("CumSum", c -> {
            Value x = c.value();
            String axis = c.perhaps() ? c.whole(c.axis(x.rank())) : c.longs(c.axis(x.rank()));
            c.output(c.op(
                    "CumSum",
                    x.name() + " " + axis,
                    attribute("exclusive", (long) c.between(0, 1)),
                    attribute("reverse", (long) c.between(0, 1))));
        });
    }

    private static void shapes(Map<String, Consumer<GraphCase>> cases) {
        cases.put("Transpose", c -> {
            Value x = c.value();
            List<Long> order = new ArrayList<>();
            for (long d = 0; d < x.rank(); d++) {
                order.add(d);
            }
            java.util.Collections.shuffle(order, c.random);
            long[] perm = order.stream().mapToLong(d -> d).toArray();
            c.output(c.perhaps() ? apply(c, "Transpose", x) : apply(c, "Transpose", x, attribute("perm", perm)));
        });
        cases.put("Reshape", c -> {
            c.opset = c.one(9, 13, 14);
            Value x = c.value();
            long fixed = Arrays.stream(x.sizes()).filter(size -> size > 0).reduce(1, (a, b) -> a * b);
            String shape = c.one(
                    c.longs(-1, fixed),
                    c.longs(fixed, -1),
                    c.longs(-1),
                    c.longs(1, -1, 1, fixed),
                    c.op("Concat", c.longs(-1) + " " + c.longs(fixed), attribute("axis", 0L)));
            c.output(c.op("Reshape", x.name() + " " + shape));
            long[] zeros = new long[x.rank()];
            zeros[x.rank() - 1] = c.perhaps() ? -1 : 0;
            c.output(c.op("Reshape", x.name() + " " + c.longs(zeros)));
        });
        cases.put("Flatten", c -> {
            c.opset = c.one(9, 11, 13);
            Value x = c.value();
            long axis = c.opset < 11 ? c.between(0, x.rank()) : c.between(-x.rank(), x.rank());
            c.output(apply(c, "Flatten", x, attribute("axis", axis)));
        });
        cases.put("Squeeze", c -> {
            c.opset = c.one(11, 13);
            Value x = c.x(c.between(2, 4));
            String taken = c.unsqueeze(x.name(), c.one(1L, 3L, -1L, 2L, -2L));
            // Without axes the graph's own batch goes, too; a row of one step is then another shape.
            c.output(c.squeeze(taken, c.perhaps() ? 0L : -4L));
        });
        cases.put("Unsqueeze", c -> {
            c.opset = c.one(11, 13);
            Value x = c.value();
            long[] axes = c.axes(x.rank() + 2);
            axes = Arrays.copyOf(axes, Math.min(2, axes.length));
            if (axes.length == 1) {
                axes[0] = c.axis(x.rank() + 1);
            }
            c.output(c.withAxes("Unsqueeze", 13, x.name(), axes));
        });
        cases.put("Slice", OperatorCases::slice);
        cases.put("Gather", c -> {
            c.opset = c.one(9, 11, 13);
            if (c.perhaps()) {
                // An embedding.
                int rows = c.between(1, 9);
                Value index = c.perhaps()
                        ? c.indices("item", rows, GraphCase.BATCH, GraphCase.STEPS)
                        : c.indices("item", rows, GraphCase.BATCH);
                c.x();
                String found = c.op("Gather", c.numbers(rows, c.between(1, 4)) + " " + index.name());
                c.output(found);
                c.output("x");
                return;
            }
            Value x = c.value();
            long axis = c.axis(x.rank());
            long size = x.sizes()[(int) (axis < 0 ? axis + x.rank() : axis)];
            int most = size == GraphCase.STEPS ? 1 : (int) size;
            long least = c.opset < 11 ? 0 : -most;
            String which = c.perhaps()
                    ? c.whole(c.between((int) least, most - 1))
                    : c.wholes(
                            new long[] {
                                c.between((int) least, most - 1),
                                c.between((int) least, most - 1),
                                c.between((int) least, most - 1),
                                c.between((int) least, most - 1)
                            },
                            c.perhaps() ? new long[] {4} : new long[] {2, 2});
            c.output(c.op("Gather", x.name() + " " + which, attribute("axis", axis)));
        });
        cases.put("Concat", c -> {
            c.opset = c.one(9, 11, 13);
            Value x = c.value();
            long axis = c.opset < 11 ? c.between(0, x.rank() - 1) : c.axis(x.rank());
            int along = (int) (axis < 0 ? axis + x.rank() : axis);
            List<String> parts = new ArrayList<>(List.of(x.name(), c.op("Neg", x.name())));
            boolean steps = false;
            for (int d = 0; d < x.rank(); d++) {
                steps |= d != along && x.sizes()[d] == GraphCase.STEPS;
            }
            if (!steps) {
                long[] sizes = x.sizes().clone();
                sizes[along] = c.between(1, 3);
                parts.add(c.between(0, 2), c.numbers(sizes));
            }
            c.output(c.op("Concat", String.join(" ", parts), attribute("axis", axis)));
        });
        cases.put("Split", c -> {
            c.opset = c.one(9, 11, 13, 18);
            int parts = c.between(2, 3);
            long[] sizes = new long[parts];
            for (int i = 0; i < parts; i++) {
                sizes[i] = c.between(1, 3);
            }
            long width = Arrays.stream(sizes).sum();
            int way = c.between(0, 2);
            if (way == 0) {
                width = parts * (long) c.between(1, 3);
            }
            Value x = c.x(c.opset == 18 && way == 0 ? width + (width > parts ? c.between(0, parts - 1) : 0) : width);
            boolean turned = c.perhaps();
            Value taken = turned ? c.transpose(x, 0, 2, 1) : x;
            long axis = c.opset < 11 ? (turned ? 1 : 2) : turned ? c.one(1L, -2L) : c.one(2L, -1L);
            List<String> given;
            if (way == 0) {
                byte[][] attributes = {attribute("axis", axis)};
                given = c.ops(
                        "Split",
                        parts,
                        taken.name(),
                        c.opset >= 18 ? with(attributes, attribute("num_outputs", (long) parts)) : attributes);
            } else if (c.opset < 13) {
                given = c.ops("Split", parts, taken.name(), attribute("axis", axis), attribute("split", sizes));
            } else {
                given = c.ops("Split", parts, taken.name() + " " + c.longs(sizes), attribute("axis", axis));
            }
            given.forEach(c::output);
        });
        cases.put("Expand", c -> {
            Value x = c.value();
            long[] sizes = new long[x.rank() + c.between(0, 1)];
            for (int d = 0; d < sizes.length; d++) {
                int own = d - (sizes.length - x.rank());
                sizes[d] = own < 0 || x.sizes()[own] == 1 ? c.between(1, 3) : 1;
            }
            c.output(c.op("Expand", x.name() + " " + c.longs(sizes)));
            // As a state is made as long as the sequence.
            Value y = c.x();
            String row = c.op("ReduceMax", y.name(), attribute("axes", new long[] {1}));
            c.output(c.op("Expand", row + " " + c.op("Shape", y.name())));
        });
        cases.put("Tile", c -> {
            Value x = c.value();
            long[] repeats = new long[x.rank()];
            for (int d = 0; d < repeats.length; d++) {
                repeats[d] = c.between(1, 3);
            }
            c.output(c.op("Tile", x.name() + " " + c.longs(repeats)));
        });
        cases.put("Shape", c -> {
            c.opset = c.one(13, 15);
            Value x = c.value();
            c.output(
                    c.opset < 15
                            ? apply(c, "Shape", x)
                            : apply(
                                    c,
                                    "Shape",
                                    x,
                                    attribute("start", c.one(0L, -9L, -(long) x.rank())),
                                    attribute("end", (long) c.between(1, x.rank() + 1))));
        });
        cases.put("Size", c -> c.output(apply(c, "Size", c.value())));
        cases.put("Range", c -> {
            Value x = c.x();
            String steps = c.op("Gather", c.op("Shape", x.name()) + " " + c.whole(1));
            switch (c.between(0, 2)) {
                case 0 -> c.output(c.op("Range", c.whole(c.between(-1, 0)) + " " + steps + " " + c.whole(1)));
                case 1 -> c.output(c.op("Range", steps + " " + c.whole(c.between(-1, 0)) + " " + c.whole(-1)));
                default ->
                    c.output(c.op(
                            "Range",
                            c.number(c.sixteenths(2)) + " " + c.op("Cast", steps, c.to(c.type)) + " "
                                    + c.number(c.one(1.0, 0.5, 0.75))));
            }
            c.output(x.name());
        });
        cases.put("ConstantOfShape", c -> {
            Value x = c.value();
            String shape = c.op("Shape", x.name());
            byte[][] value = {};
            if (c.perhaps()) {
                value = new byte[][] {
                    OnnxWriter.tensorAttribute(
                            "value",
                            OnnxWriter.tensor("", OnnxWriter.INT64, 1)
                                    .bytes(9, OnnxWriter.raw(7L))
                                    .bytes())
                };
            } else if (c.perhaps()) {
                value = new byte[][] {
                    OnnxWriter.tensorAttribute("value", OnnxWriter.floats("", new float[] {-0.75f}, 1))
                };
            }
            c.output(c.op("ConstantOfShape", shape, value));
        });
        cases.put("Pad", OperatorCases::pad);
        cases.put("ReverseSequence", c -> {
            Value x = c.x();
            boolean first = c.perhaps();
            Value taken = first ? c.transpose(x, 1, 0, 2) : x;
            String steps = c.op("Slice", c.op("Shape", x.name()) + " " + c.longs(1) + " " + c.longs(2));
            // All of them, or all but one.
            String lengths =
                    c.perhaps() ? steps : c.op("Max", c.op("Sub", steps + " " + c.longs(1)) + " " + c.longs(1));
            c.output(
                    first
                            ? c.op("ReverseSequence", taken.name() + " " + lengths)
                            : c.op(
                                    "ReverseSequence",
                                    taken.name() + " " + lengths,
                                    attribute("batch_axis", 0L),
                                    attribute("time_axis", 1L)));
        });
    }

    private static void slice(GraphCase c) {
        c.opset = c.one(9, 11, 13);
        Value x = c.value();
        List<Integer> which = new ArrayList<>();
        for (int d = 0; d < x.rank(); d++) {
            which.add(d);
        }
        java.util.Collections.shuffle(which, c.random);
        int count = c.between(1, x.rank());
        long[] starts = new long[count];
        long[] ends = new long[count];
        long[] axes = new long[count];
        long[] steps = new long[count];
        for (int i = 0; i < count; i++) {
            int axis = which.get(i);
            axes[i] = c.opset >= 11 && c.perhaps() ? axis - x.rank() : axis;
            long size = x.sizes()[axis];
            if (size == GraphCase.STEPS) {
                // Something of each row is left.
                starts[i] = c.one(0L, 0L, -1L, -1000L, Long.MIN_VALUE + 1);
                ends[i] = c.one(Long.MAX_VALUE, (long) Integer.MAX_VALUE, 1000L);
                steps[i] = c.one(1L, 1L, 2L, 3L, Long.MAX_VALUE);
                if (c.opset >= 11 && c.perhaps()) {
                    starts[i] = c.one(-1L, Long.MAX_VALUE, 0L);
                    ends[i] = c.one(Long.MIN_VALUE, Long.MIN_VALUE + 1, -1000L);
                    steps[i] = c.one(-1L, -1L, -2L, Long.MIN_VALUE + 1);
                }
            } else {
                int start = c.between(0, (int) size - 1);
                starts[i] = c.perhaps() ? start : start - size;
                int end = c.between(start + 1, (int) size);
                ends[i] = c.perhaps() || end == size ? end : end - size;
                steps[i] = c.between(1, 3);
                if (c.opset >= 11 && c.perhaps()) {
                    int last = c.between(0, start);
                    ends[i] = last == 0 ? -1000 : last - 1;
                    steps[i] = -c.between(1, 3);
                }
            }
            if (c.opset == 9) {
                steps[i] = 1;
            }
        }
        if (c.opset == 9) {
            c.output(apply(
                    c, "Slice", x, attribute("starts", starts), attribute("ends", ends), attribute("axes", axes)));
        } else {
            c.output(c.op(
                    "Slice",
                    String.join(" ", x.name(), c.longs(starts), c.longs(ends), c.longs(axes), c.longs(steps))));
        }
    }

    private static void pad(GraphCase c) {
        c.opset = c.one(9, 11, 13, 18);
        Value x = c.value();
        String mode = c.one("constant", "reflect", "edge");
        int rank = x.rank();
        long[] pads = new long[2 * rank];
        for (int d = 0; d < rank; d++) {
            long size = x.sizes()[d];
            int most = mode.equals("reflect") ? (size == GraphCase.STEPS ? 2 : (int) size - 1) : 2;
            pads[d] = c.between(0, Math.min(2, most));
            pads[rank + d] = c.between(0, Math.min(2, most));
            if (size > 2 && mode.equals("constant") && c.perhaps()) {
                pads[d] = -1;
            }
        }
        byte[][] attributes =
                mode.equals("constant") && c.perhaps() ? new byte[][] {} : new byte[][] {attribute("mode", mode)};
        if (c.opset == 9) {
            c.output(c.op("Pad", x.name(), with(attributes, attribute("pads", pads), attribute("value", 0.75f))));
        } else if (c.opset == 18 && c.perhaps()) {
            int axis = c.between(0, rank - 1);
            c.output(c.op(
                    "Pad",
                    x.name() + " " + c.longs(pads[axis], pads[rank + axis]) + " "
                            + (c.perhaps() ? c.number(-0.5) : "-") + " "
                            + c.longs(c.perhaps() ? axis : axis - rank),
                    attributes));
        } else {
            c.output(c.op(
                    "Pad", x.name() + " " + c.longs(pads) + (c.perhaps() ? " " + c.number(0.25) : ""), attributes));
        }
    }

    private static void layers(Map<String, Consumer<GraphCase>> cases) {
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
        cases.put("Conv", OperatorCases::conv);
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
}
