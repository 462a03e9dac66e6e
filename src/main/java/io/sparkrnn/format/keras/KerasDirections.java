package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent layer of Keras brought into PyTorch's layout. With I inputs, H units and G gates, Keras has
 *
 * <pre>
 *   kernel [I, G*H]      recurrent_kernel [H, G*H]      bias [G*H], or [2, G*H] of a GRU with reset_after
 * </pre>
 *
 * its gates in the columns: LSTM i, f, c, o; GRU z, r, h. PyTorch has their transposes, and r, z, n.
 */
final class KerasDirections {
    private final String file;
    private final Tensors tensors;
    private final KerasCells cells;
    private final KerasLayer layer;
    private final List<String> forward;
    private final List<String> backward;

    /**
     * @param layer SimpleRNN, LSTM, GRU, or Bidirectional of one of them
     * @throws ModelException when the layer is of a kind that is not scored, or its weights are not in the file
     */
    KerasDirections(String file, Tensors tensors, KerasCells cells, KerasWeights weights, KerasLayer layer) {
        this.file = file;
        this.tensors = tensors;
        this.cells = cells;
        this.layer = layer;
        if (isBidirectional()) {
            if (layer.recurrent().path("go_backwards").asBoolean(false)) {
                throw problem("wraps a layer with go_backwards as its forward layer, which is not scored");
            }
        }
        // time_major, implementation and unroll say how Keras computes: the network is the same.
        forward = weights.of(layer, false);
        backward = isBidirectional() ? weights.of(layer, true) : List.of();
    }

    boolean isBidirectional() {
        return layer.className().equals("Bidirectional");
    }

    /** Whether Keras runs it from the last step it is given to the first. */
    boolean goesBackwards() {
        return !isBidirectional() && layer.config().path("go_backwards").asBoolean(false);
    }

    /** The tensors it uses. */
    List<String> names() {
        return Stream.concat(forward.stream(), backward.stream()).toList();
    }

    /**
     * The layer.
     *
     * @param reversed whether Keras gives it the steps last to first
     * @param swapped whether the layer below, bidirectional, has its two halves here the other way round
     */
    Layer layer(boolean reversed, boolean swapped) {
        if (!isBidirectional()) {
            DirectionWeights only = weights(layer.className(), layer.config(), forward, swapped);
            return goesBackwards() == reversed ? new Layer(only, null) : new Layer(null, only);
        }
        JsonNode inner = layer.config().path("layer");
        JsonNode other = layer.config().path("backward_layer");
        JsonNode backwardLayer = other.path("config").isObject() ? other : inner;
        DirectionWeights first = weights(inner.path("class_name").asText(), inner.path("config"), forward, swapped);
        DirectionWeights second =
                weights(backwardLayer.path("class_name").asText(), backwardLayer.path("config"), backward, swapped);
        try {
            return reversed ? new Layer(second, first) : new Layer(first, second);
        } catch (IllegalArgumentException e) {
            throw problem("has two directions that differ in cell or units, which is not scored");
        }
    }

