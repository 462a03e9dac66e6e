package io.sparkrnn.spark.result;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.expressions.XXH64;

/**
 * Hashes of 64 bits by which rows are told from others. They tell of accidents, not of someone who wants them to be alike.
 */
public final class Hash {
    /** An odd number: 2^64 divided by the golden ratio. */
    static final long ODD = 0x9e37_79b9_7f4a_7c15L;

    private Hash() {}

    /** That of two things in their order. */
    public static long joined(long one, long other) {
        return mixed(one * ODD + other);
    }

    /** That of the bytes of a row. */
    public static long of(UnsafeRow row) {
        return XXH64.hashUnsafeBytes(row.getBaseObject(), row.getBaseOffset(), row.getSizeInBytes(), 0);
    }

    /** That of the bytes of an array. */
    public static long of(UnsafeArrayData array) {
        return XXH64.hashUnsafeBytes(array.getBaseObject(), array.getBaseOffset(), array.getSizeInBytes(), 0);
    }

    /** Every bit depends on every other: the last step of MurmurHash3 with 128 bits, by Austin Appleby. */
    private static long mixed(long hash) {
        long mixed = (hash ^ (hash >>> 33)) * 0xff51_afd7_ed55_8ccdL;
        mixed = (mixed ^ (mixed >>> 33)) * 0xc4ce_b9fe_1a85_ec53L;
        return mixed ^ (mixed >>> 33);
    }
}
