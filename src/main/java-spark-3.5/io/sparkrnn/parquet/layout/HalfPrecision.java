package io.sparkrnn.parquet.layout;

import org.apache.parquet.schema.PrimitiveType;

/** Columns of half-precision floats, which the parquet-java that Spark 3.5 brings, 1.13, does not know. */
public final class HalfPrecision {
    private HalfPrecision() {}

    /**
     * Whether numbers of this type are half-precision floats: never here. A schema with such columns is refused before anything
     * asks; {@code UnknownAnnotation} in the room that reads says where.
     */
    public static boolean isFloat16(PrimitiveType type) {
        return false;
    }
}
