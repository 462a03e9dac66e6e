package io.sparkrnn.parquet.layout;

import org.apache.spark.unsafe.Platform;

/**
 * The half-precision floats of IEEE 754: a sign, 5 bits of exponent, 10 of fraction. Each is also a float, so that nothing
 * is rounded; a NaN keeps its bits.
 *
 * @see <a href="https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#float16">Parquet's FLOAT16</a>
 */
public final class Float16 {
    public static final int BYTES = 2;

    private static final int INFINITY = 0x7c00;
    private static final int LEAST_NORMAL = 0x0400;
    private static final int FRACTION = 0x03ff;
    private static final int FRACTION_BITS = 10;

    /** By how much a float's fraction is longer. */
    private static final int SHIFT = 23 - FRACTION_BITS;

    /** By how much a float's exponent is larger: its bias is 127, and here it is 15. */
    private static final int EXPONENT = (127 - 15) << 23;

    private Float16() {}

    /**
     * Writes {@code count} floats to byte {@code at} of {@code to}.
     *
     * @param low where the first one's low byte is in {@code from}
     * @param high where its high byte is
     * @param step how many bytes from one to the next
     */
    public static void widen(byte[] from, int low, int high, int step, int count, byte[] to, int at) {
        long target = Platform.BYTE_ARRAY_OFFSET + (long) at;
        for (int i = 0, l = low, h = high; i < count; i++, l += step, h += step) {
            Platform.putInt(to, target, floatBits((from[l] & 0xff) | (from[h] & 0xff) << 8));
            target += Float.BYTES;
        }
    }

    /** The bits of the float that is the number of {@code bits}. */
    public static int floatBits(int bits) {
        int sign = (bits & 0x8000) << 16;
        int size = bits & 0x7fff;
        if (size >= INFINITY) {
            return sign | 0x7f80_0000 | (size & FRACTION) << SHIFT;
        }
        if (size >= LEAST_NORMAL) {
            return sign | ((size << SHIFT) + EXPONENT);
        }
        // Zero, or one of the smallest, which a float has an exponent for.
        return sign | Float.floatToRawIntBits(size * 0x1p-24f);
    }
}
