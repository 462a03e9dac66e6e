package io.sparkrnn.job.state;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The states that one run begins with and leaves behind. The former ones are joined to the table as two columns that neither pass
 * through nor are set aside; tasks put the new ones into files as they score, which are published, with the former ones of ids
 * that had no row, when the output is whole: a run that ends before has not touched them, and is run again.
 */
public final class CarriedStates {
    /** Ids that a message names. */
    private static final int FEW = 10;

    /** A name that no column of ids has: there is a dot in it that no path can mean. */
    private static final String SCORED = "id.of a row that was scored";

    private final @Nullable StateArguments arguments;
    private final @Nullable Network network;
    private final Precision precision;
    private final @Nullable StateChain from;
    private final @Nullable Destination to;
    private final InputArguments.IoName io;
    private final List<String> notes = new ArrayList<>();
    private String id = "";
    private @Nullable Dataset<Row> former;

    /** The columns that the table gets; empty where it gets none. */
    private List<String> joined = List.of();

    private StateChain.@Nullable Applied applied;
    private @Nullable String told;

    /** Of a run that carries none. */
    public static final CarriedStates NONE =
            new CarriedStates(null, null, Precision.FLOAT32, null, null, InputArguments.IoName.DIRECT);

    /**
     * Of a run.
     *
     * @param from null where rows begin with the network's own
     * @param to null where none are kept
     */
    CarriedStates(
            @Nullable StateArguments arguments,
            @Nullable Network network,
            Precision precision,
            @Nullable StateChain from,
            @Nullable Destination to,
            InputArguments.IoName io) {
        this.arguments = arguments;
        this.network = network;
        this.precision = precision;
        this.from = from;
        this.to = to;
        this.io = io;
    }

    private boolean none() {
        return arguments == null;
    }

    private StateArguments arguments() {
        return Objects.requireNonNull(arguments);
    }

    private Network network() {
        return Objects.requireNonNull(network);
    }

    private RnnModel layers() {
        return StateArguments.layers(network());
    }

    private List<String> stateColumns() {
        return layers().hasCellState()
                ? List.of(Output.H_N.column(), Output.C_N.column())
                : List.of(Output.H_N.column());
    }

    /** Looks at the place for the new states as far as that takes no Spark. */
    public void prepare(ReadFiles read, PrintWriter out) {
        if (to != null) {
            to.prepare(read, out);
        }
    }

    /** Looks at what else is there of it, and refuses one that holds what is read. */
    public void checkPlace(JobSession job, ReadFiles read, Dataset<Row> table, List<String> roots, PrintWriter out) {
        if (to != null) {
            to.prepare(job, read, out);
            to.checkHoldsNot(table, roots);
        }
    }

    /** The table of former states, on which results depend; none before a first night. */
    public List<Dataset<Row>> read(SparkSession session, Dataset<Row> table, SequenceArguments sequences) {
        if (none()) {
            return List.of();
        }
        id = sequences.idColumn(table, arguments().option());
        if (from == null || from.isFirst()) {
            return List.of();
        }
        former = states(session, from.address(), table);
        return List.of(former);
    }

    /** The former states by the names id, h_n and c_n, each of the type that this run gives. */
    private Dataset<Row> states(SparkSession session, String address, Dataset<Row> table) {
        Dataset<Row> all;
        try {
            all = session.read().format(io.source("parquet")).load(address);
        } catch (InputException e) {
            throw new InputException(StateArguments.FROM + ": " + e.getMessage(), e);
        } catch (Exception e) { // AnalysisException is a checked one, unseen by the compiler
            throw new InputException(
                    StateArguments.FROM + ": " + address + " cannot be read as Parquet: " + Failure.firstLine(e), e);
        }
        String named = found(all, id);
        DataType type = all.schema().apply(named).dataType();
        DataType wanted = table.schema().apply(id).dataType();
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
        for (String state : stateColumns()) {
            String there = found(all, state);
            DataType is = all.schema().apply(there).dataType();
            if (!(is instanceof ArrayType rows)
                    || !(rows.elementType() instanceof ArrayType row)
                    || !row.elementType().equals(number)) {
                throw refused("its column " + there + " is " + is.catalogString() + "; expected array<array<"
                        + number.catalogString() + ">>, as this run computes in " + precision
                        + ": give the --precision of the run that wrote it, or name another folder");
            }
            columns.add(column(there).as(state));
        }
        return all.select(columns.toArray(Column[]::new));
    }

    private static Column column(String name) {
        return functions.col(SqlNames.quoted(name));
    }

    private JobException refused(String why) {
        return new JobException(
                ExitCode.INPUT,
                StateArguments.FROM + ": " + Objects.requireNonNull(from).address() + ": " + why);
    }

