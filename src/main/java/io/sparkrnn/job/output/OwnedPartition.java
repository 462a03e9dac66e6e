package io.sparkrnn.job.output;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.SqlNames;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The partition of an output that a run owns, and replaces as a whole.
 *
 * @param values of its columns, in the order of their folders
 */
public record OwnedPartition(Map<String, String> values) {
    /** How Hive and Spark call the folder of a null. */
    public static final String NULL = "__HIVE_DEFAULT_PARTITION__";

    private static final String OPTION = "--output-partition";

    /** Characters that Hive and Spark write as % and two digits in the names of folders. */
    private static final String ESCAPED = "\"#%'*/:=?\\{}[]^\u007f";

    /** What stands between two columns, and what begins a column: a comma within a value is one of the value's. */
    private static final String NEXT = ",(?=[^,=]+=)";

    /** The one that a text such as {@code ds=2026-11-27,hour=3} names. */
    static OwnedPartition parse(String text) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String part : text.split(NEXT, -1)) {
            int equals = part.indexOf('=');
            String name = equals < 0 ? "" : part.substring(0, equals).trim();
            String value = equals < 0 ? "" : part.substring(equals + 1).trim();
            if (name.isEmpty() || value.isEmpty()) {
                throw new JobException(
                        ExitCode.USAGE,
                        OPTION + ": '" + text + "' is no partition; expected COLUMN=VALUE, such as ds=2026-11-27, and"
                                + " commas between several columns");
            }
            if (values.put(name, value) != null) {
                throw new JobException(ExitCode.USAGE, OPTION + ": column " + name + " is named twice in " + text);
            }
        }
        return new OwnedPartition(values);
    }

    /** The names of its folders, as Spark calls them: {@code ds=2026-11-27/hour=3}. */
    public String path() {
        return values.entrySet().stream()
                .map(value -> escaped(value.getKey()) + "=" + escaped(value.getValue()))
                .collect(Collectors.joining("/"));
    }

    private static String escaped(String name) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < name.length(); i++) {
            char character = name.charAt(i);
            if (character < ' ' || ESCAPED.indexOf(character) >= 0) {
                escaped.append(String.format(Locale.ROOT, "%%%02X", (int) character));
            } else {
                escaped.append(character);
            }
        }
        return escaped.toString();
    }

    /**
     * The rows without its columns, which a folder's name says. A row of another partition ends the job that reads them: it
     * would be found under a name that is not its own.
     */
    Dataset<Row> taken(Dataset<Row> rows) {
        Dataset<Row> left = checked(rows);
        String[] columns = values.keySet().stream()
                .flatMap(name -> found(rows.schema(), name).map(StructField::name).stream())
                .toArray(String[]::new);
        return columns.length == 0 ? left : left.drop(columns);
    }

    /** The schema of {@link #taken}. */
    StructType taken(StructType schema) {
        return new StructType(Arrays.stream(schema.fields())
                .filter(field -> values.keySet().stream().noneMatch(field.name()::equalsIgnoreCase))
                .toArray(StructField[]::new));
    }

    /**
     * The rows with its columns, for a table that has them.
     *
     * @param table the table's own columns
     */
    Dataset<Row> filled(Dataset<Row> rows, StructType table) {
        Dataset<Row> filled = checked(rows);
        for (Map.Entry<String, String> value : values.entrySet()) {
            if (found(rows.schema(), value.getKey()).isEmpty()) {
                filled = filled.withColumn(value.getKey(), literal(value, type(table, value.getKey())));
            }
        }
        return filled;
    }

    /** The schema of {@link #filled}. */
    StructType filled(StructType schema, StructType table) {
        List<StructField> fields = new ArrayList<>(List.of(schema.fields()));
        for (String name : values.keySet()) {
            if (found(schema, name).isEmpty()) {
                fields.add(DataTypes.createStructField(name, type(table, name), false));
            }
        }
        return new StructType(fields.toArray(StructField[]::new));
    }

    /** What the rows of a table fulfil that are in it. */
    public Column condition(StructType table) {
        return values.entrySet().stream()
                .map(value -> isIn(column(value.getKey()), value, type(table, value.getKey())))
                .reduce(Column::and)
                .orElseThrow();
    }

    private Dataset<Row> checked(Dataset<Row> rows) {
        Dataset<Row> checked = rows;
        for (Map.Entry<String, String> value : values.entrySet()) {
            Optional<StructField> field = found(rows.schema(), value.getKey());
            if (field.isPresent()) {
                Column column = column(field.get().name());
                // a whole condition, and none of which Spark knows that it is always true
                checked = checked.where(functions
                        .when(isIn(column, value, field.get().dataType()), functions.lit(true))
                        .otherwise(functions.raise_error(functions.concat(
                                functions.lit(OPTION + " " + value.getKey() + "=" + value.getValue()
                                        + ": a row has another value there: "),
                                functions.coalesce(column.cast("string"), functions.lit("null")),
                                functions.lit("; give --where for the rows of this partition alone"))))
                        .cast("boolean"));
            }
        }
        return checked;
    }

    private static Optional<StructField> found(StructType schema, String name) {
        return Arrays.stream(schema.fields())
                .filter(field -> field.name().equalsIgnoreCase(name))
                .findFirst();
    }

    private static DataType type(StructType table, String name) {
        return found(table, name)
                .map(StructField::dataType)
                .orElseThrow(() -> new JobException(
                        ExitCode.USAGE,
                        OPTION + ": the table has no column " + name + "; it has: "
                                + String.join(", ", table.fieldNames())));
    }

    private static Column column(String name) {
        return SqlNames.columns(List.of(name))[0];
    }

    private static Column isIn(Column column, Map.Entry<String, String> value, DataType type) {
        return value.getValue().equals(NULL) ? column.isNull() : column.equalTo(literal(value, type));
    }

    private static Column literal(Map.Entry<String, String> value, DataType type) {
        return functions
                .lit(value.getValue().equals(NULL) ? null : value.getValue())
                .cast(type);
    }
}
