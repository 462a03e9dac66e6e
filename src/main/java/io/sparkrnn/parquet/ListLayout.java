package io.sparkrnn.parquet;

import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.jspecify.annotations.Nullable;

/**
 * How a column of {@code array<float|double>} (depth 1) or {@code array<array<float|double>>} (depth 2) lies in a Parquet
 * file: what each definition level of its one leaf column means. In the three-level layout that the format prescribes,
 *
 * <pre>
 *   [optional] group NAME (LIST) { repeated group list { [optional] group element (LIST) {
 *       repeated group list { [optional] float|double element } } } }
 * </pre>
 *
 * the levels from below are: the list is null (if optional); {@link #emptyOuter}: it has no element; the next one: an
 * inner list is null (if optional); {@link #emptyInner}: the inner list has no element; the next one: an element is null
 * (if optional); {@link #value}: a value, the only level that has one in the page. At depth 1 the one list is both the outer
 * and the inner.
 *
 * @param leaf the column in the file
 * @param depth 1 or 2, which is also the highest repetition level
 * @param valueBytes the size of a value in bytes: 4 for float, 8 for double
 * @param emptyOuter the definition level of a list without elements
 * @param emptyInner the definition level of an inner list without elements
 * @param value the definition level of a value
 * @param outerOptional whether the list may be null
 * @param innerOptional whether an inner list may be null; at depth 1 as outerOptional
 * @param elementOptional whether an element may be null
 * @see <a href="https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists">Parquet's lists</a>
 */
record ListLayout(
        ColumnDescriptor leaf,
        int depth,
        int valueBytes,
        int emptyOuter,
        int emptyInner,
        int value,
        boolean outerOptional,
        boolean innerOptional,
        boolean elementOptional) {

    /** Whether Spark's {@code type} is one that a layout exists for. */
    static boolean isList(DataType type) {
        return valueType(type) != null;
    }

    /**
     * The layout of the file's column {@code field}, as Spark's {@code type}; null when it is another type, or laid out in
     * another way than the one above.
     */
    static @Nullable ListLayout of(MessageType schema, Type field, DataType type) {
        PrimitiveTypeName valueType = valueType(type);
        if (valueType == null) {
            return null;
        }
        Type outer = element(field);
        if (outer == null) {
            return null;
        }
        int depth = isNested(type) ? 2 : 1;
        Type element = depth == 2 ? element(outer) : outer;
        if (element == null
                || !element.isPrimitive()
                || element.isRepetition(Repetition.REPEATED)
                || element.getLogicalTypeAnnotation() != null
                || element.asPrimitiveType().getPrimitiveTypeName() != valueType) {
            return null;
        }
        Type inner = depth == 2 ? outer : field;
        int emptyOuter = level(field);
        int emptyInner = depth == 2 ? emptyOuter + 1 + level(outer) : emptyOuter;
        String[] path = depth == 2
                ? new String[] {field.getName(), only(field), outer.getName(), only(outer), element.getName()}
                : new String[] {field.getName(), only(field), element.getName()};
        return new ListLayout(
                schema.getColumnDescription(path),
                depth,
                valueType == PrimitiveTypeName.FLOAT ? Float.BYTES : Double.BYTES,
                emptyOuter,
                emptyInner,
                emptyInner + 1 + level(element),
                field.isRepetition(Repetition.OPTIONAL),
                inner.isRepetition(Repetition.OPTIONAL),
                element.isRepetition(Repetition.OPTIONAL));
    }

    /** The primitive type of the leaf. */
    PrimitiveType type() {
        return leaf.getPrimitiveType();
    }

    /** The name of the leaf with dots between the levels, as error messages have it. */
    String name() {
        return String.join(".", leaf.getPath());
    }

    private static int level(Type type) {
        return type.isRepetition(Repetition.OPTIONAL) ? 1 : 0;
    }

    private static String only(Type list) {
        return list.asGroupType().getType(0).getName();
    }

    private static boolean isNested(DataType type) {
        return ((ArrayType) type).elementType() instanceof ArrayType;
    }

    private static @Nullable PrimitiveTypeName valueType(DataType type) {
        if (!(type instanceof ArrayType list)) {
            return null;
        }
        DataType element = list.elementType();
        if (element instanceof ArrayType inner) {
            element = inner.elementType();
        }
        if (element instanceof FloatType) {
            return PrimitiveTypeName.FLOAT;
        }
        return element instanceof DoubleType ? PrimitiveTypeName.DOUBLE : null;
    }

    /** The element of a three-level list; null when {@code type} is none. */
    private static @Nullable Type element(Type type) {
        if (type.isPrimitive()
                || type.isRepetition(Repetition.REPEATED)
                || !(type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation)) {
            return null;
        }
        GroupType list = type.asGroupType();
        if (list.getFieldCount() != 1
                || list.getType(0).isPrimitive()
                || !list.getType(0).isRepetition(Repetition.REPEATED)) {
            return null;
        }
        GroupType repeated = list.getType(0).asGroupType();
        // By these two names a group is itself the element, in files of old writers.
        boolean legacy =
                repeated.getName().equals("array") || repeated.getName().equals(list.getName() + "_tuple");
        return legacy || repeated.getFieldCount() != 1 ? null : repeated.getType(0);
    }
}
