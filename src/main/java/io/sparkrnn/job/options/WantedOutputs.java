package io.sparkrnn.job.options;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.spark.Output;
import io.sparkrnn.spark.SequenceScorer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --outputs} asks for: columns of the recurrent layers, or outputs of the whole network.
 *
 * @param names as they were given; null where nothing was
 */
public record WantedOutputs(@Nullable List<String> names) {
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
     * Reads the network, or its recurrent layers where they alone are asked for.
     *
     * @param read is told of all files that are read
     * @throws JobException when layers are asked for what they do not give
     */
    public Network read(ModelArguments model, Storage storage, ReadFiles read) {
        boolean layers = model.chooseLayers() || areStatesAlone();
        Network network = model.read(storage, read, layers ? ModelArguments.Part.LAYERS : ModelArguments.Part.WHOLE);
        check(network);
        return network;
    }

    /** As much of the network as is asked for. */
    public Network of(Network network) {
        return network.graph() == null ? network : of(network, network.graph());
    }

    /** A whole network that gives what is asked for, and computes nothing else. */
    private Network of(Network network, Graph graph) {
        if (names == null) {
            return network;
        }
        List<GraphOutput> chosen = new ArrayList<>();
        for (String name : names) {
            Optional<GraphOutput> output = graph.outputs().stream()
                    .filter(one -> one.name().equals(name))
                    .findFirst();
            if (output.isPresent()) {
                chosen.add(output.get());
            } else if (isState(name)) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--outputs " + String.join(",", names) + ": " + name
                                + " is of the recurrent layers, the others are of the whole network; they are two runs,"
                                + " one with --outputs " + name + " alone");
            } else if (!isLengths(name)) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--outputs " + String.join(",", names) + ": the network has no output '" + name + "'; it has "
                                + outputs(graph) + " and lengths; of its recurrent layers hidden_states, h_n and c_n");
            }
        }
        if (chosen.isEmpty()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--outputs " + String.join(",", names) + ": name an output of the network, too: " + outputs(graph));
        }
        return network.with(graph.with(chosen));
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
            throw new JobException(
                    ExitCode.USAGE,
                    "--outputs c_n: a network of " + network.model().cell() + " has no cell state");
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
    public void apply(Network network, SequenceScorer.Builder builder) {
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
