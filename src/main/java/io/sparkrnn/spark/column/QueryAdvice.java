package io.sparkrnn.spark.column;

import io.sparkrnn.spark.feature.NumberReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.jspecify.annotations.Nullable;

/**
 * What to select from an input whose columns are not such as features can be: SQL over a view {@code input}, which gives columns
 * of the same names that are.
 */
final class QueryAdvice {
    private static final String LEAD = "; this query over the view input (--input-query) would do: ";

    /** Names of columns that put rows in order, whatever their type. */
    private static final Pattern TIME = Pattern.compile(
            "at|ts|t|dt|ds|day|hour|minute|second|step|seq|order|when|.*(time|date|_at|_ts|timestamp).*",
            Pattern.CASE_INSENSITIVE);

    private final InputColumns input;
    private final List<InputColumn> features;
    private final int inputSize;
    private final @Nullable InputColumn id;
    private int variables;

    QueryAdvice(InputColumns input, List<InputColumn> features, int inputSize, @Nullable String id) {
        this.input = input;
        this.features = features;
        this.inputSize = inputSize;
        this.id = id == null ? input.column("id").orElse(null) : input.find(id, ColumnOptions.ID);
    }

    /** An expression whose value is a number, in so many arrays. */
    private record Numbers(String sql, int dimensions) {}

    /** What to add to the message that says what is wrong; nothing where no query is known that would do. */
    String text() {
        if (!input.areOfATable()) {
            return "";
        }
        String fields = fieldsOfStructs();
        if (!fields.isEmpty()) {
            return fields;
        }
        List<Numbers> numbers = new ArrayList<>();
        for (InputColumn feature : features) {
            Optional<Numbers> converted = converted(expression(feature), feature.type());
            if (converted.isEmpty()) {
                return "";
            }
            numbers.add(converted.get());
        }
        return numbers.stream().allMatch(one -> one.dimensions == 0)
                        && features.stream().noneMatch(feature -> feature.type() instanceof StringType)
                ? ofNumbers(numbers)
                : LEAD + ofArrays(numbers);
    }

    /** Of an array of structs with as many numbers as there are features, and other fields: what names the numbers. */
    private String fieldsOfStructs() {
        InputColumn array = features.get(0);
        StructType struct =
                features.size() > 1 || !(array.type() instanceof ArrayType) ? null : InputColumn.fields(array.type());
        if (struct == null) {
            return "";
        }
        List<String> numbers = Arrays.stream(struct.fields())
                .filter(field -> NumberReader.reads(field.dataType()))
                .map(field -> array.name() + "." + InputColumns.part(field.name()))
                .toList();
        return numbers.size() != inputSize || numbers.size() == struct.length()
                ? ""
                : "; name those of its fields that are features, in the order the network was trained with: "
                        + ColumnOptions.FEATURES + " " + String.join(",", numbers);
    }

    /** Of columns without an array: a row may be a step of a sequence, or a sequence of one step. */
    private String ofNumbers(List<Numbers> numbers) {
        Optional<StructField> order = order();
        if (id == null || order.isEmpty()) {
            return "; if rows are the steps of sequences, collect them by an id, in the order of a time; if each row is a"
                    + " sequence of one step," + LEAD.substring(1) + ofArrays(numbers);
        }
        List<String> fields = new ArrayList<>(List.of(name(order.get().name())));
        for (int i = 0; i < numbers.size(); i++) {
            fields.add("CAST(" + numbers.get(i).sql + " AS DOUBLE) AS f" + i);
        }
        String steps = "array_sort(collect_list(struct(" + String.join(", ", fields) + ")))";
        return "; if each row is a step of a sequence," + LEAD.substring(1)
                + (features.size() == 1 ? ofOneFeature(steps) : ofFeatures(steps));
    }

    private String ofOneFeature(String steps) {
        return "SELECT " + selectedId() + "transform(" + steps + ", e -> array(e.f0)) AS "
                + name(features.get(0).name()) + " FROM input GROUP BY " + expression(Objects.requireNonNull(id));
    }

    /** A column for each, as they were named. */
    private String ofFeatures(String steps) {
        InputColumn key = Objects.requireNonNull(id);
        String list = input.column("steps").isEmpty() ? "steps" : variable();
        List<String> selected = new ArrayList<>();
        for (int i = 0; i < features.size(); i++) {
            selected.add("transform(" + list + ", e -> e.f" + i + ") AS "
                    + name(features.get(i).name()));
        }
        return "SELECT " + name(key.name()) + ", " + String.join(", ", selected) + " FROM (SELECT " + selectedId()
                + steps + " AS " + list + " FROM input GROUP BY " + expression(key) + ")";
    }

    /** What puts events in order: a time, or what has the name of one and can be compared. */
    private Optional<StructField> order() {
        List<StructField> others = Arrays.stream(input.schema().fields())
                .filter(field -> features.stream()
                        .noneMatch(feature -> feature.top().field().equals(field)))
                .filter(field -> id == null || !id.top().field().equals(field))
                .toList();
        return others.stream()
                .filter(field -> field.dataType() instanceof TimestampType
                        || field.dataType() instanceof TimestampNTZType
                        || field.dataType() instanceof DateType)
                .findFirst()
                .or(() -> others.stream()
                        .filter(field -> field.dataType() instanceof StringType || NumberReader.reads(field.dataType()))
                        .filter(field -> TIME.matcher(field.name()).matches())
                        .findFirst());
    }

