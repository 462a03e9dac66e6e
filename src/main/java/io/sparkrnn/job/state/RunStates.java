package io.sparkrnn.job.state;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * States that go from run to run. Where a row is a sequence the former ones are joined to the table, as columns that neither pass
 * through nor are set aside; where it is an event, tasks get them as rows before the events of their ids. Tasks put the new ones into
 * files as they score, which are published, with the former ones of ids that had no row, when the output is whole: a run that
 * ends before has not touched them, and is run again.
 */
final class RunStates implements CarriedStates {
    /** A name that no column of ids has: there is a dot in it that no path can mean. */
    private static final String SCORED = "id.of a row that was scored";

    private final StateArguments arguments;
    private final Network network;
    private final Precision precision;
    private final @Nullable StateOrigin from;
    private final @Nullable StateTarget to;
    private final List<String> notes = new ArrayList<>();
    private String id = "";
    private boolean ofEvents;
    private @Nullable Run run;
    private @Nullable StateChain chain;
    private @Nullable FormerStates former;

    /** The columns that the table gets; empty where it gets none. */
    private List<String> joined = List.of();

    private @Nullable String told;

    /**
     * Of a run.
     *
     * @param from null where rows begin with the network's own
     * @param to null where none are kept
     */
    RunStates(
            StateArguments arguments,
            Network network,
            Precision precision,
            @Nullable StateOrigin from,
            @Nullable StateTarget to) {
        this.arguments = arguments;
        this.network = network;
        this.precision = precision;
        this.from = from;
        this.to = to;
    }

    private List<String> stateColumns() {
        return StateArguments.layers(network).hasCellState()
                ? List.of(Output.H_N.column(), Output.C_N.column())
                : List.of(Output.H_N.column());
    }

    @Override
    public void prepare(ReadFiles read, PrintWriter out) {
        if (to != null) {
            to.place().prepare(read, out);
        }
    }

    @Override
    public void checkPlace(JobSession job, ReadFiles read, Dataset<Row> table, List<String> roots, PrintWriter out) {
        if (to != null) {
            to.check(job, read, table, roots, out);
        }
    }

    @Override
    public List<Dataset<Row>> read(SparkSession session, Dataset<Row> table, SequenceArguments sequences) {
        id = sequences.idColumn(table, arguments.option());
        ofEvents = sequences.areOfEvents();
        chain = from == null ? null : from.chain(session);
        if (from == null || chain == null || chain.isFirst()) {
            return List.of();
        }
        former = FormerStates.read(session, from, table, id, stateColumns(), precision);
        // What is replaced by this run has another version behind it: by that a run would never be the same as it was.
        return arguments.isReplaced() ? List.of() : List.of(former.rows());
    }

    @Override
    public void checkFormer(Run run) {
        this.run = run;
        Applied applied = Applied.of(run);
        if (chain != null) {
            chain.checkOptions(run.options(), arguments);
            chain.checkNotApplied(applied, arguments);
            run.sources().stream()
                    .filter(source -> !source.known())
                    .findFirst()
                    .ifPresent(source -> notes.add(arguments.option() + ": " + source.name()
                            + " does not tell what is read of it, so that nobody knows whether the states have it behind"
                            + " them already"));
        }
        run.tells(Told.STATES, StateChain.said(chain, applied, network, precision));
    }

    @Override
    public boolean areThoseOf(@Nullable String key) {
        return to == null || (key != null && to.areOf(key));
    }

    @Override
    public void checkIds(Dataset<Row> table) {
        // Of events tasks see all rows of an id, states among them, one behind the other, and look by themselves.
        if (!ofEvents) {
            FormerStates.checkIds(table, id, former, arguments.option());
        }
    }

