package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.KeepSteps;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Split;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.model.RnnModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What recurrent layers make of a sequence, one way or both, with a mask or without. */
final class KerasRecurrent {
    private KerasRecurrent() {}

    /**
     * A recurrent layer, or one that runs both ways. With a mask it runs over the steps that count; a masked step repeats the
     * output of the one before it.
     */
    static List<Value> recurrent(KerasCall call) {
        KerasWhole whole = call.whole();
        KerasLayer layer = call.layer();
        JsonNode inner = layer.recurrent();
        if (inner.path("stateful").asBoolean(false)) {
            whole.note("layer '" + layer.name() + "' is stateful in Keras: here each row is a sequence of its own, and"
                    + " starts from zeros, as after reset_states()");
        }
        if (inner.path("time_major").asBoolean(false)) {
            throw call.refused("takes steps first (time_major), which is not computed");
        }
        if (call.values().isEmpty() || call.values().get(0).rank() != 3) {
            throw call.refused("is not given a sequence");
        }
        Value x = call.values().get(0);
        List<Value> states =
                new ArrayList<>(call.values().subList(1, call.values().size()));
        states.addAll(call.states());
        KerasDirections directions = new KerasDirections(whole.file, whole.tensors, whole.cells, whole.weights, layer);
        io.sparkrnn.model.Layer built = directions.layer(false, false);
        RnnModel model = RnnModel.of(List.of(built));
        int count = built.numDirections();
        boolean lstm = model.hasCellState();
        String mask = x.mask();
        String kept = mask == null ? x.name() : call.node(new KeepSteps(), x.name(), mask);
        List<String> given = new ArrayList<>(List.of(call.node(Transpose.of(1, 0, 2), kept)));
        given.addAll(initial(call, states, count, lstm));
        List<String> results = whole.nodes(layer, new Recurrent(model), 3, given.toArray(String[]::new));
        List<Value> outputs = new ArrayList<>();
        boolean sequences = layer.givesSequences();
        List<String> parts = new ArrayList<>();
        if (sequences) {
            // [T, D, 1, P]
            List<String> each = split(call, results.get(0), 1, count);
            for (int d = 0; d < count; d++) {
                String own = call.node(new Squeeze(List.of(1L)), each.get(d));
                String steps = call.node(Transpose.of(1, 0, 2), own);
                boolean backward = built.forward() == null || d == 1;
                if (mask != null) {
                    boolean zero = inner.path("zero_output_for_mask").asBoolean(false);
                    steps = call.node(
                            new KeepSteps.Back(
                                    backward ? KeepSteps.Back.Direction.BACKWARD : KeepSteps.Back.Direction.FORWARD,
                                    zero ? KeepSteps.Back.Masked.ZERO : KeepSteps.Back.Masked.REPEATED),
                            steps,
                            mask);
                }
                if (directions.goesBackwards()) {
                    // Keras gives the last step first.
                    steps = call.node(
                            Slice.byInputs(),
                            steps,
                            call.wholes(-1),
                            call.wholes(Long.MIN_VALUE / 2),
                            call.wholes(1),
                            call.wholes(-1));
                }
                parts.add(steps);
            }
        } else {
            for (String state : split(call, results.get(1), 0, count)) {
                parts.add(call.node(new Squeeze(List.of(0L)), state));
            }
        }
        int rank = sequences ? 3 : 2;
        String left = sequences && !directions.goesBackwards() ? mask : null;
        if (sequences && mask != null && directions.goesBackwards()) {
            throw call.refused("runs backward over a mask and gives a sequence, whose mask is not computed");
        }
        merged(call, parts, rank, left, outputs);
        if (inner.path("return_state").asBoolean(false)) {
            List<String> h = split(call, results.get(1), 0, count);
            List<String> c = lstm ? split(call, results.get(2), 0, count) : List.of();
            for (int d = 0; d < count; d++) {
                outputs.add(state(call, h.get(d)));
                if (lstm) {
                    outputs.add(state(call, c.get(d)));
                }
            }
        }
        return outputs;
    }

    private static Value state(KerasCall call, String state) {
        return new Value(call.node(new Squeeze(List.of(0L)), state), 2, null);
    }

