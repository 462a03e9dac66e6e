package io.sparkrnn.spark.column;

import io.sparkrnn.spark.invalid.InputException;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A column of an input, or a field of one: of a struct, or of all structs of an array, which makes an array of it.
 *
 * @param parent what it is a field of; null for a column
 * @param field it, as the input spells it
 * @param type the type of {@link #column}
 */
public record InputColumn(@Nullable InputColumn parent, StructField field, DataType type) {
    /** A column of the input's own. */
    public static InputColumn of(StructField field) {
        return new InputColumn(null, field, field.dataType());
    }

    /**
     * A field of this column.
     *
     * @param option what named it, for the message
     * @throws InputException when there is none of that name
     */
    InputColumn field(String wanted, String option) {
        StructType fields = fields(type);
        if (fields == null) {
            throw new InputException(option + ": column " + name() + " is " + type.catalogString()
                    + ", which has no field '" + wanted + "'; expected a struct, or an array of structs");
        }
        List<StructField> found = InputColumns.named(fields, wanted);
        if (found.isEmpty()) {
            throw new InputException(option + ": " + name() + " has no field '" + wanted + "'; it has: "
                    + InputColumns.describe(fields));
        }
        if (found.size() > 1) {
            boolean apart = found.stream().map(StructField::name).distinct().count() == found.size();
            throw new InputException(option + ": " + name() + " has two fields named " + wanted
                    + (apart
                            ? " but for capital letters; to tell them apart, set spark.sql.caseSensitive to true"
                            : "; give one of them another name"));
        }
        StructField one = found.get(0);
        boolean nullable = type instanceof ArrayType array ? array.containsNull() || one.nullable() : one.nullable();
        return new InputColumn(
                this,
                one,
                type instanceof ArrayType ? DataTypes.createArrayType(one.dataType(), nullable) : one.dataType());
    }

    /** The fields that can be named below a column of {@code type}; null when there are none. */
    static @Nullable StructType fields(DataType type) {
        if (type instanceof StructType fields) {
            return fields;
        }
        return type instanceof ArrayType array && array.elementType() instanceof StructType fields ? fields : null;
    }

    /** Whether it is a field of something. */
    public boolean isInStruct() {
        return parent != null;
    }

    /** Whether it is a field of the structs of an array. */
    boolean isOfAnArray() {
        return parent != null && parent.type instanceof ArrayType;
    }

    /** The array whose structs it is a field of. */
    InputColumn array() {
        return Objects.requireNonNull(parent);
    }

    /** The column of the input's own that it is, or is in. */
    public InputColumn top() {
        return parent == null ? this : parent.top();
    }

    /** What a message calls it, and an option finds it by: its path, with backticks where a name has a dot. */
    public String name() {
        return parent == null ? field.name() : parent.path() + "." + InputColumns.part(field.name());
    }

    private String path() {
        return parent == null ? InputColumns.part(field.name()) : name();
    }

    /** It for Spark. */
    public Column column() {
        return parent == null
                ? functions.col(InputColumns.quoted(field.name()))
                : parent.column().getField(field.name());
    }
}
