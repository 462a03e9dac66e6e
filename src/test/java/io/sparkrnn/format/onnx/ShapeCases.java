package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.OperatorCases.apply;
import static io.sparkrnn.format.onnx.OperatorCases.with;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Operators that move numbers, and make shapes. */
final class ShapeCases {
    private ShapeCases() {}

    static void shapes(Map<String, Consumer<GraphCase>> cases) {
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
        cases.put("Slice", ShapeCases::slice);
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
        cases.put("Pad", ShapeCases::pad);
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
}
