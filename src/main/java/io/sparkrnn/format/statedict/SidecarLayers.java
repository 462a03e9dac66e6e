package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.States;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Words that are recurrent layers of the file, and their last states.
 */
final class SidecarLayers {
    private static final String ALL = "all";

    private final SidecarGraph graph;
    private final SidecarTensors tensors;
    private final SidecarArguments arguments;
    private final BiFunction<String, @Nullable Nonlinearity, RnnModel> layers;
    private final SidecarValues values;
    private final Map<String, RnnModel> read = new HashMap<>();
    private final List<RecurrentStack> stacks = new ArrayList<>();

    SidecarLayers(
            SidecarGraph graph,
            SidecarTensors tensors,
            SidecarArguments arguments,
            BiFunction<String, @Nullable Nonlinearity, RnnModel> layers,
            SidecarValues values) {
        this.graph = graph;
        this.tensors = tensors;
        this.arguments = arguments;
        this.layers = layers;
        this.values = values;
    }

    Value recurrent(String place, SidecarWords word, String asked, Map<String, Object> step, Value given) {
        Value x = arguments.steps(place, word, given);
        RnnModel model = layers(place, word, asked, step);
        graph.fit(place, x, model.inputSize(), "\"" + asked + "\"");
        int count = model.numStates();
        int hidden = model.hiddenStates().total() / count;
        int cell = model.cellStates().total() / count;
        String sequence = graph.add(place, new Unsqueeze(List.of(1L)), graph.numbers(place, x));
        List<String> results = graph.add(
                place,
                new Recurrent(model),
                3,
                sequence,
                initial(place, step, "h_0", count, hidden, x),
                initial(place, step, "c_0", count, cell, x));
        RecurrentStack.of(List.of(free(asked)), List.of(List.of(graph.last()))).ifPresent(stacks::add);
        String output = graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), results.get(0), graph.wholes(0, -1));
        int directions = model.layers().get(model.numLayers() - 1).numDirections();
        return new Value(
                output,
                Per.STEP,
                Width.of(model.outputSize()),
                null,
                new States(results.get(1), results.get(2), count, directions, hidden, cell));
    }

    /** The layers whose states can be told, in the order in which they are said. */
    List<RecurrentStack> stacks() {
        return stacks;
    }

    /** What chooses layers: their prefix; of layers that are run again, with how often they were before. */
    private String free(String asked) {
        long before = stacks.stream()
                .filter(stack -> stack.name().equals(asked) || stack.name().startsWith(asked + " "))
                .count();
        return before == 0 ? asked : asked + " " + (before + 1);
    }

    private RnnModel layers(String place, SidecarWords word, String asked, Map<String, Object> step) {
        Nonlinearity nonlinearity = null;
        if (step.containsKey("nonlinearity")) {
            Object said = step.get("nonlinearity");
            nonlinearity = Arrays.stream(Nonlinearity.values())
                    .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(said))
                    .findFirst()
                    .orElseThrow(() ->
                            graph.problem(place, "\"nonlinearity\" is " + said + "; expected \"tanh\" or \"relu\""));
        }
        Nonlinearity function = nonlinearity;
        RnnModel model = read.get(asked + "/" + function);
        if (model == null) {
            try {
                model = layers.apply(asked, function);
            } catch (ModelException e) {
                throw graph.problem(place, "\"" + word + "\": \"" + asked + "\": " + e.problem());
            }
            read.put(asked + "/" + function, model);
        }
        CellType expected = switch (word) {
            case LSTM -> CellType.LSTM;
            case GRU -> CellType.GRU;
            default -> CellType.RNN;
        };
        CellType found = model.cell().type();
        if (found != expected) {
            throw graph.problem(
                    place,
                    "the layers \"" + asked + "\" are of an nn." + found
                            + " by the shapes of their tensors, not of an nn." + expected.name() + "; expected {\""
                            + found.name().toLowerCase(Locale.ROOT) + "\": \"" + asked
                            + "\"}");
        }
        return model;
    }

    /** Initial states, [1, states * width] as a value, [states, 1, width] as the layers take them; empty when not said. */
    private String initial(String place, Map<String, Object> step, String key, int count, int width, Value before) {
        if (!step.containsKey(key)) {
            return "";
        }
        String learned = learned(place + "." + key, step.get(key), count, width);
        Value value = learned == null
                ? values.value(place + "." + key, step.get(key), before)
                : tensors.row(place + "." + key, learned);
        if (value.per() != Per.ROW) {
            throw graph.problem(
                    place + "." + key,
                    "a value of each step; expected one of the row, such as the \"h_n\" of other layers");
        }
        graph.fit(place + "." + key, value, (long) count * width, "\"" + key + "\"");
        return graph.add(
                place, new Reshape(Reshape.Zero.AS_IT_IS), graph.numbers(place, value), graph.wholes(count, 1, width));
    }

    /** The tensor that layers begin with, if it has their learned states, each in a row of its own; null for another value. */
    private @Nullable String learned(String place, @Nullable Object begin, int count, int width) {
        if (!(begin instanceof Map<?, ?> map) || map.size() != 1 || !(map.get("parameter") instanceof String asked)) {
            return null;
        }
        String own = tensors.module(place, "", asked) + asked;
        Shape shape = tensors.shape(own);
        List<Long> sizes = new ArrayList<>();
        for (int d = 0; d < shape.rank(); d++) {
            if (shape.size(d) != 1) {
                sizes.add(shape.size(d));
            }
        }
        if (sizes.size() < 2) {
            return null;
        }
        if (!sizes.equals(List.of((long) count, (long) width))) {
            throw graph.problem(
                    place,
                    "tensor " + own + " is " + shape + "; expected [" + count + ", 1, " + width
                            + "], a state for each layer and direction");
        }
        return own;
    }

    Value lastStates(String place, SidecarWords word, @Nullable Object argument, Value x) {
        States states = x.states();
        if (argument != null && !argument.equals(ALL)) {
            throw arguments.wrong(place, word);
        }
        int width = states == null ? 0 : word == SidecarWords.H_N ? states.hiddenWidth() : states.cellWidth();
        if (states == null || width == 0) {
            throw graph.problem(
                    place,
                    "\"" + word + "\" takes what stands directly before it, which is "
                            + (states == null ? "no recurrent layer" : "no LSTM, and has no cell state")
                            + "; expected "
                            + (states == null ? "{\"lstm\": ...}, {\"gru\": ...} or {\"rnn\": ...}" : "\"h_n\""));
        }
        String all = word == SidecarWords.H_N ? states.hidden() : states.cell();
        int count = argument == null ? states.directions() : states.count();
        String own = argument == null ? graph.sliced(place, all, states.count() - count, SidecarGraph.FAR, 0) : all;
        String row = graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), own, graph.wholes(1, -1));
        return new Value(row, Per.ROW, Width.of((long) count * width));
    }
}
