package io.sparkrnn.model;

import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A trained recurrent network: a stack of layers, each of which takes what the one before gives. The letters used of
 * its arrays everywhere: L layers, D directions, I inputs, H hidden units, P the
 * width of a hidden state (proj_size of an LSTM that has one, else H), T time steps, B sequences.
 *
 * <p>PyTorch's networks are stacks of layers of one cell and one size ({@link #isUniform}); those of ONNX and Keras may
 * change both from layer to layer.
 */
public final class RnnModel implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<Layer> layers;
    private final StateLayout hiddenStates;
    private final StateLayout cellStates;

    private RnnModel(List<Layer> layers) {
        this.layers = layers;
        List<DirectionWeights> directions = directions().toList();
        hiddenStates = StateLayout.of(directions, DirectionWeights::stateSize, DirectionWeights::initialState);
        cellStates = StateLayout.of(directions, DirectionWeights::cellStateSize, DirectionWeights::initialCellState);
    }

    /**
     * A network of these layers, first to last.
     *
     * @throws IllegalArgumentException when there is none, or when one does not take what the one before gives
     */
    public static RnnModel of(List<Layer> layers) {
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("a network without layers");
        }
        for (int l = 1; l < layers.size(); l++) {
            if (layers.get(l).inputSize() != layers.get(l - 1).outputSize()) {
                throw new IllegalArgumentException("layer " + l + " takes "
                        + layers.get(l).inputSize() + " numbers a step, the layer below it gives "
                        + layers.get(l - 1).outputSize());
            }
        }
        return new RnnModel(List.copyOf(layers));
    }

    /** The layers, first to last; unmodifiable. */
    public List<Layer> layers() {
        return layers;
    }

    private Layer first() {
        return layers.get(0);
    }

    private Stream<DirectionWeights> directions() {
        return layers.stream().flatMap(layer -> layer.directions().stream());
    }

    private Stream<Tensor> tensors() {
        return directions().flatMap(DirectionWeights::tensors);
    }

    /** Whether all layers are alike in cell, sizes and directions, as PyTorch's are: then one says all of them. */
    public boolean isUniform() {
        return layers.stream()
                .allMatch(layer -> layer.directions().stream()
                                .allMatch(weights -> weights.cell().equals(first().cell()))
                        && (layer.forward() == null) == (first().forward() == null)
                        && layer.numDirections() == first().numDirections()
                        && layer.hiddenSize() == first().hiddenSize()
                        && layer.stateSize() == first().stateSize());
    }

    /** The cell of the first layer. */
    public Cell cell() {
        return first().cell();
    }

    /** I: the number of features of a time step. */
    public int inputSize() {
        return first().inputSize();
    }

    /**
     * Whether each layer starts at step 0 and goes forward: then the states after a step, h and c, are all that later steps
     * know of the ones before.
     */
    public boolean runsForwardOnly() {
        return layers.stream().allMatch(layer -> layer.reverse() == null);
    }

    /** H of the first layer: the number of hidden units, and the width of a cell state. */
    public int hiddenSize() {
        return first().hiddenSize();
    }

    /** P of the first layer: the width of a hidden state: proj_size of an LSTM that has one, else H. */
    public int stateSize() {
        return first().stateSize();
    }

    /** The hidden states of a sequence: h_0, h_n. */
    public StateLayout hiddenStates() {
        return hiddenStates;
    }

    /** The cell states of a sequence: c_0, c_n; of width 0 for a layer without. */
    public StateLayout cellStates() {
        return cellStates;
    }

    /** Whether any layer keeps a cell state. */
    public boolean hasCellState() {
        return cellStates.total() > 0;
    }

    /** L. */
    public int numLayers() {
        return layers.size();
    }

    /** D of the first layer: 1, or 2 for a bidirectional one. */
    public int numDirections() {
        return first().numDirections();
    }

    /** The number of states in h_0 and h_n, L*D where layers are alike, in the order l0, l0_reverse, l1, l1_reverse, ... */
    public int numStates() {
        return hiddenStates.count();
    }

    /** D*P of the last layer: the width of a step of its hidden states. */
    public int outputSize() {
        return layers.get(layers.size() - 1).outputSize();
    }

    /** Whether any layer has a bias. */
    public boolean hasBias() {
        return directions().anyMatch(weights -> weights.biasIh() != null || weights.biasHh() != null);
    }

    /** The number of weights in all. */
    public long parameters() {
        return tensors().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    /** The type the weights are stored in: float64 if any of them is, else that of the first. */
    public DType weightsDType() {
        return tensors()
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
        if (isUniform()) {
            return sizes(first()) + ", num_layers " + numLayers() + directionsOf(first())
                    + (hasBias() ? "" : ", no bias");
        }
        return numLayers() + " layers: "
                + layers.stream().map(RnnModel::describe).collect(Collectors.joining("; "));
    }

    /** A layer by itself, in words: {@code nn.LSTM, input_size 5, hidden_size 8, bidirectional}. */
    public static String describe(Layer layer) {
        return sizes(layer) + directionsOf(layer);
    }

    private static String sizes(Layer layer) {
        return layer.cell() + ", input_size " + layer.inputSize() + ", hidden_size " + layer.hiddenSize()
                + (layer.stateSize() < layer.hiddenSize() ? ", proj_size " + layer.stateSize() : "");
    }

    private static String directionsOf(Layer layer) {
        return layer.numDirections() == 2 ? ", bidirectional" : layer.forward() == null ? ", backward" : "";
    }
}
