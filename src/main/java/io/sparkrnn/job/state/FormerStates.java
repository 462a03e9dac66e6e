package io.sparkrnn.job.state;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The table of states that an earlier run left, found and checked: an id, its states and, of events, what the last one was at. */
final class FormerStates {
    /** Ids that a message names. */
    private static final int FEW = 10;

    private final StateOrigin origin;
    private final String id;
    private final List<String> states;
    private final Dataset<Row> rows;

    private FormerStates(
            StateOrigin origin, String id, List<String> states, Dataset<Row> all, DataType type, Precision precision) {
        this.origin = origin;
        this.id = id;
        this.states = states;
        rows = select(all, type, precision);
    }

    /**
     * Those of an earlier run: its rows by the names id, h_n and c_n, each of the type that a run gives, and as they are those
     * columns whose names begin with {@link EventColumns#LAST}.
     *
     * @param origin where they are, looked at
     * @param table that is scored
     * @param id its column of ids
     * @param states h_n, and c_n of an LSTM
     * @throws InputException when they cannot be read
     * @throws JobException when a column is missing, or of another type
     */
    static FormerStates read(
            SparkSession session,
            StateOrigin origin,
            Dataset<Row> table,
            String id,
            List<String> states,
            Precision precision) {
        return new FormerStates(
                origin,
                id,
                states,
                origin.rows(session),
                table.schema().apply(id).dataType(),
                precision);
    }

    /** The rows, one an id: the id, h_n, c_n of an LSTM, then what tells of the last event. */
    Dataset<Row> rows() {
        return rows;
    }

    /** The columns of states, which are in {@link #rows} by these names. */
    List<String> states() {
        return states;
    }

    private Dataset<Row> select(Dataset<Row> all, DataType wanted, Precision precision) {
        String named = found(all, id);
        DataType type = all.schema().apply(named).dataType();
        if (!type.equals(wanted)) {
            throw refused("its column " + named + " is " + type.catalogString() + ", and that of the input is "
                    + wanted.catalogString() + "; give both one type (--input-query)");
        }
        if (type instanceof ArrayType || type instanceof MapType || type instanceof StructType) {
            throw refused("rows cannot be joined by " + id + ", which is " + type.catalogString()
                    + "; name a column of numbers, text, bytes or dates with --id");
        }
        DataType number = precision == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType;
        List<Column> columns = new ArrayList<>(List.of(column(named).as(id)));
        for (String state : states) {
            String there = found(all, state);
            DataType is = all.schema().apply(there).dataType();
            if (!(is instanceof ArrayType rows)
                    || !(rows.elementType() instanceof ArrayType row)
                    || !row.elementType().equals(number)) {
                throw refused("its column " + there + " is " + is.catalogString() + "; expected array<array<"
                        + number.catalogString() + ">>, as this run computes in " + precision
                        + ": give the --precision of the run that wrote it, or name other states");
            }
            columns.add(column(there).as(state));
        }
        Arrays.stream(all.schema().fieldNames())
                .filter(name -> name.startsWith(EventColumns.LAST))
                .forEach(name -> columns.add(column(name)));
        return all.select(columns.toArray(Column[]::new));
    }

    /** A column by its name, whatever is in it. */
    static Column column(String name) {
        return functions.col(SqlNames.quoted(name));
    }

    private JobException refused(String why) {
        return origin.refused(ExitCode.INPUT, origin.address() + ": " + why);
    }

    private String found(Dataset<Row> rows, String name) {
        List<String> columns = Arrays.asList(rows.schema().fieldNames());
        return columns.stream()
                .filter(name::equals)
                .findFirst()
                .or(() -> columns.stream().filter(name::equalsIgnoreCase).findFirst())
                .orElseThrow(() -> refused("it has no column " + name + ", only " + String.join(", ", columns)
                        + (name.equals(id)
                                ? "; name the column of ids that both have with --id"
                                : "; name a --state-output, or an output that was written with --outputs "
                                        + String.join(",", states))));
    }

    /**
     * Looks at the ids, of a table of sequences and of former states, in a job of Spark's: each may be there once.
     *
     * @param former null before a first night
     * @param option that says that states are carried
     */
    static void checkIds(Dataset<Row> table, String id, @Nullable FormerStates former, String option) {
        Dataset<Row> ids = counted(table.select(column(id).as("id")).where("id IS NOT NULL"), 1, 0);
        if (former != null) {
            former.checkWhole();
            ids = ids.unionAll(counted(former.rows.select(column(id).as("id")), 0, 1));
        }
        List<Row> twice = ids.groupBy("id")
                .agg(functions.sum("input").as("input"), functions.sum("states").as("states"))
                .where("input > 1 OR states > 1")
                .limit(FEW)
                .collectAsList();
        if (former != null && twice.stream().anyMatch(row -> row.getLong(2) > 1)) {
            throw former.refused("of an id there is one state, and " + named(id, twice, 2)
                    + " more than one row; nothing was written. Name states with one row of each id, such as a"
                    + " --state-output");
        }
        if (!twice.isEmpty()) {
            throw new InputException(option + ": the states of an id go on with one row, and in the input "
                    + named(id, twice, 1)
                    + " more than one, which would all begin with the same; nothing was written. Where a row is an event, say"
                    + " so (--layout events); else put the steps of an id into one row, in their order, in a query"
                    + " (--input-query), or score the rows in several runs");
        }
    }

    private static Dataset<Row> counted(Dataset<Row> ids, long input, long states) {
        return ids.withColumn("input", functions.lit(input)).withColumn("states", functions.lit(states));
    }

    private static String named(String id, List<Row> rows, int count) {
        List<String> found = rows.stream()
                .filter(row -> row.getLong(count) > 1)
                .map(row -> String.valueOf(row.get(0)))
                .sorted()
                .toList();
        return id + " = " + String.join(", ", found) + (found.size() == FEW ? ", ..." : "")
                + (found.size() == 1 ? " has" : " have");
    }

    /** A row without a state would begin with the network's own, as if its id had none before. */
    private void checkWhole() {
        String without = states.stream()
                .map(state -> state + " IS NULL")
                .collect(Collectors.joining(" OR ", SqlNames.quoted(id) + " IS NULL OR ", ""));
        List<Row> found = rows.where(without).select(column(id)).limit(1).collectAsList();
        if (!found.isEmpty()) {
            throw refused("the row with " + id + " = " + found.get(0).get(0) + " has no id, or no "
                    + String.join(" or ", states)
                    + ", as rows have that could not be scored (--on-invalid null); name a --state-output, in which such ids"
                    + " keep their former states");
        }
    }
}
