package io.sparkrnn.report;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Arrays;

/**
 * Counts of numbers by their first binary digits: by sign, exponent and so many bits of the mantissa as there is room for.
 * It begins with ten bits, a thousandth of a number; whenever there are more bins than the limit, it gives up a bit and every
 * two neighbours become one, as in UDDSketch (Epicoco and others, 2020). So it needs to know nothing of the numbers
 * beforehand, one outlier costs one bin, and every bin of a coarser histogram is whole bins of a finer one: what two runs
 * counted can be held against each other without guessing. Which bins come out depends on the numbers alone, not on their
 * order nor on how they were split among tasks.
 *
 * <p>Not the quantile sketches of Apache DataSketches that Spark has: those flip coins, so that no run gives the numbers of
 * the run before, take four times as long a number, and refuse Java 25.
 */
final class Histogram {
    private static final int MANTISSA = 23;
    private static final int MOST_BITS = 10;
    private static final int LEAST_BITS = MANTISSA - 31;
    private static final int SCATTER = 0x9E37_79B9;

    private final int limit;
    /** Magnitudes below this, as bits of a float, count as zero. */
    private final int floor;

    private int bits = MOST_BITS;
    /** Open addressing; a place is free when its weight is 0. */
    private int[] keys;

    private long[] weights;
    private int size;

    /**
     * Has at most so many bins.
     *
     * @param floor magnitudes below it count as zero: without it numbers close to zero take most of the bins
     */
    Histogram(int limit, float floor) {
        this.limit = limit;
        this.floor = Math.max(1, Float.floatToRawIntBits(floor));
        // Half of the places stay free, and one bin more than the limit stands in it for a moment.
        int places = Integer.highestOneBit(limit) * (Integer.bitCount(limit) == 1 ? 2 : 4);
        keys = new int[places];
        weights = new long[places];
    }

    /**
     * Takes a finite number.
     *
     * @param times for how many numbers it stands, at least 1
     */
    void add(float number, long times) {
        int raw = Float.floatToRawIntBits(number);
        int magnitude = raw & Integer.MAX_VALUE;
        int key = magnitude < floor ? 0 : (magnitude >>> (MANTISSA - bits)) + 1;
        put(raw < 0 ? -key : key, times);
        if (size > limit) {
            coarsen();
        }
    }

    private void put(int key, long times) {
        int mask = keys.length - 1;
        int at = (key * SCATTER) >>> Integer.numberOfLeadingZeros(mask);
        while (weights[at] != 0 && keys[at] != key) {
            at = at + 1 & mask;
        }
        if (weights[at] == 0) {
            keys[at] = key;
            size++;
        }
        weights[at] += times;
    }

    private void coarsen() {
        while (size > limit && bits > LEAST_BITS) {
            toBits(bits - 1);
        }
    }

    private void toBits(int fewer) {
        int[] fine = keys;
        long[] counts = weights;
        keys = new int[fine.length];
        weights = new long[fine.length];
        size = 0;
        for (int i = 0; i < fine.length; i++) {
            if (counts[i] != 0) {
                put(coarser(fine[i], bits - fewer), counts[i]);
            }
        }
        bits = fewer;
    }

    private static int coarser(int key, int by) {
        if (key == 0) {
            return 0;
        }
        int magnitude = ((Math.abs(key) - 1) >>> by) + 1;
        return key < 0 ? -magnitude : magnitude;
    }

    /** Takes what another one of the same limit and floor took. */
    void merge(Histogram other) {
        if (other.bits < bits) {
            toBits(other.bits);
        }
        for (int i = 0; i < other.keys.length; i++) {
            if (other.weights[i] != 0) {
                put(coarser(other.keys[i], other.bits - bits), other.weights[i]);
                if (size > limit) {
                    coarsen();
                }
            }
        }
    }

    /** The bins, from low to high. */
    Bins bins() {
        int[] sorted = sortedKeys();
        long[] counts = new long[sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            counts[i] = weightOf(sorted[i]);
        }
        return new Bins(bits, Float.intBitsToFloat(floor), sorted, counts);
    }

    private int[] sortedKeys() {
        int[] sorted = new int[size];
        int n = 0;
        for (int i = 0; i < keys.length; i++) {
            if (weights[i] != 0) {
                sorted[n++] = keys[i];
            }
        }
        Arrays.sort(sorted);
        return sorted;
    }

