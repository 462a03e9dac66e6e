package io.sparkrnn.job.options;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.RecurrentStates.Kind;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.result.Output;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --outputs} asks for: columns of the recurrent layers, or outputs of the whole network.
 *
 * @param names as they were given; null where nothing was
 */
public record WantedOutputs(@Nullable List<String> names) {
    private static final String OUTPUTS_ALONE = "ask for its outputs alone";

    /** One that is named twice is one column. */
    public WantedOutputs {
        names = names == null ? null : names.stream().distinct().toList();
    }

    private static Optional<Output> ofLayers(String name) {
        return Arrays.stream(Output.values())
                .filter(output -> output.column().equalsIgnoreCase(name))
                .findFirst();
    }

    private static boolean isState(String name) {
        return ofLayers(name)
                .filter(output -> output != Output.SCORE && output != Output.LENGTHS)
                .isPresent();
    }

    private static boolean isLengths(String name) {
        return Output.LENGTHS.column().equalsIgnoreCase(name);
    }

    /** Whether states of the recurrent layers are asked for, and nothing else but lengths. */
    public boolean areStatesAlone() {
        return names != null
                && names.stream().anyMatch(WantedOutputs::isState)
                && names.stream().allMatch(name -> isState(name) || isLengths(name));
    }

    /**
     * Reads the network, or as much of it as is asked for by itself: its recurrent layers, a head on them.
     *
     * @param columns those that are named for inputs of the network: then what stands before the layers is meant, though it
     *     may do nothing
     * @param read is told of all files that are read
     * @throws JobException when layers are asked for what they do not give
     */
    public Network read(ModelArguments model, Map<String, String> columns, Storage storage, ReadFiles read) {
        return read(model, part(model, columns), storage, read);
    }

    /**
     * Reads the network for vectors that are held against it: where states alone are asked for, they are of the layers by
     * themselves, which take an x.
     *
     * @param read is told of all files that are read
     * @throws JobException when layers are asked for what they do not give
     */
    public Network readForVectors(ModelArguments model, Storage storage, ReadFiles read) {
        boolean layers = model.chooseLayers() || areStatesAlone();
        return read(model, layers ? ModelArguments.Part.LAYERS : ModelArguments.Part.WHOLE, storage, read);
    }

    private Network read(ModelArguments model, ModelArguments.Part part, Storage storage, ReadFiles read) {
        Network network = model.read(storage, read, part);
        check(network);
        return network;
    }

    private ModelArguments.Part part(ModelArguments model, Map<String, String> columns) {
        if (model.namesHead() || (model.chooseLayers() && names == null)) {
            return ModelArguments.Part.LAYERS;
        }
        return areStatesAlone() && columns.isEmpty() ? ModelArguments.Part.STATES : ModelArguments.Part.WHOLE;
    }

    /**
     * As much of the network as is asked for.
     *
     * @param model what names the recurrent layers whose states are meant, if anything does
     * @param initial the states that rows may begin with
     */
    public Network of(Network network, ModelArguments model, Set<Kind> initial) {
        return of(network, model, initial, Set.of());
    }

    /** What is carried from run to run of the states of recurrent layers. */
    public enum Carried {
        /** Rows begin with those of an earlier run. */
        INITIAL,
        /** Those that rows end with are kept for a later one. */
        FINAL
    }

    /**
     * As much of the network as is asked for, and for what is carried all states that the layers have.
     *
     * @param initial the states that rows may begin with, as columns of the table have them
     */
    public Network of(Network network, ModelArguments model, Set<Kind> initial, Set<Carried> carried) {
        Graph graph = network.graph();
        return graph == null ? network : of(network, graph, model.node(network), initial, carried);
    }

    /** The states of layers that are no columns, though the network gives them. */
    public Set<Output> apart() {
        EnumSet<Output> apart = EnumSet.of(Output.H_N, Output.C_N);
        if (names != null) {
            apart.removeAll(ofLayers());
        }
        return apart;
    }

    /**
     * A whole network that gives what is asked for, and computes nothing else.
     *
     * @param node what chooses the recurrent layers whose states are meant; null where nothing does
     * @param initial the states that rows may begin with
     */
    private Network of(Network network, Graph graph, @Nullable String node, Set<Kind> initial, Set<Carried> carried) {
        List<GraphOutput> chosen = new ArrayList<>();
        EnumSet<Kind> states = EnumSet.noneOf(Kind.class);
        for (String name : names == null ? List.<String>of() : names) {
            Optional<GraphOutput> output = graph.outputs().stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst();
            if (output.isPresent()) {
                chosen.add(output.get());
            } else if (isState(name)) {
                states.add(Kind.valueOf(name.toUpperCase(Locale.ROOT)));
            } else if (!isLengths(name)) {
                throw new JobException(
                        ExitCode.USAGE,
                        asked() + ": the network has no output '" + name + "'; it has " + outputs(graph)
                                + " and lengths; of its recurrent layers hidden_states, h_n and c_n");
            }
        }
        if (names == null) {
            chosen.addAll(graph.outputs());
        } else if (chosen.isEmpty() && states.isEmpty()) {
            throw new JobException(ExitCode.USAGE, asked() + ": name an output of the network, too: " + outputs(graph));
        }
        if (!states.isEmpty() || !initial.isEmpty() || !carried.isEmpty()) {
            RecurrentStack stack = stack(network.stacks(), node, states, carried);
            check(stack, states, initial, "--initial-state, --initial-cell-state");
            Set<Kind> all = stack.layers().hasCellState() ? EnumSet.of(Kind.H_N, Kind.C_N) : EnumSet.of(Kind.H_N);
            EnumSet<Kind> begun = EnumSet.noneOf(Kind.class);
            begun.addAll(carried.contains(Carried.INITIAL) ? all : initial);
            states.addAll(carried.contains(Carried.FINAL) ? all : Set.of());
            check(stack, states, begun, "--initial-state-from");
            return network.with(stack.within(graph, chosen, states, begun));
        }
        return names == null ? network : network.with(graph.with(chosen));
    }

