package io.sparkrnn.job.state;

import io.sparkrnn.engine.StateContinuation;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.options.WantedOutputs;
import io.sparkrnn.job.output.OutputArguments;
import io.sparkrnn.job.run.RunArguments;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where the states come from that rows begin with, and where those go that they end with: options of score. */
public final class StateArguments {
    static final String FROM = "--initial-state-from";
    static final String FROM_TABLE = "--initial-state-table";
    static final String RUN = "--initial-state-run";
    static final String ALLOW = "--initial-state-allow";
    static final String TO = "--state-output";
    static final String TO_TABLE = "--state-output-table";

    @Option(
            names = FROM,
            paramLabel = "PATH",
            description =
                    "Rows begin with the states of an earlier run: the folder of its --state-output, or its output with"
                            + " h_n (and c_n), in Parquet, joined by --id. Ids that are not there begin with the network's own. An"
                            + " empty folder: there is no earlier run, and all do.")
    @Nullable
    String from;

    @Option(
            names = FROM_TABLE,
            paramLabel = "NAME",
            description =
                    "The same from a table of Spark's catalogs, an earlier run's --state-output-table, in place of"
                            + " --initial-state-from. Which run wrote it is told by the files of runs in --run-files.")
    @Nullable
    String fromTable;

    @Option(
            names = RUN,
            paramLabel = "ID",
            description =
                    "The run whose states are meant: those of another one are refused; of a table that has versions, the version"
                            + " that this run made is read. Default: whichever wrote them.")
    @Nullable
    String run;

    @Option(
            names = ALLOW,
            paramLabel = "WHAT,...",
            hideParamSyntax = true,
            split = ",",
            converter = Allowed.Converter.class,
            description =
                    "States that are else refused: other-model, of another model or other layers; applied-twice, which"
                            + " have the same input behind them already; no-run-file, of which no run tells; first-night, none at"
                            + " all, where no run tells that there were any.")
    @Nullable
    List<Allowed> allowed;

    @Option(
            names = TO,
            paramLabel = "PATH",
            description =
                    "The folder for the states that rows end with, for a later run: id, h_n and, of an LSTM, c_n, and of"
                            + " events what the last one was ordered by; of ids that have no row in this run those of"
                            + " --initial-state-from.")
    @Nullable
    String to;

    @Option(
            names = TO_TABLE,
            paramLabel = "NAME",
            description =
                    "The same into a table of Spark's catalogs, in place of --state-output; made when it is not there. That of"
                            + " --initial-state-table is replaced, where it has versions. Takes --run-files.")
    @Nullable
    String toTable;

    /** What is refused unless it is named. */
    enum Allowed {
        OTHER_MODEL,
        APPLIED_TWICE,
        NO_RUN_FILE,
        FIRST_NIGHT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** From what stands on the command line: of a list of words picocli's own message has each in two spellings. */
        static final class Converter implements ITypeConverter<Allowed> {
            @Override
            public Allowed convert(String value) {
                return Arrays.stream(values())
                        .filter(allowed -> allowed.toString().equalsIgnoreCase(value.trim()))
                        .findFirst()
                        .orElseThrow(() -> new TypeConversionException(
                                "expected some of " + Arrays.toString(values()) + " but was '" + value + "'"));
            }
        }
    }

    /** Whether states go from run to run. */
    public boolean carries() {
        return begins() || keeps();
    }

    private boolean begins() {
        return from != null || fromTable != null;
    }

    private boolean keeps() {
        return to != null || toTable != null;
    }

    /** Whether the new states take the place of the former ones, in one table. */
    boolean isReplaced() {
        return fromTable != null && fromTable.equals(toTable);
    }

    /** What is carried of the states of a whole network's layers. */
    public Set<WantedOutputs.Carried> carried() {
        EnumSet<WantedOutputs.Carried> carried = EnumSet.noneOf(WantedOutputs.Carried.class);
        if (begins()) {
            carried.add(WantedOutputs.Carried.INITIAL);
        }
        if (keeps()) {
            carried.add(WantedOutputs.Carried.FINAL);
        }
        return carried;
    }

    boolean allows(Allowed what) {
        return allowed != null && allowed.contains(what);
    }

    /** The option that is given, for messages. */
    String option() {
        return from != null ? FROM : fromTable != null ? FROM_TABLE : toOption();
    }

    /** The option that names the place of the new states, for messages. */
    String toOption() {
        return toTable != null ? TO_TABLE : TO;
    }

    private static JobException usage(String why) {
        return new JobException(ExitCode.USAGE, why);
    }

