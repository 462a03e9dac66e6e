package io.sparkrnn.report;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * Count, mean, deviation and extremes of numbers, each with a weight, in one pass (Welford), and of two such together (Chan,
 * Golub and LeVeque). Sums of squares would lose all digits where the mean is far from zero.
 */
final class Moments {
    private long weight;
    private double mean;
    /** The weighted sum of squared distances from the mean. */
    private double squares;

    private double min = Double.POSITIVE_INFINITY;
    private double max = Double.NEGATIVE_INFINITY;

    /**
     * Takes a finite number.
     *
     * @param times for how many numbers it stands, at least 1
     */
    void add(double number, long times) {
        weight += times;
        double distance = number - mean;
        // in this order, so that the first number is the mean to the bit
        mean += distance * ((double) times / weight);
        squares += distance * (number - mean) * times;
        min = Math.min(min, number);
        max = Math.max(max, number);
    }

    void merge(Moments other) {
        if (other.weight == 0) {
            return;
        }
        long sum = weight + other.weight;
        double distance = other.mean - mean;
        squares += other.squares + distance * distance * ((double) weight * other.weight / sum);
        mean += distance * other.weight / sum;
        weight = sum;
        min = Math.min(min, other.min);
        max = Math.max(max, other.max);
    }

    /** How many numbers the ones taken stand for. */
    long weight() {
        return weight;
    }

    /** 0 when there are none, as are the others. */
    double mean() {
        return mean;
    }

    /** Of the numbers themselves, not an estimate for others: divided by their count. */
    double deviation() {
        return weight == 0 ? 0 : Math.sqrt(Math.max(0, squares) / weight);
    }

    double min() {
        return weight == 0 ? 0 : min;
    }

    double max() {
        return weight == 0 ? 0 : max;
    }

    void write(DataOutput out) throws IOException {
        Varints.write(out, weight);
        if (weight > 0) {
            out.writeDouble(mean);
            out.writeDouble(squares);
            out.writeDouble(min);
            out.writeDouble(max);
        }
    }

    static Moments read(DataInput in) throws IOException {
        Moments moments = new Moments();
        moments.weight = Varints.read(in);
        if (moments.weight > 0) {
            moments.mean = in.readDouble();
            moments.squares = in.readDouble();
            moments.min = in.readDouble();
            moments.max = in.readDouble();
        }
        return moments;
    }
}
