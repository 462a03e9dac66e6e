package io.sparkrnn.spark;

import io.sparkrnn.model.Precision;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.unsafe.Platform;

/**
 * {@code nested(bytes)}: the {@code array<array<number>>} that a {@link NestedArray} is the image of, and {@code
 * flat(bytes)}, the {@code array<number>} of a single row of one; copies nothing.
 */
public final class NestedFunction implements ScalarFunction<ArrayData> {
    private static final long serialVersionUID = 1;

    private final String name;
    private final DataType type;

    private NestedFunction(String name, DataType type) {
        this.name = name;
        this.type = type;
    }

    static NestedFunction nested(Precision precision) {
        return new NestedFunction("nested_" + precision, DataTypes.createArrayType(row(precision), false));
    }

    static NestedFunction flat(Precision precision) {
        return new NestedFunction("flat_" + precision, row(precision));
    }

    private static DataType row(Precision precision) {
        DataType number = precision == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType;
        return DataTypes.createArrayType(number, false);
    }

    /** The array in {@code image}, which must not be modified as long as the array is used. */
    public ArrayData invoke(byte[] image) {
        UnsafeArrayData array = new UnsafeArrayData();
        array.pointTo(image, Platform.BYTE_ARRAY_OFFSET, image.length);
        return array;
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {DataTypes.BinaryType};
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
        return name;
    }

    @Override
    public String canonicalName() {
        return "spark_rnn." + name();
    }
}
