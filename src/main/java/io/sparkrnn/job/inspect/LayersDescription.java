package io.sparkrnn.job.inspect;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.inspect.NetworkDescription.Given;
import io.sparkrnn.job.inspect.NetworkDescription.Input;
import io.sparkrnn.job.inspect.NetworkDescription.Kind;
import io.sparkrnn.job.inspect.NetworkDescription.Output;
import io.sparkrnn.job.inspect.NetworkDescription.Part;
import io.sparkrnn.job.inspect.NetworkDescription.Step;
import io.sparkrnn.job.inspect.NetworkDescription.Taken;
import io.sparkrnn.job.inspect.NetworkDescription.Value;
import io.sparkrnn.job.inspect.NetworkDescription.Values;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.ArrayList;
import java.util.List;

/** Describes recurrent layers, with a head if there is one: a node a layer, and one for the head. */
final class LayersDescription {
    private static final String FEATURES = "features";
    private static final String HIDDEN_STATES = "hidden_states";
    private static final String H_N = "h_n";
    private static final String C_N = "c_n";
    private static final String SCORE = "score";
    private static final String STEPS = "T";
    private static final String MATRIX = "array<array<number>>";

    private final Network network;
    private final RnnModel model;
    private final List<Step> nodes = new ArrayList<>();
    private final List<Output> outputs = new ArrayList<>();
    private final List<String> hidden = new ArrayList<>();
    private final List<String> cells = new ArrayList<>();

    private LayersDescription(Network network) {
        this.network = network;
        model = network.model();
    }

    static NetworkDescription of(Network network) {
        LayersDescription description = new LayersDescription(network);
        String last = description.layers();
        description.states(last);
        description.head(last);
        return new NetworkDescription(
                Part.LAYERS,
                network.model().naturalPrecision(),
                description.nodes.stream().mapToLong(Step::parameters).sum(),
                List.of(new Input(
                        FEATURES,
                        MATRIX,
                        List.of(STEPS, Integer.toString(network.model().inputSize())),
                        Values.NUMBERS,
                        0,
                        Taken.AS_FEATURES,
                        "")),
                description.nodes,
                description.outputs,
                network.notes());
    }

    /** Gives the name of what the last one gives. */
    private String layers() {
        String below = FEATURES;
        for (int l = 0; l < model.numLayers(); l++) {
            Layer layer = model.layers().get(l);
            String directions = Integer.toString(layer.numDirections());
            String name = name(l);
            List<Value> values = new ArrayList<>();
            values.add(new Value(name, List.of(STEPS, Integer.toString(layer.outputSize()))));
            String last = name + "." + H_N;
            values.add(
                    new Value(last, List.of(directions, Integer.toString(layer.outputSize() / layer.numDirections()))));
            hidden.add(last);
            if (layer.cell().type() == CellType.LSTM) {
                String cell = name + "." + C_N;
                values.add(new Value(cell, List.of(directions, Integer.toString(layer.hiddenSize()))));
                cells.add(cell);
            }
            nodes.add(new Step(
                    name,
                    RnnModel.describe(layer),
                    List.of(below),
                    values,
                    RnnModel.of(List.of(layer)).parameters(),
                    Kind.RECURRENT));
            below = name;
        }
        return below;
    }

    private String name(int layer) {
        String prefix = network.prefix();
        String own = prefix.endsWith(".") ? prefix.substring(0, prefix.length() - 1) : prefix;
        return own.isEmpty() ? "l" + layer : own + ".l" + layer;
    }

    private void states(String last) {
        outputs.add(new Output(
                HIDDEN_STATES,
                MATRIX,
                List.of(STEPS, Integer.toString(model.outputSize())),
                List.of(last),
                Given.BY_DEFAULT));
        outputs.add(new Output(H_N, MATRIX, shape(model.hiddenStates()), hidden, Given.BY_DEFAULT));
        if (model.hasCellState()) {
            outputs.add(new Output(C_N, MATRIX, shape(model.cellStates()), cells, Given.WHEN_ASKED));
        }
    }

    /** Of layers that differ in size each state has a width of its own. */
    private static List<String> shape(StateLayout states) {
        return List.of(
                Integer.toString(states.count()),
                states.isUniform() ? Integer.toString(states.width(0)) : "each its own");
    }

    private void head(String last) {
        if (network.head() == null) {
            return;
        }
        Head head = network.head().head();
        boolean ofSteps = head.source() == Head.Source.HIDDEN_STATES;
        String width = Integer.toString(head.outputSize());
        List<String> shape = ofSteps ? List.of(STEPS, width) : List.of(width);
        nodes.add(new Step(
                network.head().prefix(),
                head.toString(),
                List.of(ofSteps ? last : last + "." + H_N),
                List.of(new Value(SCORE, shape)),
                head.parameters(),
                Kind.OTHER));
        outputs.add(new Output(SCORE, ofSteps ? MATRIX : "array<number>", shape, List.of(SCORE), Given.BY_DEFAULT));
    }
}
