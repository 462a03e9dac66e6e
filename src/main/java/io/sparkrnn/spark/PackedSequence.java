package io.sparkrnn.spark;

import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A sequence as one array of bytes, which is how it travels through a task without an object a number:
 *
 * <pre>
 *   byte 0   int32  kind: 0 for numbers, else the code of a {@link Defect}
 *        4   int32  numbers: T          defect: the step it is at, or -1
 *        8   int32  numbers: the width  defect: what was found there (a width, a length, a position)
 *       12   int32  0
 *       16          numbers: [T][width] float32 or float64; all little-endian
 * </pre>
 *
 * A row that cannot be packed becomes a defect instead of an exception, because only the reader of the bytes knows the
 * row's id, and because it is for the reader to say what becomes of such a row.
 */
final class PackedSequence {
    static final int HEADER = 16;

    private PackedSequence() {}

    /** What can be wrong with the numbers of a row. The order is not part of any stored format. */
    enum Defect {
        NONE,
        NULL_VALUE,
        NULL_STEP,
        NULL_NUMBER,
        EMPTY,
        WIDTH,
        NOT_DIVISIBLE,
        COLUMN_LENGTHS,
        LENGTH_NULL,
        LENGTH_BELOW_ONE,
        LENGTH_BEYOND_END,
        TOO_LONG;

        // The codes live from one operator of a job to the next, never longer.
        @SuppressWarnings("EnumOrdinal")
        byte[] at(int step, long found) {
            return ByteBuffer.allocate(HEADER)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(ordinal())
                    .putInt(step)
                    .putLong(found)
                    .array();
        }

        private static final Defect[] VALUES = values();
    }

    /** A buffer for T steps of {@code width} numbers, header written, position behind it; null when too long for one. */
    static @Nullable ByteBuffer allocate(int steps, int width, Precision precision) {
        long bytes = HEADER + (long) steps * width * precision.byteSize();
        // The product of two ints and 8 fits a long; the largest array of a JVM is a little below 2^31.
        if (bytes > Integer.MAX_VALUE - 64) {
            return null;
        }
        return ByteBuffer.allocate((int) bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(0)
                .putInt(steps)
                .putLong(width);
    }

    static Defect defect(byte[] packed) {
        return Defect.VALUES[header(packed).getInt(0)];
    }

    /** T, or the step a defect is at. */
    static int steps(byte[] packed) {
        return header(packed).getInt(4);
    }

    /** The width, or what a defect found. */
    static long found(byte[] packed) {
        return header(packed).getLong(8);
    }

    /** The numbers [T][width]. */
    static ByteBuffer numbers(byte[] packed) {
        return header(packed).position(HEADER);
    }

    private static ByteBuffer header(byte[] packed) {
        return ByteBuffer.wrap(packed).order(ByteOrder.LITTLE_ENDIAN);
    }
}
