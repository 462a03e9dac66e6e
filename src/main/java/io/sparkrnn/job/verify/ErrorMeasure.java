package io.sparkrnn.job.verify;

import io.sparkrnn.graph.GraphOutput;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How far results are from the truth, scaled block by block: |got - truth| / s, where s is the largest |truth| of the
 * block, but at least the smaller of 1 and the largest |truth| of all. For states of the usual size that is the absolute
 * error; it matters where values grow, as with relu, or are tiny. Of whole numbers, each of which is right or wrong, s is 1. NaN
 * and infinities have to stand at the same places.
 */
final class ErrorMeasure {
    private final double floor;
    private final double ceiling;
    private double largestAbsolute;
    private double largestScaled;
    private boolean samePattern = true;
    private @Nullable IntFunction<String> worst;
    private int worstIndex;

    /**
     * A measure that has seen nothing.
     *
     * @param largestTruth the largest |truth| of all blocks
     */
    ErrorMeasure(double largestTruth) {
        this(Math.min(1, largestTruth), Double.POSITIVE_INFINITY);
    }

    private ErrorMeasure(double floor, double ceiling) {
        this.floor = floor;
        this.ceiling = ceiling;
    }

    /**
     * One for an output of a whole network.
     *
     * @param largestTruth the largest |truth| of all blocks
     */
    static ErrorMeasure of(GraphOutput output, double largestTruth) {
        return output.isWhole() ? new ErrorMeasure(1, 1) : new ErrorMeasure(largestTruth);
    }

    /**
     * Takes one block: {@code length} numbers from {@code from} on in both arrays, which are not modified.
     *
     * @param place where the number of an index is, in words
     */
    void block(double[] got, double[] truth, int from, int length, IntFunction<String> place) {
        double scale = floor;
        for (int i = from; i < from + length; i++) {
            if (Double.isFinite(truth[i])) {
                scale = Math.max(scale, Math.min(ceiling, Math.abs(truth[i])));
            }
        }
        for (int i = from; i < from + length; i++) {
            if (Double.isFinite(truth[i]) && Double.isFinite(got[i])) {
                double error = Math.abs(got[i] - truth[i]);
                largestAbsolute = Math.max(largestAbsolute, error);
                if (error > 0) {
                    // With an all-zero truth there is no scale: any error is infinitely large.
                    double scaled = error / scale;
                    if (scaled > largestScaled && samePattern) {
                        worst = place;
                        worstIndex = i;
                    }
                    largestScaled = Math.max(largestScaled, scaled);
                }
            } else if (Double.compare(got[i], truth[i]) != 0) {
                if (samePattern) {
                    worst = place;
                    worstIndex = i;
                }
                samePattern = false;
            }
        }
    }

    double largestAbsolute() {
        return largestAbsolute;
    }

    double largestScaled() {
        return largestScaled;
    }

    /** Whether NaN, +inf and -inf stand at the same places. */
    boolean samePattern() {
        return samePattern;
    }

    /** Where the largest scaled error is, or the first NaN or infinity that stands elsewhere; null where all is equal. */
    @Nullable
    String where() {
        return worst == null ? null : worst.apply(worstIndex);
    }

    boolean within(double tolerance) {
        return samePattern && largestScaled <= tolerance;
    }

    /** The largest finite |value|; 0 when there is none. */
    static double largest(double[] values) {
        double largest = 0;
        for (double value : values) {
            if (Double.isFinite(value)) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }
}
