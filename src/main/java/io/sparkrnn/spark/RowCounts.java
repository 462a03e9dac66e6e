package io.sparkrnn.spark;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What became of the rows of one partition. Written by its task alone; Spark's heartbeat may send it meanwhile, which then
 * sees numbers of a moment.
 */
final class RowCounts implements Serializable {
    private static final long serialVersionUID = 1;

    /** Invalid rows that are told of one by one. */
    static final int FEW = 10;

    long read;
    long scored;
    long steps;
    long leftOut;
    long forwardNanos;
    long readNanos;
    long nonFinite;
    /** The sum of the hashes of the rows that were given: the same in whatever order they were. */
    long checksum;
    /** Of the scores; null when there are none, or too many. */
    @Nullable
    ScoreSpread scores;

    private final long[] invalid = new long[ErrorCode.values().length];
    private final long[] nonFiniteByOutput = new long[Output.values().length];
    private final List<String> first = new CopyOnWriteArrayList<>();
    /** The file with the rows that were set aside; null when there are none. */
    volatile @Nullable String setAside;

    // The numbers live no longer than the job.
    @SuppressWarnings("EnumOrdinal")
    void countInvalid(InvalidRow row) {
        invalid[row.code().ordinal()]++;
        if (first.size() < FEW) {
            first.add(row.message());
        }
    }

    @SuppressWarnings("EnumOrdinal")
    void countNonFinite(Output output) {
        nonFiniteByOutput[output.ordinal()]++;
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
        if (other.scores != null) {
            scores = scores == null ? other.scores : scores.plus(other.scores);
        }
        for (int i = 0; i < invalid.length; i++) {
            invalid[i] += other.invalid[i];
        }
        for (int i = 0; i < nonFiniteByOutput.length; i++) {
            nonFiniteByOutput[i] += other.nonFiniteByOutput[i];
        }
        for (String message : other.first) {
            if (first.size() < FEW) {
                first.add(message);
            }
        }
    }

    /** How many rows could not be scored, by the reason; those alone that there are. */
    Map<ErrorCode, Long> invalid() {
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
    List<String> first() {
        return List.copyOf(first);
    }

    /** The outputs in which there is a NaN or an infinity, in their order. */
    @SuppressWarnings("EnumOrdinal")
    Set<Output> nonFiniteOutputs() {
        Set<Output> outputs = EnumSet.noneOf(Output.class);
        for (Output output : Output.values()) {
            if (nonFiniteByOutput[output.ordinal()] > 0) {
                outputs.add(output);
            }
        }
        return outputs;
    }
}
