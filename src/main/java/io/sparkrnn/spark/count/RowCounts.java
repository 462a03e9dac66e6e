package io.sparkrnn.spark.count;

import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.result.ScoreSpread;
import java.io.Serializable;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What became of the rows of one partition. Written by its task alone; Spark's heartbeat may send it meanwhile, which then
 * sees numbers of a moment.
 */
public final class RowCounts implements Serializable {
    private static final long serialVersionUID = 1;

    /** Invalid rows that are told of one by one. */
    public static final int FEW = 10;

    /** Rows that were read. */
    public long read;

    /** Rows that were scored. */
    public long scored;

    /** Their time steps. */
    public long steps;

    /** Rows with too few steps. */
    public long leftOut;

    /** The time that the forward pass took. */
    public long forwardNanos;

    /** The time that reading took, and putting into batches. */
    public long readNanos;

    /** Sequences with a NaN or an infinity in a result. */
    public long nonFinite;
    /** The sum of the hashes of the rows that were given: the same in whatever order they were. */
    public long checksum;
    /** Of the scores, by their columns, without those of too many numbers. */
    public Map<String, ScoreSpread> scores = Map.of();

    private final long[] invalid = new long[ErrorCode.values().length];
    /** The names of the columns of results; empty before there are any. */
    private List<String> results = List.of();

    private long[] nonFiniteByResult = new long[0];
    private final List<String> first = new CopyOnWriteArrayList<>();
    /** The file with the rows that were set aside; null when there are none. */
    public volatile @Nullable String setAside;

    /** The file with the final states of the rows that were scored; null when there are none, or nobody asks. */
    public volatile @Nullable String finalStates;

    /** Counts a row that cannot be scored, and keeps what is said of it if it is one of the first. */
    // The numbers live no longer than the job.
    @SuppressWarnings("EnumOrdinal")
    public void countInvalid(InvalidRow row) {
        invalid[row.code().ordinal()]++;
        if (first.size() < FEW) {
            first.add(row.message());
        }
    }

    /** Says what the columns of results are called, which are counted by their place. */
    public void name(List<String> columns) {
        nonFiniteByResult = new long[columns.size()];
        results = List.copyOf(columns);
    }

    /** Counts a NaN or an infinity in one of the columns of results, by its place. */
    public void countNonFinite(int result) {
        nonFiniteByResult[result]++;
    }

    /** Adds those of another partition, whose rows stand behind these. */
    void add(RowCounts other) {
        read += other.read;
        scored += other.scored;
        steps += other.steps;
        leftOut += other.leftOut;
        forwardNanos += other.forwardNanos;
        readNanos += other.readNanos;
        nonFinite += other.nonFinite;
        checksum += other.checksum;
        if (!other.scores.isEmpty()) {
            Map<String, ScoreSpread> all = new LinkedHashMap<>(scores);
            other.scores.forEach((column, spread) -> all.merge(column, spread, ScoreSpread::plus));
            scores = all;
        }
        for (int i = 0; i < invalid.length; i++) {
            invalid[i] += other.invalid[i];
        }
        if (results.isEmpty()) {
            name(other.results);
        }
        for (int i = 0; i < other.results.size(); i++) {
            nonFiniteByResult[i] += other.nonFiniteByResult[i];
        }
        for (String message : other.first) {
            if (first.size() < FEW) {
                first.add(message);
            }
        }
    }

    /** How many rows could not be scored, by the reason; those alone that there are. */
    public Map<ErrorCode, Long> invalid() {
        Map<ErrorCode, Long> counts = new EnumMap<>(ErrorCode.class);
        for (ErrorCode code : ErrorCode.values()) {
            long count = count(code);
            if (count > 0) {
                counts.put(code, count);
            }
        }
        return counts;
    }

    @SuppressWarnings("EnumOrdinal")
    private long count(ErrorCode code) {
        return invalid[code.ordinal()];
    }

    /** The first of them, a sentence each. */
    public List<String> first() {
        return List.copyOf(first);
    }

    /** The columns of results in which there is a NaN or an infinity, in their order. */
    public List<String> nonFiniteOutputs() {
        return IntStream.range(0, results.size())
                .filter(i -> nonFiniteByResult[i] > 0)
                .mapToObj(results::get)
                .toList();
    }
}