    private String asked() {
        return "--outputs " + String.join(",", names == null ? List.of() : names);
    }

    private RecurrentStack stack(
            List<RecurrentStack> stacks, @Nullable String node, Set<Kind> states, Set<Carried> carried) {
        String what = !carried.isEmpty()
                ? "--initial-state-from, --state-output"
                : states.isEmpty() ? "--initial-state, --initial-cell-state" : asked();
        if (stacks.isEmpty()) {
            throw new JobException(
                    ExitCode.USAGE,
                    what + ": no recurrent layers whose states can be told are in the network: " + OUTPUTS_ALONE);
        }
        return RecurrentStack.named(stacks, node)
                .orElseThrow(() -> new JobException(
                        ExitCode.USAGE,
                        node == null
                                ? what + ": the network has " + stacks.size()
                                        + " recurrent parts that do not follow each other; say which with "
                                        + ModelArguments.NODE + ": " + RecurrentStack.listed(stacks)
                                : ModelArguments.NODE + " " + node + ": the network has no recurrent layer of this"
                                        + " name; it has " + RecurrentStack.listed(stacks)));
    }

    private void check(RecurrentStack stack, Set<Kind> states, Set<Kind> initial, String option) {
        RnnModel layers = stack.layers();
        if (states.contains(Kind.C_N) && !layers.hasCellState()) {
            throw noCellState("--outputs c_n", layers);
        }
        if (initial.contains(Kind.C_N) && !layers.hasCellState()) {
            throw noCellState("--initial-cell-state", layers);
        }
        if ((initial.contains(Kind.H_N) && !layers.hiddenStates().isUniform())
                || (initial.contains(Kind.C_N) && !layers.cellStates().isUniform())) {
            throw new JobException(
                    ExitCode.USAGE,
                    option + ": initial states cannot be given to layers whose states are of different widths ("
                            + stack.name() + ": " + layers + ")");
        }
    }

    private static JobException noCellState(String option, RnnModel layers) {
        return new JobException(ExitCode.USAGE, option + ": a network of " + layers.cell() + " has no cell state");
    }

    private static String outputs(Graph graph) {
        return String.join(", ", graph.outputs().stream().map(GraphOutput::name).toList());
    }

    /** Refuses what recurrent layers do not give. */
    private void check(Network network) {
        if (names == null || network.graph() != null) {
            return;
        }
        for (String name : names) {
            if (ofLayers(name).isEmpty()) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--outputs: expected one of " + Arrays.toString(Output.values()) + " but was '" + name + "'");
            }
        }
        EnumSet<Output> outputs = ofLayers();
        if (outputs.contains(Output.C_N) && !network.model().hasCellState()) {
            throw noCellState("--outputs c_n", network.model());
        }
        if (outputs.contains(Output.SCORE) && network.head() == null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--outputs score: there is no head to score with; name it with --head (inspect shows what looks like"
                            + " one)");
        }
    }

    /** What is computed of recurrent layers and is asked for, which lengths are not; all where none is named. */
    public EnumSet<Output> ofLayers(Network network) {
        if (names != null) {
            EnumSet<Output> computed = ofLayers();
            computed.remove(Output.LENGTHS);
            return computed;
        }
        EnumSet<Output> all = EnumSet.of(Output.HIDDEN_STATES, Output.H_N);
        if (network.model().hasCellState()) {
            all.add(Output.C_N);
        }
        if (network.head() != null) {
            all.add(Output.SCORE);
        }
        return all;
    }

    private EnumSet<Output> ofLayers() {
        EnumSet<Output> outputs = EnumSet.noneOf(Output.class);
        if (names != null) {
            names.forEach(name -> ofLayers(name).ifPresent(outputs::add));
        }
        return outputs;
    }

    /** Tells a scorer. */
    public void apply(Network network, ScorerBuilder builder) {
        if (names == null) {
            return;
        }
        if (network.graph() == null) {
            builder.outputs(ofLayers());
        } else if (names.stream().anyMatch(WantedOutputs::isLengths)) {
            builder.addLengths();
        }
    }
}
