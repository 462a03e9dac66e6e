package io.sparkrnn.report;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/** What is gathered of one kind of number: moments, counts by size, and how many are no numbers. */
final class Gathered {
    private final Moments moments;
    private final Histogram histogram;
    private long nonFinite;

    private Gathered(Moments moments, Histogram histogram, long nonFinite) {
        this.moments = moments;
        this.histogram = histogram;
        this.nonFinite = nonFinite;
    }

    /** Nothing yet; the arguments are those of a {@link Histogram}. */
    Gathered(int limit, float floor) {
        this(new Moments(), new Histogram(limit, floor), 0);
    }

    void add(float number, long times) {
        if (Math.abs(number) <= Float.MAX_VALUE) {
            moments.add(number, times);
            histogram.add(number, times);
        } else {
            nonFinite += times;
        }
    }

    void merge(Gathered other) {
        moments.merge(other.moments);
        histogram.merge(other.histogram);
        nonFinite += other.nonFinite;
    }

    Distribution distribution() {
        return Distribution.of(moments, nonFinite, histogram.bins());
    }

    void write(DataOutput out) throws IOException {
        moments.write(out);
        histogram.write(out);
        Varints.write(out, nonFinite);
    }

    /** What was written, with a histogram like this one's. */
    Gathered read(DataInput in) throws IOException {
        return new Gathered(Moments.read(in), histogram.read(in), Varints.read(in));
    }
}
