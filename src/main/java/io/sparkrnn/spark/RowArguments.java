package io.sparkrnn.spark;

import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.column.RowName;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.sequence.RowColumns;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.UserDefinedType;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a {@link RowFunction}, and where they go.
 *
 * @param types of each
 * @param steps those that are taken at each step
 * @param packed whether these go as a struct, for each its part
 * @param once those that are taken once for a row, each as an array
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RowArguments(List<DataType> types, int[] steps, Packed packed, int[] once) implements Serializable {
    private static final long serialVersionUID = 1;

    /** How what is taken at each step goes to its reader. */
    enum Packed {
        ALONE,
        STRUCT
    }

    /** Arguments, and how they are read as if they were columns of a table. */
    record Read(RowArguments arguments, RowColumns columns) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * Those of a function.
     *
     * @param name what messages call it
     * @param types of what it is given
     * @throws InputException when these are not what the computation takes
     */
    static Read read(
            String name,
            List<DataType> types,
            Computation computation,
            ColumnChoice choice,
            @Nullable Standardization standardization) {
        List<String> names = computation.inputs();
        if (types.size() != names.size()) {
            throw new InputException(name + ": " + types.size() + (types.size() == 1 ? " argument" : " arguments")
                    + ", and the network takes " + names.size() + ": " + String.join(", ", names));
        }
        StructField[] fields = new StructField[names.size()];
        for (int i = 0; i < fields.length; i++) {
            fields[i] = new StructField(names.get(i), types.get(i), true, Metadata.empty());
        }
        InputColumns values = new InputColumns(new StructType(fields));
        FeatureColumns steps = computation.features(values, choice);
        FeatureColumns once = computation.rowInputs(values, choice);
        if (once != null && once.layout() instanceof InputFeatures.Layout layout) {
            for (InputFeatures.Part part : layout.parts()) {
                DataType type = types.get(names.indexOf(part.input()));
                if (type instanceof ArrayType rows && rows.elementType() instanceof ArrayType) {
                    throw new InputException(name + ": " + part.input() + " is " + type.catalogString()
                            + "; the network takes it once for a row: expected a number, or an array of numbers");
                }
            }
        }
        RowColumns columns = new RowColumns(
                new StructType(),
                new StructType(),
                steps.layout(),
                computation.stepWidth(),
                standardization,
                choice.steps(values),
                null,
                null,
                once == null ? null : (InputFeatures.Layout) once.layout(),
                new RowName.OfCall(name));
        return new Read(
                new RowArguments(
                        List.copyOf(types),
                        places(names, steps),
                        steps.layout() instanceof InputFeatures.Layout ? Packed.STRUCT : Packed.ALONE,
                        once == null ? new int[0] : places(names, once)),
                columns);
    }

    private static int[] places(List<String> names, FeatureColumns of) {
        return of.layout() instanceof InputFeatures.Layout layout
                ? layout.parts().stream()
                        .mapToInt(part -> names.indexOf(part.input()))
                        .toArray()
                : new int[] {names.indexOf(of.parts().get(0).field().name())};
    }

    private @Nullable Object value(InternalRow row, int argument) {
        DataType type = types.get(argument);
        return row.isNullAt(argument)
                ? null
                : row.get(argument, type instanceof UserDefinedType<?> own ? own.sqlType() : type);
    }

    @Nullable
    Object ofSteps(InternalRow row) {
        return packed == Packed.ALONE ? value(row, steps[0]) : struct(row, steps);
    }

    @Nullable
    InternalRow ofRow(InternalRow row) {
        return once.length == 0 ? null : struct(row, once);
    }

    private InternalRow struct(InternalRow row, int[] which) {
        Object[] values = new Object[which.length];
        for (int i = 0; i < values.length; i++) {
            Object value = value(row, which[i]);
            boolean isNumber = value != null && !(value instanceof ArrayData) && !(value instanceof InternalRow);
            values[i] = isNumber ? new GenericArrayData(new Object[] {value}) : value;
        }
        return new GenericInternalRow(values);
    }

    boolean anyIsNull(InternalRow row) {
        for (int i = 0; i < types.size(); i++) {
            if (row.isNullAt(i)) {
                return true;
            }
        }
        return false;
    }
}
