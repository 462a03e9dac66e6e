package io.sparkrnn.parquet;

import io.sparkrnn.platform.ScalaCollections;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Values of any reader as text in which two floats are the same only if their bits are. */
public final class Values {
    private Values() {}

    /** The table's rows in the order of id, one line a row: {@code name=value, ...} in the order of names. */
    public static List<String> of(Dataset<Row> table) {
        return of(table, bytes -> Arrays.toString(bytes));
    }

    /** The same, with what {@code bytes} makes of binary values in their place. */
    public static List<String> of(Dataset<Row> table, Function<byte[], Object> bytes) {
        String[] names = table.columns();
        return table.collectAsList().stream()
                .sorted(Comparator.comparing(row -> row.<Long>getAs("id")))
                .map(row -> {
                    List<String> cells = new ArrayList<>();
                    for (int i = 0; i < names.length; i++) {
                        cells.add(names[i] + "=" + text(replaced(row.get(i), bytes)));
                    }
                    cells.sort(null);
                    return String.join(", ", cells);
                })
                .toList();
    }

    private static @Nullable Object replaced(@Nullable Object value, Function<byte[], Object> bytes) {
        if (value instanceof scala.collection.Seq<?> elements) {
            return ScalaCollections.list(elements).stream()
                    .map(element -> replaced(element, bytes))
                    .toArray();
        }
        return value instanceof byte[] binary ? bytes.apply(binary) : value;
    }

    /** A value as text. */
    public static String text(@Nullable Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Float number) {
            return Float.isNaN(number) ? "NaN" : Integer.toHexString(Float.floatToRawIntBits(number));
        }
        if (value instanceof Double number) {
            return Double.isNaN(number) ? "NaN" : Long.toHexString(Double.doubleToRawLongBits(number));
        }
        if (value instanceof Object[] values) {
            return Arrays.stream(values).map(Values::text).collect(Collectors.joining(",", "[", "]"));
        }
        if (value instanceof List<?> list) {
            return text(list.toArray());
        }
        if (value instanceof scala.collection.Map<?, ?> map) {
            return ScalaCollections.javaMap(map).entrySet().stream()
                    .map(entry -> entry.getKey() + ":" + text(entry.getValue()))
                    .sorted()
                    .collect(Collectors.joining(",", "{", "}"));
        }
        if (value instanceof Row row) {
            List<Object> fields = new ArrayList<>();
            for (int i = 0; i < row.length(); i++) {
                fields.add(row.get(i));
            }
            return text(fields);
        }
        if (value instanceof scala.collection.Seq<?> elements) {
            return text(ScalaCollections.list(elements));
        }
        if (value instanceof java.sql.Array array) {
            try {
                return text(array.getArray());
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
        return value.toString().toLowerCase(Locale.ROOT);
    }

    /** A field of parquet-java's example records, of lists and primitives. */
    public static String text(Group group, String field) {
        Type type = group.getType().getType(field);
        return group.getFieldRepetitionCount(field) == 0 ? "null" : text(group, type, 0);
    }

    private static String text(Group group, Type type, int index) {
        if (type.isPrimitive()) {
            return switch (type.asPrimitiveType().getPrimitiveTypeName()) {
                case FLOAT -> text((Object) group.getFloat(type.getName(), index));
                case DOUBLE -> text((Object) group.getDouble(type.getName(), index));
                default -> group.getValueToString(group.getType().getFieldIndex(type.getName()), index);
            };
        }
        if (!(type.getLogicalTypeAnnotation() instanceof LogicalTypeAnnotation.ListLogicalTypeAnnotation)) {
            throw new IllegalArgumentException("not a list: " + type);
        }
        Group list = group.getGroup(type.getName(), index);
        List<String> elements = new ArrayList<>();
        for (int i = 0; i < list.getFieldRepetitionCount("list"); i++) {
            elements.add(text(list.getGroup("list", i), "element"));
        }
        return "[" + String.join(",", elements) + "]";
    }
}
