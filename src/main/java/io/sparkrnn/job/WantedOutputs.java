package io.sparkrnn.job;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
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

    /** A whole network that gives what is asked for, and computes nothing else. */
    public Network of(Network network, Graph graph) {
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
    public void check(Network network) {
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