    /**
     * Refuses what does not go together, before anything is read.
     *
     * @param places other folders that the run writes, by the options that name them
     */
    public void check(RunArguments runs, SequenceArguments sequences, List<Place> places) {
        if (!begins() && (run != null || allowed != null)) {
            throw usage((run == null ? ALLOW : RUN) + ": it says which states of " + FROM + " or " + FROM_TABLE
                    + " are taken, and that is not given; give it, too");
        }
        if (!carries()) {
            return;
        }
        checkOne(FROM, from, FROM_TABLE, fromTable);
        checkOne(TO, to, TO_TABLE, toTable);
        if (toTable != null && runs.named() == null) {
            throw usage(
                    TO_TABLE + ": which run wrote a table of states is told by the files of runs, and a table has no"
                            + " folder for them; name one for all nights with --run-files");
        }
        if (begins()) {
            sequences.checkNoInitialStates(option());
        }
        sequences.checkCarries(option());
        if (runs.resumes()) {
            throw usage(
                    option() + ": --resume scores partitions each by itself, and states go from one to the next; score"
                            + " them one after the other, a run each");
        }
        OutputFolders folders = OutputFolders.of(TO);
        if (to != null && from != null) {
            checkApart(
                    folders,
                    to,
                    new Place(FROM, from),
                    "the night could not be run again then, for what it began with" + " would be gone");
        }
        for (Place place : places) {
            if (to != null && place.folder() != null) {
                checkApart(folders, to, place, "one would be read as a part of the other");
            }
        }
    }

    private static void checkOne(String folder, @Nullable String path, String table, @Nullable String name) {
        if (path != null && name != null) {
            throw usage(folder + " and " + table + ": give one of them, not both");
        }
    }

    /**
     * A folder.
     *
     * @param folder null where there is none
     */
    public record Place(String option, @Nullable String folder) {}

    private static void checkApart(OutputFolders folders, String to, Place other, String why) {
        String states = folders.qualified(to);
        String there = folders.qualified(String.valueOf(other.folder()));
        if (folders.holds(states, there) || folders.holds(there, states)) {
            throw usage(TO + ": " + states + " and " + other.option() + " " + there
                    + " are one folder, or one is in the other: " + why + ". Name one beside it, such as one a night");
        }
    }

    /**
     * What this run does of it; refuses networks of which a part of the steps, begun with the states behind those before, does
     * not give what all steps give.
     *
     * @param network with the states that are carried
     * @param read the model, and what was read beside it; is told of the states
     * @param runs the folder that is named for the files of runs; null where none is
     */
    public CarriedStates begin(
            Network network,
            Precision precision,
            OutputArguments output,
            InputArguments.IoName io,
            ReadFiles read,
            @Nullable RunFolder runs) {
        if (!carries()) {
            return CarriedStates.NONE;
        }
        check(network);
        StateOrigin former = origin(io, new StateChain.Taker(this, network, precision, read), runs);
        if (from != null) {
            read.add("the initial states", from);
        }
        return new RunStates(this, network, precision, former, target(output, io, runs, former));
    }

    private @Nullable StateOrigin origin(InputArguments.IoName io, StateChain.Taker taker, @Nullable RunFolder runs) {
        if (fromTable != null) {
            return new TableOrigin(new TableStates(FROM_TABLE, fromTable, runs), taker);
        }
        return from == null ? null : new FolderOrigin(from, io, taker);
    }

    private @Nullable StateTarget target(
            OutputArguments output, InputArguments.IoName io, @Nullable RunFolder runs, @Nullable StateOrigin former) {
        if (toTable != null) {
            OutputArguments states = isReplaced() ? output.statesReplaced(toTable) : output.statesInTable(toTable);
            return new TableTarget(
                    states.destination(io),
                    new TableStates(TO_TABLE, toTable, runs),
                    states.newFormat(),
                    former instanceof TableOrigin table ? table : null);
        }
        return to == null ? null : new FolderTarget(output.states(to).destination(io), io);
    }

    private void check(Network network) {
        Graph graph = network.graph();
        RnnModel layers = layers(network);
        String obstacle = graph != null ? StateContinuation.obstacle(graph) : StateContinuation.obstacle(layers);
        if (obstacle != null) {
            throw usage(option() + ": the network cannot be gone on with day by day: " + obstacle
                    + ". Score the whole history of each sequence, or ask for other outputs (--outputs)");
        }
        if (!layers.hiddenStates().isUniform() || !layers.cellStates().isUniform()) {
            throw usage(option() + ": initial states cannot be given to layers whose states are of different widths ("
                    + layers + ")");
        }
    }

    /** The layers whose states are carried. */
    static RnnModel layers(Network network) {
        Graph graph = network.graph();
        RecurrentStates states = graph == null ? null : graph.states();
        return states == null ? network.model() : states.layers();
    }
}