    private String found(Dataset<Row> states, String name) {
        List<String> columns = Arrays.asList(states.schema().fieldNames());
        return columns.stream()
                .filter(name::equals)
                .findFirst()
                .or(() -> columns.stream().filter(name::equalsIgnoreCase).findFirst())
                .orElseThrow(() -> refused("it has no column " + name + ", only " + String.join(", ", columns)
                        + (name.equals(id)
                                ? "; name the column of ids that both have with --id"
                                : "; name a --state-output, or an output that was written with --outputs "
                                        + String.join(",", stateColumns()))));
    }

    /** Refuses former states of a run with other options, or such as have the input behind them already. */
    public void checkFormer(Run run) {
        if (none()) {
            return;
        }
        applied = StateChain.of(run);
        if (from != null) {
            from.checkOptions(run.options(), arguments());
            from.checkNotApplied(applied, arguments());
            run.sources().stream()
                    .filter(source -> !source.known())
                    .findFirst()
                    .ifPresent(source -> notes.add(StateArguments.FROM + ": " + source.name()
                            + " does not tell what is read of it, so that nobody knows whether the states have it behind"
                            + " them already"));
        }
        run.tells(StateChain.STATES, StateChain.said(from, applied, network(), precision));
    }

    /** Whether the place for the new states has those of the run with a key, or there is none. */
    public boolean areThoseOf(@Nullable String key) {
        return to == null || (key != null && to.holdsRows() && StateChain.isOf(to.address(), key));
    }

    /** Looks at the ids, of the table and of the former states, in a job of Spark's: each may be there once. */
    public void checkIds(Dataset<Row> table) {
        if (none()) {
            return;
        }
        Dataset<Row> ids = counted(table.select(column(id).as("id")).where("id IS NOT NULL"), 1, 0);
        if (former != null) {
            checkWhole(former);
            ids = ids.unionAll(counted(former.select(column(id).as("id")), 0, 1));
        }
        List<Row> twice = ids.groupBy("id")
                .agg(functions.sum("input").as("input"), functions.sum("states").as("states"))
                .where("input > 1 OR states > 1")
                .limit(FEW)
                .collectAsList();
        for (Row row : twice) {
            if (row.getLong(2) > 1) {
                throw refused("of an id there is one state, and " + named(twice, 2)
                        + " more than one row; nothing was written. Name a folder with one row of each id, such as a"
                        + " --state-output");
            }
        }
        if (!twice.isEmpty()) {
            throw new InputException(
                    arguments().option() + ": the states of an id go on with one row, and in the input "
                            + named(twice, 1)
                            + " more than one, which would all begin with the same; nothing was written. Put the steps of an id into"
                            + " one row, in their order, in a query (--input-query), or score the rows in several runs");
        }
    }

    private static Dataset<Row> counted(Dataset<Row> ids, long input, long states) {
        return ids.withColumn("input", functions.lit(input)).withColumn("states", functions.lit(states));
    }

    private String named(List<Row> rows, int count) {
        List<String> found = rows.stream()
                .filter(row -> row.getLong(count) > 1)
                .map(row -> String.valueOf(row.get(0)))
                .sorted()
                .toList();
        return id + " = " + String.join(", ", found) + (found.size() == FEW ? ", ..." : "")
                + (found.size() == 1 ? " has" : " have");
    }

    /** A row without a state would begin with the network's own, as if its id had none before. */
    private void checkWhole(Dataset<Row> states) {
        String without = stateColumns().stream()
                .map(state -> state + " IS NULL")
                .collect(Collectors.joining(" OR ", SqlNames.quoted(id) + " IS NULL OR ", ""));
        List<Row> found = states.where(without).select(column(id)).limit(1).collectAsList();
        if (!found.isEmpty()) {
            throw refused("the row with " + id + " = " + found.get(0).get(0) + " has no id, or no "
                    + String.join(" or ", stateColumns())
                    + ", as rows have that could not be scored (--on-invalid null); name a --state-output, in which such ids"
                    + " keep their former states");
        }
    }

    /** The table, with the states that each row begins with. */
    public Dataset<Row> join(Dataset<Row> table) {
        if (former == null) {
            return table;
        }
        List<String> known = new ArrayList<>(Arrays.asList(table.schema().fieldNames()));
        String key = unused(known, "id of the former states");
        List<Column> taken = new ArrayList<>(List.of(column(id).as(key)));
        List<String> names = new ArrayList<>();
        for (String state : stateColumns()) {
            String name = unused(known, "former " + state);
            names.add(name);
            taken.add(column(state).as(name));
        }
        joined = List.copyOf(names);
        Dataset<Row> states = former.select(taken.toArray(Column[]::new));
        return table.join(states, column(id).equalTo(column(key)), "left_outer").drop(key);
    }