    @Override
    public Dataset<Row> join(Dataset<Row> table) {
        if (former == null || ofEvents) {
            return table;
        }
        List<String> known = new ArrayList<>(Arrays.asList(table.schema().fieldNames()));
        String key = unused(known, "id of the former states");
        List<Column> taken = new ArrayList<>(List.of(FormerStates.column(id).as(key)));
        List<String> names = new ArrayList<>();
        for (String state : former.states()) {
            String name = unused(known, "former " + state);
            names.add(name);
            taken.add(FormerStates.column(state).as(name));
        }
        joined = List.copyOf(names);
        Dataset<Row> states = former.rows().select(taken.toArray(Column[]::new));
        return table.join(states, FormerStates.column(id).equalTo(FormerStates.column(key)), "left_outer")
                .drop(key);
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

    @Override
    public @Nullable Staging staging() {
        return to == null ? null : to.staging();
    }

    @Override
    public void apply(ScorerBuilder builder, @Nullable Staging staging, Set<Output> apart) {
        builder.id(id).requireIds();
        if (ofEvents && former != null) {
            builder.goOnFrom(former.rows());
            if (arguments.allows(StateArguments.Allowed.APPLIED_TWICE)) {
                builder.late(LateEvents.TAKEN);
            }
        }
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

    @Override
    public void check(StructType scored) {
        if (to == null) {
            return;
        }
        if (Arrays.stream(scored.fieldNames()).noneMatch(id::equals)) {
            throw new InputException("--keep: the states of " + arguments.toOption() + " are told apart by " + id
                    + ", which has to pass through; name it, too");
        }
        StructType states = new StructType().add(scored.apply(id));
        DataType number = precision == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType;
        for (String state : stateColumns()) {
            states = states.add(new StructField(
                    state, DataTypes.createArrayType(DataTypes.createArrayType(number)), true, Metadata.empty()));
        }
        if (ofEvents) {
            for (StructField field : scored.fields()) {
                states = field.name().startsWith(EventColumns.LAST) ? states.add(field) : states;
            }
        }
        to.place().check(states);
    }

    @Override
    public void publish(SequenceScorer scorer, Dataset<Row> table, ScoreMetrics metrics) {
        if (to == null) {
            return;
        }
        try {
            Dataset<Row> now = scorer.finalStates(table, metrics);
            Dataset<Row> all = former == null ? now : now.unionByName(kept(former.rows(), now));
            if (run != null) {
                run.outputIsWhole();
            }
            to.publish(all);
            told = told(to, all, metrics);
        } catch (Exception e) { // whatever Spark throws, checked ones, too, unseen by the compiler
            throw new JobException(
                    Failure.of(e).code(),
                    arguments.toOption()
                            + ": the output is whole, but the states behind it could not be written, and those before"
                            + " it are as they were: " + Failure.of(e).message()
                            + ". Before it is run again, its rows have to leave the output where they would be there twice"
                            + " (--mode append); an output that it replaces (--mode overwrite, --output-partition) it replaces again",
                    e);
        }
    }

    /** The states are whole: a run that cannot count them is done all the same. */
    private String told(StateTarget target, Dataset<Row> all, ScoreMetrics metrics) {
        String begin = "States:  " + target.place().address();
        try {
            long ids = target.count(all);
            return begin + " (" + Counts.counted(ids, "id") + ", " + (ids - metrics.sequences())
                    + " of them as they were)";
        } catch (RuntimeException e) {
            notes.add("the states in " + target.place().address() + " are whole, but could not be read again: "
                    + Failure.firstLine(e) + ". Where no run tells of them then, a later one takes them with "
                    + StateArguments.ALLOW + " " + StateArguments.Allowed.NO_RUN_FILE);
            return begin;
        }
    }

    /** The former states of ids that have no new ones, in the columns that these have. */
    private Dataset<Row> kept(Dataset<Row> before, Dataset<Row> now) {
        List<String> names = Arrays.asList(before.schema().fieldNames());
        Column[] columns = Arrays.stream(now.schema().fields())
                .map(field -> names.contains(field.name())
                        ? FormerStates.column(field.name())
                        : functions.lit(null).cast(field.dataType()).as(field.name()))
                .toArray(Column[]::new);
        return before.select(columns)
                .join(
                        now.select(FormerStates.column(id).as(SCORED)),
                        FormerStates.column(id).equalTo(FormerStates.column(SCORED)),
                        "left_anti");
    }

    @Override
    public List<String> done(Run run) {
        if (to == null || told == null) {
            return List.of();
        }
        List<String> lines = new ArrayList<>(List.of(told));
        try {
            to.tell(run);
        } catch (IOException | RuntimeException e) {
            lines.add("Note:    the states are whole, but the run's file " + run.id() + ".json in "
                    + to.place().runFolder()
                    + " could not be written, so that a later run takes them only with " + StateArguments.ALLOW + " "
                    + StateArguments.Allowed.NO_RUN_FILE + ": " + Failure.firstLine(e));
        }
        return lines;
    }

    @Override
    public List<String> notes() {
        List<String> all = new ArrayList<>(chain == null ? List.of() : chain.notes());
        all.addAll(notes);
        return all;
    }

    @Override
    public @Nullable String planned() {
        String run = chain == null ? null : chain.lastRun();
        return "States:  "
                + (chain == null
                        ? "all sequences begin with the network's own"
                        : chain.isFirst()
                                ? String.join(", ", chain.notes())
                                : "from " + chain.origin().address() + (run == null ? "" : " of run " + run))
                + (to == null ? "" : "; to " + to.place().address());
    }
}
