package io.sparkrnn.spark.result;

import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Precision;
import java.io.Serializable;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/** A column that a scorer adds: an array of numbers, an array of such, or the number of steps that were scored. */
public record ResultColumn(String name, DataType type) implements Serializable {
    private static final long serialVersionUID = 1;

    /** The number of steps that were scored. */
    public static final ResultColumn LENGTHS = new ResultColumn(Output.LENGTHS.column(), DataTypes.IntegerType);

    /** Numbers: {@code array<number>}. */
    public static ResultColumn list(String name, Precision precision) {
        return new ResultColumn(name, numbers(precision));
    }

    /** An output of a whole network. */
    public static ResultColumn of(GraphOutput output, Precision precision) {
        ArrayType numbers =
                output.isWhole() ? DataTypes.createArrayType(DataTypes.LongType, false) : numbers(precision);
        return new ResultColumn(
                output.name(),
                output.form() == GraphOutput.Form.NUMBERS_OF_STEP
                        ? DataTypes.createArrayType(numbers, false)
                        : numbers);
    }

    /** Rows of numbers: {@code array<array<number>>}. */
    public static ResultColumn matrix(String name, Precision precision) {
        return new ResultColumn(name, DataTypes.createArrayType(numbers(precision), false));
    }

    private static ArrayType numbers(Precision precision) {
        return DataTypes.createArrayType(
                precision == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType, false);
    }

    /** The column of one step of it: {@code array<number>}. */
    public ResultColumn ofStep() {
        return type instanceof ArrayType rows && rows.elementType() instanceof ArrayType numbers
                ? new ResultColumn(name, numbers)
                : this;
    }

    /** Whether it is {@link #LENGTHS}. */
    public boolean isLength() {
        return equals(LENGTHS);
    }
}
