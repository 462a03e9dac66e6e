package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.LevelEncoder;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Steps through Parquet's hybrid of runs and bit-packed groups ({@link LevelEncoder} has the layout). The array must have 8
 * readable bytes after the last one.
 */
final class HybridRuns {
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private Place place;
    private byte[] bytes = new byte[0];
    private int at;
    private int end;
    private int bitWidth;
    private int left;

    private int length;
    private boolean packed;
    private int runValue;
    private long firstBit;

    /** The length of the run at hand if it takes two bytes, and with the one before it if both do; else 0. */
    private int shortLength;

    private int pairLength;

    HybridRuns(Place place) {
        this.place = place;
    }

    /**
     * Starts on {@code count} values of {@code width} bits, from 0 to 32, in bytes {@code from} to {@code to} of
     * {@code source}.
     *
     * @param valuesPlace where they are, for errors
     */
    void start(byte[] source, int from, int to, int width, int count, Place valuesPlace) {
        place = valuesPlace;
        bytes = source;
        at = from;
        end = to;
        bitWidth = width;
        left = count;
        shortLength = 0;
        pairLength = 0;
    }

    /** Goes to the next run; false after the last value. */
    boolean next() {
        if (left == 0) {
            return false;
        }
        int header = at + 1 < end ? bytes[at] : -1;
        if (header >= 2 && (header & 1) == 0 && (bitWidth + 7) / 8 == 1) {
            // The most frequent kind by far, kept short so that the JVM inlines it: a run of less than 64 small values.
            int before = shortLength;
            packed = false;
            shortLength = header >> 1;
            pairLength = before == 0 ? 0 : before + shortLength;
            length = Math.min(left, shortLength);
            runValue = bytes[at + 1] & 0xff;
            at += 2;
            left -= length;
            return true;
        }
        shortLength = 0;
        pairLength = 0;
        return nextOfAnyKind();
    }

    /**
     * How many times the run at hand and the one before it come again, one after the other, where both are of the frequent kind
     * that takes two bytes. These runs are passed.
     */
    int repeats() {
        int pair = pairLength;
        if (pair == 0) {
            return 0;
        }
        int most = Math.min(left / pair, (end - at) / Integer.BYTES);
        int both = (int) INTS.get(bytes, at - Integer.BYTES);
        int times = 0;
        while (times < most && (int) INTS.get(bytes, at + times * Integer.BYTES) == both) {
            times++;
        }
        at += times * Integer.BYTES;
        left -= times * pair;
        return times;
    }

    private boolean nextOfAnyKind() {
        int header = header();
        int units = header >>> 1;
        packed = (header & 1) != 0;
        if (units == 0) {
            throw place.damaged("a run of no values in a page");
        }
        if (packed) {
            long groupBytes = (long) units * bitWidth;
            long values = units * 8L;
            length = (int) Math.min(left, values);
            // The last group may be cut where its values end.
            long needed = ((long) length * bitWidth + 7) / 8;
            if (needed > end - at) {
                throw place.damaged("bit-packed values go beyond the end of their page");
            }
            firstBit = (long) at * 8;
            at += (int) Math.min(groupBytes, end - at);
        } else {
            int valueBytes = (bitWidth + 7) / 8;
            if (valueBytes > end - at) {
                throw place.damaged("a run goes beyond the end of its page");
            }
            length = Math.min(left, units);
            runValue = 0;
            for (int i = 0; i < valueBytes; i++) {
                runValue |= (bytes[at++] & 0xff) << (i * 8);
            }
        }
        left -= length;
        return true;
    }

    /** How many values the run has. */
    int length() {
        return length;
    }

    /** Whether {@link #packed(int)} has the values; else all are {@link #value}. */
    boolean isPacked() {
        return packed;
    }

    /** The value of all of a run that is not packed. */
    int value() {
        return runValue;
    }

    /** Value {@code i} of a packed run. */
    int packed(int i) {
        long bit = firstBit + (long) i * bitWidth;
        long word = (long) LONGS.get(bytes, (int) (bit >>> 3));
        return (int) ((word >>> (bit & 7)) & ((1L << bitWidth) - 1));
    }

    /**
     * The bits of the values of a packed run from value {@code i} on, a multiple of 8, as many as there is room for; those
     * behind the last value mean nothing.
     */
    long packedBits(int i) {
        return (long) LONGS.get(bytes, (int) (firstBit >>> 3) + i / 8 * bitWidth);
    }

    /** How many bytes are left after the last run. */
    int bytesLeft() {
        return end - at;
    }

    private int header() {
        int header = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            if (at >= end) {
                throw place.damaged("the values of a page end before " + left + " of them");
            }
            byte next = bytes[at++];
            header |= (next & 0x7f) << shift;
            if (next >= 0) {
                return header;
            }
        }
        throw place.damaged("a run's length has more than 32 bits");
    }
}
