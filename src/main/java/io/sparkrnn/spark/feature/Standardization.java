package io.sparkrnn.spark.feature;

import java.io.Serializable;
import java.util.List;

/**
 * {@code x' = (x - mean) / std} of each feature, computed in float64 from the column's own value and then rounded once to
 * the engine's precision.
 *
 * @param mean of each feature [I], finite; unmodifiable
 * @param std what each feature's difference is divided by [I], finite and above 0; unmodifiable
 */
public record Standardization(List<Double> mean, List<Double> std) implements Serializable {
    private static final long serialVersionUID = 1;

    /** @throws IllegalArgumentException when the lists differ in length, or a number is none that can be used */
    public Standardization {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.size() != std.size() || mean.isEmpty()) {
            throw new IllegalArgumentException(
                    mean.size() + " means and " + std.size() + " deviations; expected one of both for each feature");
        }
        for (int i = 0; i < mean.size(); i++) {
            if (!Double.isFinite(mean.get(i)) || !Double.isFinite(std.get(i)) || !(std.get(i) > 0)) {
                throw new IllegalArgumentException("feature " + i + " (from 0) has mean " + mean.get(i)
                        + " and deviation " + std.get(i) + "; expected numbers, the deviation above 0");
            }
        }
    }

    /** For each feature its mean and deviation, in a new array. */
    public double[] pairs() {
        double[] pairs = new double[2 * mean.size()];
        for (int i = 0; i < mean.size(); i++) {
            pairs[2 * i] = mean.get(i);
            pairs[2 * i + 1] = std.get(i);
        }
        return pairs;
    }
}
