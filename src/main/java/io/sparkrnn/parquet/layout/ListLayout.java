package io.sparkrnn.parquet.layout;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation.ListLogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.StructType;
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
 * <p>Older layouts differ from this one in two ways, and have the same levels with fewer of them: the repeated field is
 * itself the element (two levels; a list of lists is then such a field that is a list), or there is no group around it (a bare
 * repeated column, which is a list that is never null). Which they are is decided as Spark's schema decides it.
 *
 * @param leaf the column in the file
 * @param depth 1 or 2, which is also the highest repetition level
 * @param number what the values are
 * @param emptyOuter the definition level of a list without elements
 * @param emptyInner the definition level of an inner list without elements
 * @param value the definition level of a value
 * @param outerOptional whether the list may be null
 * @param innerOptional whether an inner list may be null; at depth 1 as outerOptional
 * @param elementOptional whether an element may be null
 * @param structs for each struct around the column, from the outermost on, the lowest definition level at which it is there
 * @see <a href="https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists">Parquet's lists, and the rules
 *     for older ones</a>
 */
public record ListLayout(
        ColumnDescriptor leaf,
        int depth,
        PageNumber number,
        int emptyOuter,
        int emptyInner,
        int value,
        boolean outerOptional,
        boolean innerOptional,
        boolean elementOptional,
        List<Integer> structs) {

    /** Whether Spark's {@code type} is one that a layout exists for. */
    public static boolean isList(DataType type) {
        return depth(type) > 0;
    }

    /** Whether Spark's {@code type} is one that a layout exists for, or a struct that has such a field, however deep. */
    public static boolean isIn(DataType type) {
        return isList(type)
                || (type instanceof StructType struct
                        && Arrays.stream(struct.fields()).anyMatch(field -> isIn(field.dataType())));
    }

    /** How many lists Spark's {@code type} is of floats or doubles, one in the other, 1 or 2; 0 when it is another type. */
    private static int depth(DataType type) {
        if (!(type instanceof ArrayType list)) {
            return 0;
        }
        return list.elementType() instanceof ArrayType inner
                ? (isNumber(inner.elementType()) ? 2 : 0)
                : (isNumber(list.elementType()) ? 1 : 0);
    }

    private static boolean isNumber(DataType type) {
        return type instanceof FloatType || type instanceof DoubleType;
    }

    /**
     * The layout of the file's column {@code field}, as Spark's {@code type}; null when it is another type, or laid out in
     * another way than those above.
     */
    public static @Nullable ListLayout of(MessageType schema, Type field, DataType type) {
        return of(schema, List.of(), field, type);
    }

    /** As the other one, of a field in structs. Each of these is a level more where it is optional. */
    public static @Nullable ListLayout of(MessageType schema, List<GroupType> structs, Type field, DataType type) {
        ListLayout layout = new Descent(structs, field).layout(schema);
        if (layout == null || layout.depth != depth(type)) {
            return null;
        }
        DataType element = ((ArrayType) type).elementType();
        return layout.number.type().equals(layout.depth == 2 ? ((ArrayType) element).elementType() : element)
                ? layout
                : null;
    }

    /** The way from a column down to its leaf: the lists that are passed, and the definition level so far. */
    private static final class Descent {
        private final List<String> path = new ArrayList<>();
        /** For each list passed, the level at which it has no element, and whether it may be null. */
        private final List<Integer> empty = new ArrayList<>();

        private final List<Integer> structs = new ArrayList<>();
        private final List<Boolean> optional = new ArrayList<>();
        private int level;
        private @Nullable Type at;

        Descent(List<GroupType> around, Type field) {
            for (GroupType struct : around) {
                path.add(struct.getName());
                level += struct.isRepetition(Repetition.OPTIONAL) ? 1 : 0;
                structs.add(level);
            }
            this.at = field;
            path.add(field.getName());
            if (field.isRepetition(Repetition.REPEATED)) {
                repeat(field);
            }
            while (at != null && isList(at)) {
                enter(at.asGroupType());
            }
        }

        private static boolean isList(Type type) {
            return !type.isPrimitive() && type.getLogicalTypeAnnotation() instanceof ListLogicalTypeAnnotation;
        }

        /** Goes through the repeated field of {@code list}, the current place, to its element. */
        private void enter(GroupType list) {
            level += list.isRepetition(Repetition.OPTIONAL) ? 1 : 0;
            if (list.getFieldCount() != 1 || !list.getType(0).isRepetition(Repetition.REPEATED)) {
                at = null;
                return;
            }
            Type repeated = list.getType(0);
            path.add(repeated.getName());
            repeat(list);
            at = repeated;
            if (!isElement(repeated, list.getName())) {
                at = repeated.asGroupType().getType(0);
                path.add(at.getName());
                if (at.isRepetition(Repetition.REPEATED)) {
                    // An element that is a bare list. Spark does not take it for one, and is left to say what it is.
                    at = null;
                }
            }
        }

        private void repeat(Type list) {
            empty.add(level);
            optional.add(list.isRepetition(Repetition.OPTIONAL));
            level++;
        }

        /** Whether the repeated field of a list is itself the element, and no group around it. */
        private static boolean isElement(Type repeated, String list) {
            return repeated.isPrimitive()
                    || repeated.asGroupType().getFieldCount() != 1
                    || repeated.getName().equals("array")
                    || repeated.getName().equals(list + "_tuple");
        }

        @Nullable
        ListLayout layout(MessageType schema) {
            int depth = empty.size();
            if (at == null || !at.isPrimitive() || depth < 1 || depth > 2) {
                return null;
            }
            PageNumber number = PageNumber.of(at.asPrimitiveType());
            if (number == null) {
                return null;
            }
            boolean elementOptional = at.isRepetition(Repetition.OPTIONAL);
            return new ListLayout(
                    schema.getColumnDescription(path.toArray(String[]::new)),
                    depth,
                    number,
                    empty.get(0),
                    empty.get(depth - 1),
                    level + (elementOptional ? 1 : 0),
                    optional.get(0),
                    optional.get(depth - 1),
                    elementOptional,
                    List.copyOf(structs));
        }
    }

    /** The size in bytes of a plain value in a page. */
    public int pageBytes() {
        return number.pageBytes();
    }

    /** The size of a value in bytes in Spark's rows. */
    public int valueBytes() {
        return number.valueBytes();
    }

    /** Whether a field is a struct, and no list or map. */
    public static boolean isStruct(Type field) {
        return !field.isPrimitive()
                && !field.isRepetition(Repetition.REPEATED)
                && field.getLogicalTypeAnnotation() == null;
    }

    /** How many of the structs around the column are there at a definition level. */
    public int structsAt(int definition) {
        int there = 0;
        while (there < structs.size() && structs.get(there) <= definition) {
            there++;
        }
        return there;
    }

    /** The primitive type of the leaf. */
    public PrimitiveType type() {
        return leaf.getPrimitiveType();
    }

    /** The name of the leaf with dots between the levels, as error messages have it. */
    public String name() {
        return String.join(".", leaf.getPath());
    }
}
