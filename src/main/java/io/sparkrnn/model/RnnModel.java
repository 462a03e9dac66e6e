package io.sparkrnn.model;

import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.List;

/**
 * A trained recurrent network: a stack of layers, each of which takes what the one before gives. The letters used of
 * its arrays everywhere: L layers, D directions, I inputs, H hidden units, P the
 * width of a hidden state (proj_size of an LSTM that has one, else H), T time steps, B sequences.
 */
public final class RnnModel implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<Layer> layers;

    private RnnModel(List<Layer> layers) {
        this.layers = layers;
    }

    /**
     * A network of these layers, first to last.
     *
     * @throws IllegalArgumentException when there is none, when one does not take what the one before gives, or when
     *     they differ in hidden size or number of directions
     */
    public static RnnModel of(List<Layer> layers) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("a network without layers");
        }
        for (int l = 1; l < layers.size(); l++) {
            Layer below = layers.get(l - 1);
            Layer layer = layers.get(l);
            if (layer.inputSize() != below.outputSize()
                    || layer.cell() != below.cell()
                    || layer.hiddenSize() != below.hiddenSize()
                    || layer.stateSize() != below.stateSize()
                    || layer.numDirections() != below.numDirections()) {
                throw new IllegalArgumentException("layer " + l + " does not fit on the layer below it");
            }
        }
        return new RnnModel(List.copyOf(layers));
    }

    /** The layers, first to last; unmodifiable. */
    public List<Layer> layers() {
        return layers;
    }

    /** The cell of every layer. */
    public CellType cell() {
        return layers.get(0).cell();
    }

    /** I: the number of features of a time step. */
    public int inputSize() {
        return layers.get(0).inputSize();
    }

    /** H: the number of hidden units, and the width of a cell state. */
    public int hiddenSize() {
        return layers.get(0).hiddenSize();
    }

    /** P: the width of a hidden state: proj_size of an LSTM that has one, else H. */
    public int stateSize() {
        return layers.get(0).stateSize();
    }

    /** The width of a cell state: H for an LSTM, 0 for a cell without. */
    public int cellStateSize() {
        return cell().hasCellState() ? hiddenSize() : 0;
    }

    /** L. */
    public int numLayers() {
        return layers.size();
    }

    /** D: 1, or 2 for a bidirectional network. */
    public int numDirections() {
        return layers.get(0).numDirections();
    }

    /** L*D: the number of states in h_0 and h_n, in the order l0, l0_reverse, l1, l1_reverse, ... */
    public int numStates() {
        return numLayers() * numDirections();
    }

    /** D*P: the width of a step of the last layer's hidden states. */
    public int outputSize() {
        return layers.get(layers.size() - 1).outputSize();
    }

    /** Whether the layers have biases. */
    public boolean hasBias() {
        return layers.get(0).forward().biasIh() != null;
    }

    /** The number of weights in all. */
    public long parameters() {
        return layers.stream()
                .flatMap(layer -> layer.directions().stream())
                .flatMap(LayerWeights::tensors)
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
    }

    /** The type the weights are stored in: float64 if any of them is, else that of the first. */
    public DType weightsDType() {
        return layers.stream()
                .flatMap(layer -> layer.directions().stream())
                .flatMap(LayerWeights::tensors)
                .map(Tensor::dtype)
                .reduce((a, b) -> a == DType.FLOAT64 || b != DType.FLOAT64 ? a : b)
                .orElseThrow();
    }

    /** The arithmetic such weights ask for: float64 for float64, float32 for float32, float16 and bfloat16. */
    public Precision naturalPrecision() {
        return weightsDType() == DType.FLOAT64 ? Precision.FLOAT64 : Precision.FLOAT32;
    }

    @Override
    public String toString() {
        return cell() + ", input_size " + inputSize() + ", hidden_size " + hiddenSize()
                + (stateSize() < hiddenSize() ? ", proj_size " + stateSize() : "") + ", num_layers " + numLayers()
                + (numDirections() == 2 ? ", bidirectional" : "") + (hasBias() ? "" : ", no bias");
    }
}