    /** An RNN of a cell, or of several that are stacked: a layer each. */
    static List<Value> cells(KerasCall call) {
        JsonNode config = call.config();
        JsonNode cell = config.path("cell");
        JsonNode inside = cell.path("config").path("cells");
        boolean stacked = cell.path("class_name").asText().equals("StackedRNNCells") && inside.isArray();
        List<JsonNode> all = new ArrayList<>();
        if (stacked) {
            inside.forEach(all::add);
        } else {
            all.add(cell);
        }
        boolean states = !call.states().isEmpty() || config.path("return_state").asBoolean(false);
        if (all.isEmpty() || (states && all.size() > 1)) {
            throw call.refused("has no cells, or takes or gives the states of several");
        }
        Map<String, Integer> numbers = new HashMap<>();
        List<Value> values = call.values();
        for (int i = 0; i < all.size(); i++) {
            String kind = all.get(i).path("class_name").asText();
            String className = kind.endsWith("Cell") ? kind.substring(0, kind.length() - 4) : kind;
            if (!KerasCells.isRecurrent(className)) {
                throw call.refused("has a cell of the class '" + kind
                        + "'; run are SimpleRNNCell, LSTMCell and GRUCell, alone and in" + " StackedRNNCells");
            }
            ObjectNode own = config.deepCopy();
            JsonNode inner = all.get(i).path("config");
            inner.fieldNames().forEachRemaining(name -> own.set(name, inner.path(name)));
            boolean last = i + 1 == all.size();
            own.put("return_sequences", !last || config.path("return_sequences").asBoolean(false));
            int number = numbers.merge(kind, 1, Integer::sum) - 1;
            KerasLayer layer = new KerasLayer(
                    call.layer().name(),
                    className,
                    own,
                    call.layer().place() + (stacked ? "/cell/cells/" + KerasConfig.numbered(kind, number) : ""),
                    null,
                    false,
                    new KerasLayer.Part(i, all.size()));
            values = recurrent(
                    new KerasCall(call.whole(), layer, values, i == 0 ? call.states() : List.of(), call.arguments()));
        }
        return values;
    }

    private static List<String> split(KerasCall call, String value, int axis, int count) {
        return count == 1
                ? List.of(value)
                : call.whole().nodes(call.layer(), new Split(axis, List.of(), count), count, value);
    }

    /** The two directions as merge_mode says. */
    private static void merged(
            KerasCall call, List<String> parts, int rank, @Nullable String mask, List<Value> outputs) {
        if (parts.size() == 1) {
            outputs.add(new Value(parts.get(0), rank, mask));
            return;
        }
        JsonNode said = call.config().path("merge_mode");
        String mode = said.isNull() ? "none" : said.asText("concat");
        String[] both = parts.toArray(String[]::new);
        switch (mode) {
            case "concat" -> outputs.add(new Value(call.node(new Concat(-1), both), rank, mask));
            case "sum" -> outputs.add(new Value(call.node(new Pair(Pair.Of.ADD), both), rank, mask));
            case "mul" -> outputs.add(new Value(call.node(new Pair(Pair.Of.MUL), both), rank, mask));
            case "ave" -> outputs.add(new Value(call.node(new Pair(Pair.Of.MEAN), both), rank, mask));
            case "none" -> parts.forEach(part -> outputs.add(new Value(part, rank, mask)));
            default -> throw call.refused("has the merge_mode '" + mode + "'; run are concat, sum, mul, ave and none");
        }
    }

    /** h_0 and c_0 as a recurrent node takes them; empty names where there are none. */
    private static List<String> initial(KerasCall call, List<Value> states, int directions, boolean lstm) {
        if (states.isEmpty()) {
            return List.of("", "");
        }
        int each = lstm ? 2 : 1;
        if (states.size() != each * directions) {
            throw call.refused("is given " + states.size() + " initial states; expected " + each * directions);
        }
        List<String> h = new ArrayList<>();
        List<String> c = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            h.add(states.get(d * each).name());
            if (lstm) {
                c.add(states.get(d * each + 1).name());
            }
        }
        return List.of(joined(call, h), lstm ? joined(call, c) : "");
    }

    private static String joined(KerasCall call, List<String> states) {
        return states.size() == 1 ? states.get(0) : call.node(new Concat(0), states.toArray(String[]::new));
    }
}
