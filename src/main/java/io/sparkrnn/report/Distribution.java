package io.sparkrnn.report;

import org.jspecify.annotations.Nullable;

/**
 * How numbers lie.
 *
 * @param count of finite numbers; where rows were looked at as a sample, for how many these stand
 * @param nonFinite of NaN and infinite ones
 * @param mean 0 without numbers, as are the next three
 * @param deviation of the numbers themselves
 * @param quantiles null without numbers
 */
public record Distribution(
        long count,
        long nonFinite,
        double mean,
        double deviation,
        double min,
        double max,
        @Nullable Quantiles quantiles,
        Histogram.@Nullable Bins bins) {
    /** None. */
    static final Distribution EMPTY = new Distribution(0, 0, 0, 0, 0, 0, null, null);

    public Distribution {
        if (count < 0 || nonFinite < 0) {
            throw new IllegalArgumentException("a count below 0");
        }
        if (!Double.isFinite(mean) || !Double.isFinite(deviation) || !Double.isFinite(min) || !Double.isFinite(max)) {
            throw new IllegalArgumentException("a mean, deviation or extreme that is not finite");
        }
        if (count > 0 && (quantiles == null || bins == null)) {
            throw new IllegalArgumentException("numbers without quantiles and bins");
        }
    }

    static Distribution of(Moments moments, long nonFinite, Histogram.Bins bins) {
        if (moments.weight() == 0) {
            return new Distribution(0, nonFinite, 0, 0, 0, 0, null, null);
        }
        return new Distribution(
                moments.weight(),
                nonFinite,
                moments.mean(),
                moments.deviation(),
                moments.min(),
                moments.max(),
                Quantiles.of(bins, moments.min(), moments.max()),
                bins);
    }

    /** Whether there are several numbers and all are the same. */
    boolean isConstant() {
        return count > 1 && min == max;
    }

    /**
     * Numbers below which a share of all are, as near as the bins tell: to a thousandth where there are few different ones, to
     * an eighth at worst for most.
     *
     * @param p50 the median
     */
    public record Quantiles(double p01, double p05, double p25, double p50, double p75, double p95, double p99) {
        static Quantiles of(Histogram.Bins bins, double min, double max) {
            double[] numbers = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Math.min(max, Math.max(min, bins.quantile(numbers[i])));
            }
            return new Quantiles(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]);
        }
    }
}
