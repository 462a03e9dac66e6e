package io.sparkrnn.spark;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * {@code x' = (x - mean) / std} of each feature, computed in float64 from the column's own value and then rounded once to
 * the engine's precision.
 *
 * @param mean of each feature [I], finite; unmodifiable
 * @param std what each feature's difference is divided by [I], finite and above 0; unmodifiable
 */
public record Standardization(List<Double> mean, List<Double> std) {
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

    /** As a function of Spark's takes it: for each feature its mean and deviation, float64, little-endian. */
    byte[] image() {
        ByteBuffer image = ByteBuffer.allocate(mean.size() * 2 * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < mean.size(); i++) {
            image.putDouble(mean.get(i)).putDouble(std.get(i));
        }
        return image.array();
    }
}
