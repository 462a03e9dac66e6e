package io.sparkrnn.parquet.layout;

import org.apache.parquet.schema.PrimitiveType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/** The numbers of a list column: what they are in a file's pages, and what in Spark's rows. */
public enum PageNumber {
    /** In pages alone: in rows it is a float. */
    FLOAT16(Float16.BYTES, Float.BYTES),
    FLOAT(Float.BYTES, Float.BYTES),
    DOUBLE(Double.BYTES, Double.BYTES);

    private final int pageBytes;
    private final int valueBytes;

    PageNumber(int pageBytes, int valueBytes) {
        this.pageBytes = pageBytes;
        this.valueBytes = valueBytes;
    }

    /** The number that a leaf column has; null when it has another type. */
    static @Nullable PageNumber of(PrimitiveType leaf) {
        if (HalfPrecision.isFloat16(leaf)) {
            return FLOAT16;
        }
        if (leaf.getLogicalTypeAnnotation() != null) {
            return null;
        }
        return switch (leaf.getPrimitiveTypeName()) {
            case FLOAT -> FLOAT;
            case DOUBLE -> DOUBLE;
            default -> null;
        };
    }

    /** The size in bytes of a plain value in a page. */
    int pageBytes() {
        return pageBytes;
    }

    /** The size in bytes in Spark's rows. */
    int valueBytes() {
        return valueBytes;
    }

    /** The type in Spark's rows. */
    DataType type() {
        return this == DOUBLE ? DataTypes.DoubleType : DataTypes.FloatType;
    }
}
