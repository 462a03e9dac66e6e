package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.HalfPrecision;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeLogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimestampLogicalTypeAnnotation;
import org.apache.parquet.schema.PrimitiveType;

/**
 * A column of a Parquet file whose type Spark has no type for.
 *
 * @param file the file
 * @param name the column's name
 * @param leaf the name of what in it has that type, with dots; the column's own where it is no struct, list or map
 * @param type that type, in words
 * @param cure how to have the column read, as an imperative
 */
public record UnreadColumn(String file, String name, String leaf, String type, String cure) {
    /** Spark's setting that makes numbers of what it has no type for. */
    private static final String NANOS_AS_LONG = "spark.sql.legacy.parquet.nanosAsLong";

    public static UnreadColumn of(String file, String name, String leaf, PrimitiveType type) {
        LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
        if (annotation instanceof TimestampLogicalTypeAnnotation timestamp && timestamp.getUnit() == TimeUnit.NANOS) {
            return new UnreadColumn(
                    file,
                    name,
                    leaf,
                    "timestamp in nanoseconds",
                    "give --conf " + NANOS_AS_LONG + "=true to keep it as bigint");
        }
        if (annotation instanceof TimeLogicalTypeAnnotation time) {
            return new UnreadColumn(
                    file,
                    name,
                    leaf,
                    "time of day in " + words(time.getUnit()),
                    "write it anew as timestamp or string");
        }
        if (HalfPrecision.isFloat16(type)) {
            return new UnreadColumn(file, name, leaf, "float16", "write it anew as float");
        }
        return new UnreadColumn(file, name, leaf, words(type), "write it anew as another type");
    }

    /** Of a column whose types are all well known, but not how they are put together. */
    public static UnreadColumn ofLayout(String file, String name) {
        return new UnreadColumn(file, name, name, "a layout that is not known", "write it anew");
    }

    /** The column and its type, as a message has them. */
    public String description() {
        return leaf.equals(name)
                ? "column " + name + " (" + type + ")"
                : "column " + name + " (in which " + leaf + " is " + type + ")";
    }

    private static String words(TimeUnit unit) {
        return switch (unit) {
            case MILLIS -> "milliseconds";
            case MICROS -> "microseconds";
            case NANOS -> "nanoseconds";
        };
    }

    private static String words(PrimitiveType type) {
        LogicalTypeAnnotation annotation = type.getLogicalTypeAnnotation();
        return type.getPrimitiveTypeName() + (annotation == null ? "" : " " + annotation);
    }
}
