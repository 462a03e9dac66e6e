package io.sparkrnn.spark;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.SQLUserDefinedType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;

/** A type of a user's own of the form of Spark's VectorUDT, which spark-mllib has and these tests do not. */
public final class TestVectorType extends UserDefinedType<TestVectorType.Vector> {
    private static final long serialVersionUID = 1;

    /** A vector; sparse where it has indices. */
    @SQLUserDefinedType(udt = TestVectorType.class)
    public record Vector(int size, int[] indices, double[] values) {
        /** With all its numbers. */
        public static Vector dense(double... values) {
            return new Vector(values.length, new int[0], values);
        }
    }

    @Override
    public DataType sqlType() {
        return new StructType()
                .add("type", DataTypes.ByteType, false)
                .add("size", DataTypes.IntegerType, true)
                .add("indices", DataTypes.createArrayType(DataTypes.IntegerType, false), true)
                .add("values", DataTypes.createArrayType(DataTypes.DoubleType, false), true);
    }

    @Override
    public Object serialize(Vector vector) {
        boolean dense = vector.size == vector.values.length;
        return new GenericInternalRow(new Object[] {
            (byte) (dense ? 1 : 0),
            dense ? null : vector.size,
            dense ? null : UnsafeArrayData.fromPrimitiveArray(vector.indices),
            UnsafeArrayData.fromPrimitiveArray(vector.values)
        });
    }

    @Override
    public Vector deserialize(Object datum) {
        InternalRow row = (InternalRow) datum;
        double[] values = row.getArray(3).toDoubleArray();
        return row.getByte(0) == 1
                ? Vector.dense(values)
                : new Vector(row.getInt(1), row.getArray(2).toIntArray(), values);
    }

    @Override
    public Class<Vector> userClass() {
        return Vector.class;
    }
}
