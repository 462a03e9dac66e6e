package io.sparkrnn.parquet.layout;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes levels as Parquet's hybrid of runs and bit-packed groups, from runs of levels:
 *
 * <pre>
 *   run:     varint(length &lt;&lt; 1), then the level in one byte
 *   groups:  varint(groups &lt;&lt; 1 | 1), then for each 8 levels as many bytes as a level has bits, lowest bits first
 * </pre>
 *
 * @see <a href="https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE">Run length encoding / bit-packing
 *     hybrid</a>
 */
public final class LevelEncoder {
    /** From this length on a run takes no more bytes than the groups it saves. */
    private static final int LONG_RUN = 8;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    /** A bit-packed stretch ends here, so that its header has one byte. */
    private static final int MOST_PACKED = 63 * 8;

    private final int bitWidth;
    private byte[] bytes = new byte[1024];
    private int size;

    private int level = -1;
    private long runLength;

    /** The levels that wait to be bit-packed: their bits, whole bytes in packed and the rest, fewer than 8 bits, in rest. */
    private final byte[] packed;

    private int packedAt;
    private long rest;
    private int restBits;
    private int packedCount;
    private int firstPacked;

    /** As many levels as a word has room for beside a rest, and a word with a one at each level's lowest bit. */
    private final int mostAtOnce;

    private final long ones;

    /** An encoder of levels from 0 to {@code maxLevel}. */
    public LevelEncoder(int maxLevel) {
        this.bitWidth = Integer.SIZE - Integer.numberOfLeadingZeros(maxLevel);
        this.packed = new byte[MOST_PACKED / 8 * bitWidth + Long.BYTES];
        this.mostAtOnce = (Long.SIZE - 8) / bitWidth;
        long lowest = 0;
        for (int i = 0; i < mostAtOnce; i++) {
            lowest |= 1L << (i * bitWidth);
        }
        this.ones = lowest;
    }

    /** Appends {@code count} times {@code value}. */
    public void put(int value, int count) {
        if (value == level) {
            runLength += count;
        } else {
            endRun();
            level = value;
            runLength = count;
        }
    }

    /**
     * Appends the repetition levels of lists of one length, one list after the other: of each {@code first} once, then {@code
     * other}, another level, {@code length - 1} times. The same bytes as of as many calls of {@link #put}.
     *
     * @param length at least 1
     * @param lists at least 1
     */
    public void putLists(int first, int other, int length, int lists) {
        if (length == 1) {
            put(first, lists);
            return;
        }
        int together = length <= LONG_RUN ? mostAtOnce / length : 0;
        long word = together == 0 ? 0 : lists(first, other, length, together);
        for (int left = lists; left > 0; ) {
            // What waits is then the end of such a list: it and all but the end of the next ones are appended at once.
            boolean waits = left < lists && packedCount > 0;
            if (waits && together > 0 && left >= together && packedCount + together * length <= MOST_PACKED) {
                append(word, together * length);
                left -= together;
            } else if (waits && packedCount == 1 && length > LONG_RUN) {
                writeRun(firstPacked, 1);
                writeRun(other, length - 1L);
                firstPacked = first;
                rest = first;
                LONGS.set(packed, 0, rest);
                left--;
            } else {
                put(first, 1);
                put(other, length - 1);
                left--;
            }
        }
    }

    /** The levels of some lists, each from its second on, with the first of the next list behind them. */
    private long lists(int first, int other, int length, int count) {
        int firstAt = (length - 1) * bitWidth;
        long list = (other * ones & ((1L << firstAt) - 1)) | (long) first << firstAt;
        long word = 0;
        for (int i = 0; i < count; i++) {
            word |= list << (i * length * bitWidth);
        }
        return word;
    }

    /** A guess at the bytes that the levels up to now take. */
    public int size() {
        return size + packedCount * bitWidth / 8 + 8;
    }

    /** Ends the levels; the bytes are in {@link #bytes} until the next {@link #reset}. Returns how many they are. */
    public int finish() {
        endRun();
        level = -1;
        runLength = 0;
        flushPacked();
        return size;
    }

    /** Where they are, from the first byte on. */
    public byte[] bytes() {
        return bytes;
    }

    /** Forgets all. */
    public void reset() {
        size = 0;
        forgetPacked();
        level = -1;
        runLength = 0;
    }

    private void endRun() {
        if (runLength >= LONG_RUN && packedCount <= 1) {
            if (packedCount == 1) {
                // One level alone (the first of a step) is shorter as a run of its own than as a group.
                forgetPacked();
                writeRun(firstPacked, 1);
            }
            writeRun(level, runLength);
            runLength = 0;
            return;
        }
        int fill = (8 - packedCount % 8) % 8;
        if (runLength >= LONG_RUN + fill) {
            pack(fill);
            flushPacked();
            writeRun(level, runLength);
            runLength = 0;
        } else {
            pack((int) runLength);
        }
    }

    /** Moves {@code count} levels of the run to the packed ones. */
    private void pack(int count) {
        runLength -= count;
        int left = count;
        while (left > 0) {
            if (packedCount == MOST_PACKED) {
                flushPacked();
            }
            if (packedCount == 0) {
                firstPacked = level;
            }
            int some = Math.min(Math.min(left, mostAtOnce), MOST_PACKED - packedCount);
            append(level * ones & ((1L << (some * bitWidth)) - 1), some);
            left -= some;
        }
    }

    /** Appends the levels of a word to the packed ones, which have room for them. */
    private void append(long word, int count) {
        rest |= word << restBits;
        restBits += count * bitWidth;
        LONGS.set(packed, packedAt, rest);
        packedAt += restBits >>> 3;
        rest >>>= restBits & ~7;
        restBits &= 7;
        packedCount += count;
    }

    private void writeRun(int value, long length) {
        if (length < 64) {
            room(2);
            bytes[size] = (byte) (length << 1);
            bytes[size + 1] = (byte) value;
            size += 2;
            return;
        }
        // The header has 32 bits: a longer run is written in pieces.
        for (long left = length; left > 0; left -= Math.min(left, Integer.MAX_VALUE / 2)) {
            room(6);
            writeHeader((int) Math.min(left, Integer.MAX_VALUE / 2) << 1);
            bytes[size++] = (byte) value;
        }
    }

    private void flushPacked() {
        if (packedCount == 0) {
            return;
        }
        int groups = (packedCount + 7) / 8;
        int packedBytes = groups * bitWidth;
        // The last group is filled up with levels of 0.
        Arrays.fill(packed, packedAt + (restBits > 0 ? 1 : 0), packedBytes, (byte) 0);
        room(5 + packedBytes);
        writeHeader((groups << 1) | 1);
        System.arraycopy(packed, 0, bytes, size, packedBytes);
        size += packedBytes;
        forgetPacked();
    }

    private void forgetPacked() {
        packedCount = 0;
        packedAt = 0;
        rest = 0;
        restBits = 0;
    }

    private void writeHeader(int header) {
        int left = header;
        while ((left & ~0x7f) != 0) {
            bytes[size++] = (byte) ((left & 0x7f) | 0x80);
            left >>>= 7;
        }
        bytes[size++] = (byte) left;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, size + more));
        }
    }
}
