package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.OperatorCases.apply;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Operators that are functions of each number. */
final class FunctionCases {
    private FunctionCases() {}

    static void functions(Map<String, Consumer<GraphCase>> cases) {
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

    /** Many numbers of it are between two whole ones. */
    private static String halves(GraphCase c, Value x) {
        return c.op("Div", c.op("Round", c.op("Mul", x.name() + " " + c.number(2))) + " " + c.number(2));
    }

    static void furtherFunctions(Map<String, Consumer<GraphCase>> cases) {
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
}