    private DirectionWeights weights(String className, JsonNode config, List<String> names, boolean swapped) {
        Cell cell = cells.cell(layer.name(), className, config);
        CellType type = cell.type();
        boolean useBias = config.path("use_bias").asBoolean(config.path("bias").asBoolean(true));
        if (names.size() != (useBias ? 3 : 2)) {
            throw problem("has " + names.size() + (names.size() == 1 ? " weight in" : " weights in") + " the file ("
                    + String.join(", ", names) + "), but should" + " have kernel, recurrent_kernel"
                    + (useBias ? " and bias" : " and no bias"));
        }
        Shape kernel = matrix(names.get(0));
        Shape recurrent = matrix(names.get(1));
        long hidden = recurrent.size(0);
        long rows = type.gates() * hidden;
        long units = config.path("units").asLong(config.path("output_dim").asLong(hidden));
        if (hidden == 0
                || hidden > Integer.MAX_VALUE / 8
                || kernel.size(0) == 0
                || units != hidden
                || !recurrent.is(hidden, rows)
                || kernel.size(1) != rows
                || (swapped && kernel.size(0) % 2 != 0)) {
            throw problem("is a " + className + " of " + units + " units, whose kernel should be [inputs, "
                    + type.gates() * units + "] and recurrent_kernel [" + units + ", " + type.gates() * units
                    + "]; they are " + kernel + " and " + recurrent);
        }
        boolean twoBiases = type == CellType.GRU && cell.resetGate() == Cell.ResetGate.AFTER_PRODUCT;
        @Nullable Tensor biasIh = null;
        @Nullable Tensor biasHh = null;
        if (useBias) {
            Shape shape = tensors.shape(names.get(2));
            if (!(twoBiases ? shape.is(2, rows) : shape.is(rows))) {
                throw problem("has a bias of " + shape + ", but should have "
                        + (twoBiases ? "[2, " + rows + "]" : "[" + rows + "]"));
            }
            biasIh = vector(names.get(2), type, 0, rows);
            biasHh = twoBiases ? vector(names.get(2), type, rows, rows) : null;
        }
        return DirectionWeights.of(
                cell,
                transposed(names.get(0), type, swapped),
                transposed(names.get(1), type, false),
                biasIh,
                biasHh,
                null);
    }

    private Shape matrix(String name) {
        Shape shape = tensors.shape(name);
        if (shape.rank() != 2) {
            throw problem("has a tensor '" + name + "' of shape " + shape + ", which should have two dimensions");
        }
        return shape;
    }

    /** Where in Keras' order each gate of PyTorch's is. */
    private static int[] gates(CellType type) {
        return type == CellType.GRU
                ? new int[] {1, 0, 2}
                : IntStream.range(0, type.gates()).toArray();
    }

    /** A kernel [I, G*H] as [G*H, I], its gates in PyTorch's order; with the two halves of I exchanged if asked. */
    private Tensor transposed(String name, CellType type, boolean swapped) {
        Tensor tensor = weight(name);
        int inputs = (int) tensor.shape().size(0);
        int columns = (int) tensor.shape().size(1);
        int hidden = columns / type.gates();
        int size = tensor.dtype().byteSize();
        byte[] source = bytes(tensor);
        byte[] target = new byte[source.length];
        int row = 0;
        for (int gate : gates(type)) {
            for (int unit = 0; unit < hidden; unit++, row++) {
                for (int i = 0; i < inputs; i++) {
                    int from = swapped ? (i + inputs / 2) % inputs : i;
                    System.arraycopy(
                            source,
                            (from * columns + gate * hidden + unit) * size,
                            target,
                            (row * inputs + i) * size,
                            size);
                }
            }
        }
        return Tensor.of(tensor.dtype(), Shape.of(columns, inputs), target);
    }

    /** The {@code count} numbers of a bias from {@code start} on, its gates in PyTorch's order. */
    private Tensor vector(String name, CellType type, long start, long count) {
        Tensor tensor = weight(name);
        int size = tensor.dtype().byteSize();
        byte[] source = bytes(tensor);
        int gateBytes = (int) count / type.gates() * size;
        byte[] target = new byte[(int) count * size];
        int[] gates = gates(type);
        for (int g = 0; g < gates.length; g++) {
            System.arraycopy(source, (int) start * size + gates[g] * gateBytes, target, g * gateBytes, gateBytes);
        }
        return Tensor.of(tensor.dtype(), Shape.of(count), target);
    }

    private Tensor weight(String name) {
        DType dtype = tensors.dtype(name);
        if (!dtype.isWeight()) {
            throw problem("has a tensor '" + name + "' of type " + dtype
                    + "; weights are float64, float32, float16 or bfloat16. A quantised model must be saved before its"
                    + " quantisation");
        }
        return tensors.get(name);
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[tensor.bytes().remaining()];
        tensor.bytes().get(bytes);
        return bytes;
    }

    private ModelException problem(String what) {
        return new ModelException(file, "Keras' layer '" + layer.name() + "' " + what);
    }
}
