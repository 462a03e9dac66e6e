package io.sparkrnn.model;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A cell: its kind, and what ONNX and Keras let one choose of it
 * (<a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">LSTM</a>, <a
 * href="https://onnx.ai/onnx/operators/onnx__GRU.html">GRU</a>, <a
 * href="https://onnx.ai/onnx/operators/onnx__RNN.html">RNN</a>). PyTorch has only the four constants here. What the weights
 * alone tell, such as peepholes and a projection, is in {@link DirectionWeights}.
 *
 * @param type its equation
 * @param activations the functions in the equation: of an RNN its one; of a GRU that of the gates r and z, then that of
 *     n; of an LSTM that of the gates i, f and o, then that of g, then that of c on its way to h
 * @param clip the sums of a gate, of an RNN's h or a GRU's n are brought into [-clip, clip] before their activation;
 *     infinite for no such bound. An LSTM's c on its way to h is not: ONNX's text ("applied to the input of activations")
 *     can be read either way, and ONNX Runtime leaves c as it is
 * @param forgetGate of an LSTM; OWN for others
 * @param resetGate of a GRU; AFTER_PRODUCT for others
 */
public record Cell(CellType type, List<Activation> activations, double clip, ForgetGate forgetGate, ResetGate resetGate)
        implements Serializable {

    /** What f of an LSTM is. */
    public enum ForgetGate {
        /** A gate with weights of its own. */
        OWN,
        /** {@code f = 1 - i}: ONNX's input_forget. */
        COUPLED
    }

    /** Where r of a GRU comes in. */
    public enum ResetGate {
        /** {@code n = act(W_in x + b_in + r * (W_hn h + b_hn))}: PyTorch, cuDNN; ONNX's linear_before_reset, Keras' reset_after. */
        AFTER_PRODUCT,
        /** {@code n = act(W_in x + b_in + W_hn (r * h) + b_hn)}: the first paper, and ONNX's default. */
        BEFORE_PRODUCT
    }

    /** nn.RNN, nonlinearity='tanh'. */
    public static final Cell RNN_TANH = ofPyTorch(CellType.RNN, Activation.TANH);
    /** nn.RNN, nonlinearity='relu'. */
    public static final Cell RNN_RELU = ofPyTorch(CellType.RNN, Activation.RELU);

    public static final Cell LSTM = ofPyTorch(CellType.LSTM, Activation.SIGMOID, Activation.TANH, Activation.TANH);
    public static final Cell GRU = ofPyTorch(CellType.GRU, Activation.SIGMOID, Activation.TANH);

    /** The cells that PyTorch has. */
    public static final List<Cell> OF_PYTORCH = List.of(RNN_TANH, RNN_RELU, LSTM, GRU);

    public Cell {
        activations = List.copyOf(activations);
        int expected = activationsOf(type);
        if (activations.size() != expected) {
            throw new IllegalArgumentException(type + " with " + activations.size() + " activations, not " + expected);
        }
        if (!(clip > 0)) {
            throw new IllegalArgumentException("a clip of " + clip);
        }
        if ((forgetGate == ForgetGate.COUPLED && type != CellType.LSTM)
                || (resetGate == ResetGate.BEFORE_PRODUCT && type != CellType.GRU)) {
            throw new IllegalArgumentException(type + " has no such gate");
        }
    }

    /** A cell of these functions that is PyTorch's otherwise. */
    public static Cell ofPyTorch(CellType type, Activation... activations) {
        return new Cell(type, List.of(activations), Double.POSITIVE_INFINITY, ForgetGate.OWN, ResetGate.AFTER_PRODUCT);
    }

    /** The number of functions in the equation. */
    public static int activationsOf(CellType type) {
        return switch (type) {
            case RNN -> 1;
            case GRU -> 2;
            case LSTM -> 3;
        };
    }

    /** The function of the gates: i, f and o of an LSTM, r and z of a GRU; an RNN's only one. */
    public Activation gateActivation() {
        return activations.get(0);
    }

    /** The function of the new value: g of an LSTM, n of a GRU; an RNN's only one. */
    public Activation newActivation() {
        return activations.get(activations.size() == 1 ? 0 : 1);
    }

    /** The last function: that of an LSTM's c on its way to h. */
    public Activation outputActivation() {
        return activations.get(activations.size() - 1);
    }

    /** Whether PyTorch has this cell: no variant in anything. */
    public boolean isOfPyTorch() {
        return OF_PYTORCH.contains(this);
    }

    /** PyTorch's name of its kind, and how it differs from PyTorch's: {@code nn.GRU (sigmoid, tanh; reset before product)}. */
    @Override
    public String toString() {
        if (type != CellType.RNN && isOfPyTorch()) {
            return type.toString();
        }
        List<String> differences = new ArrayList<>();
        differences.add(activations.stream().map(Activation::toString).collect(Collectors.joining(", ")));
        if (clip < Double.POSITIVE_INFINITY) {
            differences.add("clip " + clip);
        }
        if (forgetGate == ForgetGate.COUPLED) {
            differences.add("f = 1 - i");
        }
        if (resetGate == ResetGate.BEFORE_PRODUCT) {
            differences.add("reset before product");
        }
        return type + " (" + String.join("; ", differences) + ")";
    }
}
