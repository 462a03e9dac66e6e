package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.OperatorCases.apply;
import static io.sparkrnn.format.onnx.OperatorCases.with;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Operators that make one number of those along axes. */
final class ReductionCases {
    private ReductionCases() {}

    static void reductions(Map<String, Consumer<GraphCase>> cases) {
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

    private static byte[][] keep(GraphCase c) {
        return c.one(
                new byte[][] {}, new byte[][] {attribute("keepdims", 0L)}, new byte[][] {attribute("keepdims", 1L)});
    }
}
