package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** The cell that the attributes of a recurrent node say: functions, clip, gates. */
final class OnnxCell {
    /** Functions that the operators' text does not have for cells. */
    private static final Set<Activation.Kind> NOT_OF_ONNX =
            EnumSet.of(Activation.Kind.SELU, Activation.Kind.SILU, Activation.Kind.EXPONENTIAL);

    private final String file;
    private final OnnxRecurrent node;
    private final Parameters alphas;
    private final Parameters betas;

    private OnnxCell(String file, OnnxRecurrent node) {
        this.file = file;
        this.node = node;
        alphas = parameters("activation_alpha");
        betas = parameters("activation_beta");
    }

    /**
     * The cell of each direction of a node.
     *
     * @param file what messages call the file
     */
    static List<Cell> of(String file, OnnxRecurrent node) {
        return new OnnxCell(file, node).cells();
    }

    private List<Cell> cells() {
        CellType type = node.type();
        int count = Cell.activationsOf(type);
        List<String> names = names(count);
        double clip = clip();
        boolean coupled = type == CellType.LSTM && node.node().number("input_forget", 0) != 0;
        boolean before = type == CellType.GRU && node.node().number("linear_before_reset", 0) == 0;
        List<Cell> cells = new ArrayList<>();
        for (int d = 0; d < node.directions(); d++) {
            List<Activation> activations = new ArrayList<>();
            for (int i = d * count; i < (d + 1) * count; i++) {
                activations.add(activation(names.get(i), i));
            }
            cells.add(new Cell(
                    type,
                    activations,
                    clip,
                    coupled ? Cell.ForgetGate.COUPLED : Cell.ForgetGate.OWN,
                    before ? Cell.ResetGate.BEFORE_PRODUCT : Cell.ResetGate.AFTER_PRODUCT));
        }
        return cells;
    }

    private List<String> names(int count) {
        Attribute given = node.node().attributes().get("activations");
        if (given == null || given.texts().isEmpty()) {
            List<String> usual = switch (node.type()) {
                case RNN -> List.of("tanh");
                case GRU -> List.of("sigmoid", "tanh");
                case LSTM -> List.of("sigmoid", "tanh", "tanh");
            };
            List<String> names = new ArrayList<>();
            for (int d = 0; d < node.directions(); d++) {
                names.addAll(usual);
            }
            return names;
        }
        if (given.texts().size() != count * node.directions()) {
            throw problem("has " + given.texts().size() + " activations; expected "
                    + (node.directions() == 2 ? count + " for each of its two directions" : Integer.toString(count)));
        }
        return given.texts();
    }

    private double clip() {
        Attribute clip = node.node().attributes().get("clip");
        if (clip == null) {
            return Double.POSITIVE_INFINITY;
        }
        if (!(clip.real() > 0)) {
            throw problem("has a clip of " + clip.real() + "; expected a number above 0");
        }
        return clip.real();
    }

    private Parameters parameters(String attribute) {
        Attribute found = node.node().attributes().get(attribute);
        List<Float> values = found == null ? List.of() : found.reals();
        return new Parameters(values, node.type() == CellType.RNN && values.size() == node.directions());
    }

    /**
     * The alphas or the betas. They "are consumed in the order of activation functions", as the operators' text has it: each
     * function that has such a parameter takes the next. ONNX Runtime does so for LSTM and GRU; for an RNN node it
     * takes them by the functions' places, and so does this where there is one for each function.
     */
    private static final class Parameters {
        private final List<Float> values;
        private final boolean byPlace;
        private int next;

        Parameters(List<Float> values, boolean byPlace) {
            this.values = values;
            this.byPlace = byPlace;
        }

        /** That of the function at a place; the usual one of its operator where the node says none. */
        double take(int place, double usual) {
            int index = byPlace ? place : next;
            next++;
            return index < values.size() ? values.get(index) : usual;
        }
    }

    /** A function by its name; its parameters are the next of the attributes, if it has any. */
    private Activation activation(String name, int place) {
        Activation found = Activation.named(name)
                .filter(function -> !NOT_OF_ONNX.contains(function.kind()))
                .orElseThrow(() -> problem("has the activation '" + name
                        + "'; known are Relu, Tanh, Sigmoid, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid,"
                        + " Elu, Softsign and Softplus"));
        int parameters = found.kind().parameters();
        return new Activation(
                found.kind(),
                parameters > 0 ? alphas.take(place, found.alpha()) : 0,
                parameters > 1 ? betas.take(place, found.beta()) : 0);
    }

    private ModelException problem(String what) {
        return new ModelException(file, node.label() + " " + what);
    }
}
