package io.sparkrnn.spark;

import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.row.KeptRows;
import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a batch, in the order in which they came: which sequence of the engine's each one is, if it is one, and what it
 * has beside its numbers, which the engine has.
 */
final class BatchRows {
    /** The most bytes of columns beside the numbers: beside a short sequence may stand a document or an image. */
    private static final int MOST_BYTES = 16 << 20;

    /** The most rows without a sequence, which no budget of steps counts. */
    private static final int MOST_INVALID = 1 << 16;

    private final KeptRows kept = new KeptRows(MOST_BYTES);
    private final KeptRows originals = new KeptRows(MOST_BYTES);
    private int[] sequences = new int[16];
    private int[] lengths = new int[16];
    private @Nullable ErrorCode[] errors = new ErrorCode[16];
    private @Nullable String[] names = new String[16];
    private int size;
    private int invalid;

    /** Forgets all. */
    void clear() {
        kept.clear();
        originals.clear();
        size = 0;
        invalid = 0;
    }

    int size() {
        return size;
    }

    /** Whether one more row would fit. */
    boolean fits(@Nullable UnsafeRow itsKept) {
        return invalid < MOST_INVALID
                && (itsKept == null || (long) kept.bytes() + itsKept.getSizeInBytes() <= MOST_BYTES)
                && originals.bytes() <= MOST_BYTES;
    }

    /** Adds a row that is a sequence of so many steps. */
    void add(int sequence, int length, @Nullable UnsafeRow itsKept) {
        grow();
        sequences[size] = sequence;
        lengths[size] = length;
        errors[size] = null;
        if (itsKept != null) {
            kept.add(itsKept);
        }
        size++;
    }

    /** Adds what tells of the row that was added last, should it turn out to be invalid when it was run. */
    void addOrigin(String name, @Nullable UnsafeRow original) {
        names[size - 1] = name;
        if (original != null) {
            originals.add(original);
        }
    }

    /** Adds a row that has no results. */
    void addInvalid(ErrorCode code, @Nullable UnsafeRow itsKept) {
        add(-1, 0, itsKept);
        errors[size - 1] = code;
        invalid++;
    }

    private void grow() {
        if (size == sequences.length) {
            sequences = Arrays.copyOf(sequences, 2 * size);
            lengths = Arrays.copyOf(lengths, 2 * size);
            errors = Arrays.copyOf(errors, 2 * size);
            names = Arrays.copyOf(names, 2 * size);
        }
    }

    /** Why a row has no results; null when it has some. */
    @Nullable
    ErrorCode error(int row) {
        return errors[row];
    }

    /** Which of the engine's sequences a row is. */
    int sequence(int row) {
        return sequences[row];
    }

    /** T of a row. */
    int length(int row) {
        return lengths[row];
    }

    /** What messages call a row that was {@linkplain #addOrigin told of}. */
    String name(int row) {
        return String.valueOf(names[row]);
    }

    /** Points {@code target} to a row's columns that pass through. */
    void pointToKept(UnsafeRow target, int row) {
        kept.point(target, row);
    }

    /**
     * Points {@code target} to a row's columns as they came.
     *
     * @param sequence which sequence it is: rows without one have none
     */
    void pointToOriginal(UnsafeRow target, int sequence) {
        originals.point(target, sequence);
    }
}
