package io.sparkrnn.spark.feature;

import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A vector of Spark's ml or mllib in the form that its VectorUDT (org.apache.spark.ml.linalg, org.apache.spark.mllib.linalg) has in
 * a row: {@code struct<type: tinyint, size: int, indices: array<int>, values: array<double>>}, where type 1 is dense and has values
 * alone, and type 0 is sparse. Known by that form, so that spark-mllib need not be there; where it is not, Spark itself reads
 * the struct from files.
 */
final class SparkVector {
    /** How many fields it has. */
    static final int FIELDS = 4;

    private static final StructType FORM = new StructType()
            .add("type", DataTypes.ByteType)
            .add("size", DataTypes.IntegerType)
            .add("indices", DataTypes.createArrayType(DataTypes.IntegerType))
            .add("values", DataTypes.createArrayType(DataTypes.DoubleType));

    private static final byte SPARSE = 0;
    private static final byte DENSE = 1;

    private int size;
    private @Nullable ArrayData indices;
    private @Nullable ArrayData values;

    /** Whether a type is that of such a vector. */
    static boolean is(DataType type) {
        if (!(type instanceof StructType struct) || struct.length() != FIELDS) {
            return false;
        }
        for (int i = 0; i < FIELDS; i++) {
            DataType expected = FORM.fields()[i].dataType();
            if (!struct.fields()[i].name().equals(FORM.fields()[i].name())
                    || !struct.fields()[i].dataType().catalogString().equals(expected.catalogString())) {
                return false;
            }
        }
        return true;
    }

    /** Takes a vector, which has to stay as it is while this is used; false when its parts do not make one. */
    boolean take(InternalRow vector) {
        if (vector.isNullAt(0) || vector.isNullAt(3)) {
            return false;
        }
        values = vector.getArray(3);
        byte type = vector.getByte(0);
        if (type == DENSE) {
            indices = null;
            size = values.numElements();
            return true;
        }
        if (type != SPARSE || vector.isNullAt(1) || vector.isNullAt(2)) {
            return false;
        }
        size = vector.getInt(1);
        indices = vector.getArray(2);
        return hasIndices(indices, values.numElements(), size);
    }

    /** Whether there is one for each value, each above the one before, all of them within the vector. */
    private static boolean hasIndices(ArrayData indices, int values, int size) {
        if (indices.numElements() != values) {
            return false;
        }
        int last = -1;
        for (int i = 0; i < values; i++) {
            if (indices.isNullAt(i) || indices.getInt(i) <= last) {
                return false;
            }
            last = indices.getInt(i);
        }
        return last < size;
    }

    /** How many numbers it has, those that are 0 and not stored among them. */
    int size() {
        return size;
    }

    boolean isDense() {
        return indices == null;
    }

    /** The numbers that are stored. */
    ArrayData values() {
        return Objects.requireNonNull(values);
    }

    /** Of a sparse vector: which number of the vector a stored one is. */
    int index(int stored) {
        return Objects.requireNonNull(indices).getInt(stored);
    }

    /** Of a sparse vector: the first stored number that is at {@code index} or behind it. */
    int firstFrom(int index) {
        int low = 0;
        int high = values().numElements();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (index(middle) < index) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
