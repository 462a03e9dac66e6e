package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Operators of two arrays that meet number by number, and what chooses among arrays. */
final class PairCases {
    private PairCases() {}

    static void pairs(Map<String, Consumer<GraphCase>> cases) {
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
}