    private static String unused(List<String> known, String name) {
        String free = name;
        while (true) {
            if (known.stream().noneMatch(free::equalsIgnoreCase)) {
                known.add(free);
                return free;
            }
            free += "'";
        }
    }

    /** Where tasks put the new states until they are published; null where none are kept. */
    public @Nullable Staging staging() {
        return to == null ? null : to.staging();
    }

    /**
     * Says it of a scorer.
     *
     * @param staging as {@link #staging} gave it; null where nothing is written
     * @param apart states that are no columns of the output
     */
    public void apply(ScorerBuilder builder, @Nullable Staging staging, Set<Output> apart) {
        if (none()) {
            return;
        }
        builder.id(id).requireIds();
        if (!joined.isEmpty()) {
            builder.hide(joined).initialState(joined.get(0));
            if (joined.size() > 1) {
                builder.initialCellState(joined.get(1));
            }
        }
        if (to != null) {
            builder.apart(apart);
        }
        if (staging != null) {
            builder.finalStates(staging.folder() + "/final");
        }
    }

    /** Refuses a kept column of ids that is none. */
    public void check(StructType scored) {
        if (to == null) {
            return;
        }
        if (Arrays.stream(scored.fieldNames()).noneMatch(id::equals)) {
            throw new InputException("--keep: the states of " + StateArguments.TO + " are told apart by " + id
                    + ", which has to pass through; name it, too");
        }
        StructType states = new StructType().add(scored.apply(id));
        DataType number = precision == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType;
        for (String state : stateColumns()) {
            states = states.add(new StructField(
                    state, DataTypes.createArrayType(DataTypes.createArrayType(number)), true, Metadata.empty()));
        }
        to.check(states);
    }

    /**
     * Publishes the new states, when the output is whole.
     *
     * @param table that was scored
     * @param metrics of the job that did it
     */
    public void publish(SequenceScorer scorer, Dataset<Row> table, ScoreMetrics metrics) {
        if (to == null) {
            return;
        }
        try {
            Dataset<Row> now = scorer.finalStates(table, metrics);
            Dataset<Row> all = former == null
                    ? now
                    : now.unionByName(former.join(ids(now), column(id).equalTo(column(SCORED)), "left_anti"));
            Written written = to.write(all, 0, () -> false);
            long ids = table.sparkSession()
                    .read()
                    .format(io.source("parquet"))
                    .schema(all.schema())
                    .load(written.address())
                    .count();
            told = "States:  " + written.address() + " (" + Counts.counted(ids, "id") + ", "
                    + (ids - metrics.sequences()) + " of them as they were)";
        } catch (Exception e) { // whatever Spark throws, checked ones, too, unseen by the compiler
            throw new JobException(
                    Failure.of(e).code(),
                    StateArguments.TO
                            + ": the output is whole, but the states behind it could not be written, and those before"
                            + " it are as they were: " + Failure.of(e).message()
                            + ". Run it again, with --mode overwrite where the output is not to be twice",
                    e);
        }
    }

    private Dataset<Row> ids(Dataset<Row> now) {
        return now.select(column(id).as(SCORED));
    }

    /** Tells of a run that is done, in the place of its states; what to print of it, a line each. */
    public List<String> done(Run run) {
        if (to == null || told == null) {
            return List.of();
        }
        List<String> lines = new ArrayList<>(List.of(told));
        RunFolder folder = RunFolder.at(Objects.requireNonNull(to.runFolder()));
        Map<String, Object> output = new LinkedHashMap<>();
        output.put("address", Secrets.hiddenIn(to.address()));
        output.put("mode", to.mode());
        try {
            run.doneBeside(folder, Map.of("output", output));
        } catch (IOException | RuntimeException e) {
            lines.add("Note:    the states are whole, but the run's file " + folder.address(run.id() + ".json")
                    + " could not be written, so that a later run takes them only with " + StateArguments.ALLOW + " "
                    + StateArguments.Allowed.NO_RUN_FILE + ": " + Failure.firstLine(e));
        }
        return lines;
    }

    /** What a user should know, a sentence each. */
    public List<String> notes() {
        List<String> all = new ArrayList<>(from == null ? List.of() : from.notes());
        all.addAll(notes);
        return all;
    }

    /** What is carried, for people, before anything is done; null for nothing. */
    public @Nullable String planned() {
        if (none()) {
            return null;
        }
        String run = from == null ? null : from.lastRun();
        return "States:  "
                + (from == null
                        ? "all sequences begin with the network's own"
                        : from.isFirst()
                                ? "a first night: " + from.address() + " is empty"
                                : "from " + from.address() + (run == null ? "" : " of run " + run))
                + (to == null ? "" : "; to " + to.address());
    }
}
