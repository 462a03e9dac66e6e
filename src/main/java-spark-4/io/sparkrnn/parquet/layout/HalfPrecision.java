package io.sparkrnn.parquet.layout;

import org.apache.parquet.schema.LogicalTypeAnnotation.Float16LogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;

/** Columns of half-precision floats, which the parquet-java that Spark 4 brings, 1.15 to 1.17, knows. */
public final class HalfPrecision {
    private HalfPrecision() {}

    /** Whether numbers of this type are half-precision floats. */
    public static boolean isFloat16(PrimitiveType type) {
        return type.getLogicalTypeAnnotation() instanceof Float16LogicalTypeAnnotation;
    }
}
