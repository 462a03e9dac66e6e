package io.sparkrnn.spark;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * The columns that pass through: as Spark's own image of a row, so that a value of any type, known to this project or
 * not, comes out as it went in.
 */
public final class RowFunctions {
    private RowFunctions() {}

    /** {@code row_image(struct)}: the struct as bytes. */
    public static final class Image implements ScalarFunction<byte[]> {
        private static final long serialVersionUID = 1;

        private final StructType type;

        // Made where it is used: each task has its own copy of this function, and a projection is for one thread.
        private transient @Nullable UnsafeProjection projection;

        Image(StructType type) {
            this.type = type;
        }

        /** The image of {@code row}, in a new array. */
        public byte[] invoke(InternalRow row) {
            if (projection == null) {
                projection = UnsafeProjection.create(type);
            }
            return projection.apply(row).copy().getBytes();
        }

        @Override
        public DataType[] inputTypes() {
            return new DataType[] {type};
        }

        @Override
        public DataType resultType() {
            return DataTypes.BinaryType;
        }

        @Override
        public boolean isResultNullable() {
            return false;
        }

        @Override
        public String name() {
            return "row_image";
        }

        @Override
        public String canonicalName() {
            return "spark_rnn.row_image(" + type.catalogString() + ")";
        }
    }

    /** {@code row_of(bytes, example)}: the struct again. The example, a null, only tells the type. */
    public static final class Restored implements ScalarFunction<InternalRow> {
        private static final long serialVersionUID = 1;

        private final StructType type;

        Restored(StructType type) {
            this.type = type;
        }

        /** The row in {@code image}, which must not be modified as long as the row is used. */
        public InternalRow invoke(byte[] image, @Nullable InternalRow example) {
            UnsafeRow row = new UnsafeRow(type.length());
            row.pointTo(image, Platform.BYTE_ARRAY_OFFSET, image.length);
            return row;
        }

        @Override
        public DataType[] inputTypes() {
            return new DataType[] {DataTypes.BinaryType, type};
        }

        @Override
        public DataType resultType() {
            return type;
        }

        @Override
        public boolean isResultNullable() {
            return false;
        }

        @Override
        public String name() {
            return "row_of";
        }

        @Override
        public String canonicalName() {
            return "spark_rnn.row_of(" + type.catalogString() + ")";
        }
    }
}
