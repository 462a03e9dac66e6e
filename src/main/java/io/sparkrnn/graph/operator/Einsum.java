package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sums of products by the letters of axes (<a href="https://onnx.ai/onnx/operators/onnx__Einsum.html">Einsum</a>): {@code
 * bth,h->bt} is the product of each step with a vector. Axes of one letter go together; those that the result does not have are
 * summed, in the order of the letters, in float64, rounded once.
 *
 * @param inputs the letters of each input
 * @param result those of the result
 */
public record Einsum(List<String> inputs, String result) implements Operator {
    private static final int LETTERS = 128;

    public Einsum {
        inputs = List.copyOf(inputs);
    }

    /**
     * One by its equation.
     *
     * @throws GraphException when it has anything but letters, such as the dots that stand for any axes
     */
    public static Einsum of(String equation) {
        String plain = equation.replace(" ", "");
        int arrow = plain.indexOf("->");
        List<String> inputs = Arrays.asList((arrow < 0 ? plain : plain.substring(0, arrow)).split(",", -1));
        String all = String.join("", inputs);
        String result;
        if (arrow >= 0) {
            result = plain.substring(arrow + 2);
        } else {
            StringBuilder once = new StringBuilder();
            all.chars()
                    .distinct()
                    .sorted()
                    .filter(letter ->
                            all.chars().filter(other -> other == letter).count() == 1)
                    .forEach(letter -> once.append((char) letter));
            result = once.toString();
        }
        boolean letters = all.chars().allMatch(c -> c < LETTERS && Character.isLetter(c))
                && result.chars().allMatch(c -> all.indexOf(c) >= 0)
                && result.chars().distinct().count() == result.length();
        if (!letters) {
            throw new GraphException("an equation of something else than a letter for each axis: '" + equation + "'");
        }
        return new Einsum(inputs, result);
    }

    @Override
    public Array[] outline(@Nullable Array[] given, Precision precision) {
        int[] sizes = sizes(given);
        return new Array[] {Array.numbers(precision, of(result, sizes))};
    }

    @Override
    public long effort(@Nullable Array[] given) {
        int[] sizes = sizes(given);
        long effort = 2;
        for (char letter : summed().toCharArray()) {
            effort = Math.min(1L << 31, effort * Math.max(1, sizes[letter]));
        }
        return effort;
    }

    @Override
    public Array[] run(@Nullable Array[] given, Precision precision) {
        int[] sizes = sizes(given);
        String letters = result + summed();
        int[] bounds = of(letters, sizes);
        List<int[]> strides = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Array x = Operator.need(given, i);
            int[] own = x.strides();
            int[] each = new int[letters.length()];
            for (int d = 0; d < own.length; d++) {
                each[letters.indexOf(inputs.get(i).charAt(d))] += x.size(d) == 1 ? 0 : own[d];
            }
            strides.add(each);
        }
        Array y = Array.numbers(precision, of(result, sizes));
        int terms = Array.count(Arrays.copyOfRange(bounds, result.length(), bounds.length));
        int[] place = new int[letters.length()];
        int[] at = new int[inputs.size()];
        for (int e = 0; e < y.elements(); e++) {
            double sum = 0;
            for (int t = 0; t < terms; t++) {
                double product = 1;
                for (int i = 0; i < at.length; i++) {
                    product *= Operator.need(given, i).get(at[i]);
                }
                sum += product;
                next(place, bounds, at, strides, result.length(), place.length);
            }
            y.set(e, sum);
            next(place, bounds, at, strides, 0, result.length());
        }
        return new Array[] {y};
    }

    /** The next place among some of the letters. */
    private static void next(int[] place, int[] bounds, int[] at, List<int[]> strides, int from, int to) {
        for (int d = to - 1; d >= from; d--) {
            boolean over = ++place[d] == bounds[d];
            for (int i = 0; i < at.length; i++) {
                at[i] += over ? -strides.get(i)[d] * (bounds[d] - 1) : strides.get(i)[d];
            }
            if (!over) {
                return;
            }
            place[d] = 0;
        }
    }

    private String summed() {
        StringBuilder summed = new StringBuilder();
        String.join("", inputs)
                .chars()
                .distinct()
                .filter(letter -> result.indexOf(letter) < 0)
                .forEach(letter -> summed.append((char) letter));
        return summed.toString();
    }

    private static int[] of(String letters, int[] sizes) {
        return letters.chars().map(letter -> sizes[letter]).toArray();
    }

    /** For each letter the size of its axis. */
    private int[] sizes(@Nullable Array[] given) {
        int[] sizes = new int[LETTERS];
        Arrays.fill(sizes, 1);
        for (int i = 0; i < inputs.size(); i++) {
            Array x = Operator.need(given, i);
            if (x.rank() != inputs.get(i).length()) {
                throw new GraphException("the axes '" + inputs.get(i) + "' of " + x);
            }
            for (int d = 0; d < x.rank(); d++) {
                char letter = inputs.get(i).charAt(d);
                if (sizes[letter] != 1 && x.size(d) != 1 && sizes[letter] != x.size(d)) {
                    throw new GraphException(
                            "an axis '" + letter + "' of " + sizes[letter] + " and of " + x.size(d) + " numbers");
                }
                sizes[letter] = x.size(d) == 1 ? sizes[letter] : x.size(d);
            }
        }
        return sizes;
    }

    @Override
    public String toString() {
        return "sums of products " + String.join(",", inputs) + "->" + result;
    }
}
