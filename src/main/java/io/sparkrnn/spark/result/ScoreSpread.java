package io.sparkrnn.spark.result;

import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Head;
import java.io.Serializable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The least, the sum and the greatest of the scores in each of their columns, without those that are not finite. */
public final class ScoreSpread implements Serializable {
    private static final long serialVersionUID = 1;

    /** To look at each of more columns at each step would cost as much as to compute them. */
    private static final int MOST_AT_EACH_STEP = 16;

    private static final int MOST = 1000;

    private final long[] count;
    private final double[] least;
    private final double[] sum;
    private final double[] greatest;

    private ScoreSpread(int columns) {
        count = new long[columns];
        least = new double[columns];
        sum = new double[columns];
        greatest = new double[columns];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        Arrays.fill(greatest, Double.NEGATIVE_INFINITY);
    }

    /** Of the scores of a head, none yet; null where there are too many for each to be looked at, or no head. */
    static @Nullable ScoreSpread of(@Nullable Head head) {
        int most = head == null ? 0 : head.source() == Head.Source.H_N ? MOST : MOST_AT_EACH_STEP;
        return head == null || head.outputSize() > most ? null : new ScoreSpread(head.outputSize());
    }

    /** Of an output of a whole network, none yet; null where there are too many numbers for each to be looked at. */
    static @Nullable ScoreSpread of(GraphOutput output) {
        int most = output.form() == GraphOutput.Form.OF_ROW ? MOST : MOST_AT_EACH_STEP;
        return output.numbersEach() > most ? null : new ScoreSpread(output.numbersEach());
    }

    /**
     * Adds the scores of a row.
     *
     * @param at the byte of the first number
     * @param stride the bytes from one step's first number to the next one's
     */
    void add(ArrayImage scores, int at, int stride, int steps, int numberBytes) {
        for (int step = 0; step < steps; step++) {
            int place = at + step * stride;
            for (int column = 0; column < count.length; column++) {
                double score = scores.number(place + column * numberBytes);
                if (Double.isFinite(score)) {
                    count[column]++;
                    sum[column] += score;
                    least[column] = Math.min(least[column], score);
                    greatest[column] = Math.max(greatest[column], score);
                }
            }
        }
    }

    /** A sum of this and what another part has. */
    public ScoreSpread plus(ScoreSpread other) {
        ScoreSpread all = new ScoreSpread(count.length);
        for (int column = 0; column < count.length; column++) {
            all.count[column] = count[column] + other.count[column];
            all.sum[column] = sum[column] + other.sum[column];
            all.least[column] = Math.min(least[column], other.least[column]);
            all.greatest[column] = Math.max(greatest[column], other.greatest[column]);
        }
        return all;
    }

    /** How many columns of scores there are. */
    public int columns() {
        return count.length;
    }

    /** How many scores a column has, of those that are finite; as all that follows. */
    public long count(int column) {
        return count[column];
    }

    /** The least; positive infinity where there is none. */
    public double least(int column) {
        return least[column];
    }

    /** NaN where there is none. */
    public double mean(int column) {
        return sum[column] / count[column];
    }

    /** The greatest; negative infinity where there is none. */
    public double greatest(int column) {
        return greatest[column];
    }
}