    private String ofArrays(List<Numbers> numbers) {
        List<String> selected = new ArrayList<>();
        for (int i = 0; i < features.size(); i++) {
            InputColumn feature = features.get(i);
            String sql = array(feature, numbers.get(i));
            String alias = name(feature.name());
            selected.add(sql.equals(alias) ? sql : sql + " AS " + alias);
        }
        return "SELECT " + selectedId() + String.join(", ", selected) + " FROM input";
    }

    private String selectedId() {
        if (id == null || features.contains(id)) {
            return "";
        }
        String sql = expression(id);
        String alias = name(id.name());
        return (sql.equals(alias) ? sql : sql + " AS " + alias) + ", ";
    }

    /** A feature's column as arrays, of as many dimensions as it can have. */
    private String array(InputColumn feature, Numbers numbers) {
        boolean each = features.size() > 1;
        if (feature.type() instanceof StringType) {
            return "from_json(" + expression(feature) + ", '"
                    + (each || inputSize == 1 ? "array<double>" : "array<array<double>>") + "')";
        }
        int excess = numbers.dimensions - (each ? 1 : 2);
        if (numbers.dimensions == 0) {
            return "array(" + numbers.sql + ")";
        } else if (excess <= 0) {
            return numbers.sql;
        }
        String step = variable();
        String inner = each ? numbers.sql : step;
        for (int i = 0; i < excess; i++) {
            inner = "flatten(" + inner + ")";
        }
        return each ? inner : "transform(" + numbers.sql + ", " + step + " -> " + inner + ")";
    }

    /** A value as numbers; empty where it is nothing that can be. */
    private Optional<Numbers> converted(String sql, DataType type) {
        if (NumberReader.reads(type)) {
            return Optional.of(new Numbers(sql, 0));
        } else if (type instanceof StringType) {
            return Optional.of(new Numbers("CAST(" + sql + " AS DOUBLE)", 0));
        } else if (type instanceof TimestampType || type instanceof TimestampNTZType) {
            return Optional.of(new Numbers("CAST(unix_timestamp(" + sql + ") AS DOUBLE)", 0));
        } else if (type instanceof DateType) {
            return Optional.of(new Numbers("CAST(unix_date(" + sql + ") AS DOUBLE)", 0));
        } else if (type instanceof ArrayType array) {
            String element = variable();
            return converted(element, array.elementType())
                    .map(one -> new Numbers(
                            one.sql.equals(element)
                                    ? sql
                                    : "transform(" + sql + ", " + element + " -> " + one.sql + ")",
                            one.dimensions + 1));
        } else if (type instanceof MapType map) {
            String key = variable();
            return converted(sql + "[" + key + "]", map.valueType())
                    .map(one -> new Numbers(
                            "transform(array_sort(map_keys(" + sql + ")), " + key + " -> " + one.sql + ")",
                            one.dimensions + 1));
        }
        return type instanceof StructType struct ? ofFields(sql, struct) : Optional.empty();
    }

    /** A struct of numbers as an array of them. */
    private Optional<Numbers> ofFields(String sql, StructType struct) {
        List<String> fields = new ArrayList<>();
        for (StructField field : struct.fields()) {
            Optional<Numbers> one = converted(sql + "." + name(field.name()), field.dataType());
            if (one.isEmpty() || one.get().dimensions > 0) {
                return Optional.empty();
            }
            fields.add(
                    field.dataType() instanceof BooleanType ? "CAST(" + one.get().sql + " AS DOUBLE)" : one.get().sql);
        }
        return fields.isEmpty()
                ? Optional.empty()
                : Optional.of(new Numbers("array(" + String.join(", ", fields) + ")", 1));
    }

    /** A name that no column has: a variable of a lambda would stand before the column. */
    private String variable() {
        while (true) {
            int number = variables++;
            String name = number < 4 ? "tvwx".substring(number, number + 1) : "v" + number;
            if (input.column(name).isEmpty()) {
                return name;
            }
        }
    }

    private static String expression(InputColumn column) {
        InputColumn parent = column.parent();
        String name = name(column.field().name());
        return parent == null ? name : expression(parent) + "." + name;
    }

    private static String name(String name) {
        return name.matches("[A-Za-z_][A-Za-z0-9_]*") ? name : InputColumns.quoted(name);
    }

    /** What to select from an input that has two columns of one name: all, the later ones under other names. */
    static String renamed(StructType schema) {
        List<String> names = new ArrayList<>();
        for (StructField field : schema.fields()) {
            String name = field.name();
            for (int i = 2; isIn(names, name); i++) {
                name = field.name() + "_" + i;
            }
            names.add(name);
        }
        return LEAD + "SELECT * FROM input AS input("
                + names.stream().map(QueryAdvice::name).collect(Collectors.joining(", ")) + ")";
    }

    private static boolean isIn(List<String> names, String name) {
        return names.stream().anyMatch(other -> InputColumns.same(other, name));
    }
}