    private long weightOf(int key) {
        int mask = keys.length - 1;
        int at = (key * SCATTER) >>> Integer.numberOfLeadingZeros(mask);
        while (keys[at] != key || weights[at] == 0) {
            at = at + 1 & mask;
        }
        return weights[at];
    }

    void write(DataOutput out) throws IOException {
        out.writeByte(bits);
        Varints.write(out, size);
        int before = Integer.MIN_VALUE;
        for (int key : sortedKeys()) {
            Varints.write(out, (long) key - before);
            Varints.write(out, weightOf(key));
            before = key;
        }
    }

    /** Takes what was written, in place of what it holds. */
    Histogram read(DataInput in) throws IOException {
        Arrays.fill(weights, 0);
        size = 0;
        bits = in.readByte();
        int bins = (int) Varints.read(in);
        long key = Integer.MIN_VALUE;
        for (int i = 0; i < bins; i++) {
            key += Varints.read(in);
            put((int) key, Varints.read(in));
        }
        return this;
    }

    /** A magnitude by its first bits; none above the largest number there is. */
    private static float magnitude(long first, int bits) {
        return Float.intBitsToFloat(
                (int) Math.min(first << (MANTISSA - bits), Float.floatToRawIntBits(Float.MAX_VALUE)));
    }

    /**
     * A histogram as it stands in a file.
     *
     * @param bits of the mantissa that tell bins apart; below zero, so many of the exponent's do not
     * @param floor magnitudes below it are in the bin of zero
     * @param keys [bins] what the bins' numbers begin with, rising: 0 for zero, below 0 for negative ones
     * @param counts [bins] each above 0
     */
    record Bins(int bits, float floor, int[] keys, long[] counts) {
        Bins {
            if (bits < LEAST_BITS || bits > MOST_BITS || !(floor >= 0)) {
                throw new IllegalArgumentException("bins of " + bits + " bits");
            }
            if (keys == null || counts == null || keys.length != counts.length) {
                throw new IllegalArgumentException("bins whose keys and counts differ in number");
            }
            for (int i = 0; i < keys.length; i++) {
                if (counts[i] <= 0 || (i > 0 && keys[i] <= keys[i - 1]) || keys[i] == Integer.MIN_VALUE) {
                    throw new IllegalArgumentException("bins that do not rise, or are empty");
                }
            }
        }

        int size() {
            return keys.length;
        }

        /** The lowest number of a bin. */
        float from(int bin) {
            int key = keys[bin];
            if (key == 0) {
                // Nothing but zero itself, where there is no floor.
                return floor == Float.MIN_VALUE ? 0 : -floor;
            }
            return key > 0 ? Math.max(floor, magnitude(key - 1L, bits)) : -magnitude(-key, bits);
        }

        /** Up to where a bin reaches. */
        float to(int bin) {
            int key = keys[bin];
            if (key == 0) {
                return floor;
            }
            return key > 0 ? magnitude(key, bits) : -Math.max(floor, magnitude(-key - 1L, bits));
        }

        long total() {
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            return sum;
        }

        /** The same counts in bins of fewer bits. */
        Bins coarser(int fewer) {
            int[] coarse = new int[keys.length];
            long[] sums = new long[keys.length];
            int n = 0;
            for (int i = 0; i < keys.length; i++) {
                int key = Histogram.coarser(keys[i], bits - fewer);
                if (n > 0 && coarse[n - 1] == key) {
                    sums[n - 1] += counts[i];
                } else {
                    coarse[n] = key;
                    sums[n++] = counts[i];
                }
            }
            return new Bins(fewer, floor, Arrays.copyOf(coarse, n), Arrays.copyOf(sums, n));
        }

        /**
         * How many numbers are below one, those of the bin that it falls in as if they lay evenly.
         *
         * @return a part of {@link #total}
         */
        double below(double number) {
            double sum = 0;
            for (int i = 0; i < keys.length; i++) {
                double from = from(i);
                double to = to(i);
                if (number >= to) {
                    sum += counts[i];
                } else if (number > from) {
                    sum += counts[i] * ((number - from) / (to - from));
                } else {
                    break;
                }
            }
            return sum;
        }

        /** The number below which a share of all is; 0 when there are none. */
        double quantile(double share) {
            double wanted = share * total();
            double sum = 0;
            for (int i = 0; i < keys.length; i++) {
                if (sum + counts[i] >= wanted) {
                    return from(i) + (to(i) - from(i)) * Math.max(0, (wanted - sum) / counts[i]);
                }
                sum += counts[i];
            }
            return keys.length == 0 ? 0 : to(keys.length - 1);
        }
    }
}
