package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Operators that take and put numbers by their places, and that make numbers between others. */
final class PlaceCases {
    private PlaceCases() {}

    static void places(Map<String, Consumer<GraphCase>> cases) {
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
}
