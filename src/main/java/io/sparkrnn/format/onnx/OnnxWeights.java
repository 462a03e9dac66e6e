package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.format.onnx.OnnxValue.Flow;
import io.sparkrnn.format.onnx.OnnxValue.Other;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The weights of a recurrent node, brought into PyTorch's order. ONNX has the rows of an LSTM's gates as i, o, f, c and
 * those of a GRU's as z, r, h; one B with the biases of W, then those of R; peepholes as i, o, f.
 */
final class OnnxWeights {
    private static final int W = 1;
    private static final int R = 2;
    private static final int B = 3;
    private static final int INITIAL_H = 5;
    private static final int INITIAL_C = 6;
    private static final int P = 7;

    private static final int[] PEEPHOLES = {0, 2, 1};

    private final String file;
    private final OnnxRecurrent node;
    private final Set<String> used;
    private final int[] gates;

    private OnnxWeights(String file, OnnxRecurrent node, Set<String> used) {
        this.file = file;
        this.node = node;
        this.used = used;
        gates = switch (node.type()) {
            case RNN -> new int[] {0};
            case GRU -> new int[] {1, 0, 2};
            case LSTM -> new int[] {0, 2, 3, 1};
        };
    }

    /**
     * The weights of each direction of a node.
     *
     * @param file what messages call the file
     * @param used takes the names of the initializers they are made of
     */
    static List<DirectionWeights> of(String file, OnnxRecurrent node, Set<String> used) {
        return new OnnxWeights(file, node, used).read();
    }

    private List<DirectionWeights> read() {
        String direction = node.direction();
        if (!Set.of("forward", "reverse", "bidirectional").contains(direction)) {
            throw problem("has the direction '" + direction + "'; expected forward, reverse or bidirectional");
        }
        long layout = node.node().number("layout", 0);
        if (layout != 0 && layout != 1) {
            throw problem("has the layout " + layout + "; expected 0 or 1");
        }
        List<Cell> cells = OnnxCell.of(file, node);
        long directions = node.directions();
        Constant recurrence = constant("R", node.input(R));
        long hidden = recurrence.shape().rank() == 3 ? recurrence.shape().size(2) : 0;
        long said = node.node().number("hidden_size", hidden);
        if (hidden == 0 || said != hidden) {
            throw problem("has R of shape " + recurrence.shape() + " and hidden_size " + said);
        }
        long rows = node.type().gates() * hidden;
        check("R", recurrence, directions, rows, hidden);
        Constant weights = constant("W", node.input(W));
        long inputs = weights.shape().rank() == 3 ? weights.shape().size(2) : 0;
        if (inputs == 0) {
            throw problem("has W of shape " + weights.shape() + "; expected [directions, gates * hidden_size, inputs]");
        }
        check("W", weights, directions, rows, inputs);
        OnnxArray w = weights.get();
        OnnxArray r = recurrence.get();
        OnnxArray b = optional("B", node.input(B), directions, 2 * rows);
        boolean lstm = node.type() == CellType.LSTM;
        OnnxArray p = lstm ? optional("P", node.input(P), directions, 3 * hidden) : null;
        List<DirectionWeights> result = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            result.add(new DirectionWeights(
                    cells.get(d),
                    ordered(w, d, gates, Shape.of(rows, inputs)),
                    ordered(r, d, gates, Shape.of(rows, hidden)),
                    b == null ? null : ordered(b, 2 * d, gates, Shape.of(rows)),
                    b == null ? null : ordered(b, 2 * d + 1, gates, Shape.of(rows)),
                    null,
                    p == null ? null : ordered(p, d, PEEPHOLES, Shape.of(3 * hidden)),
                    state("initial_h", node.input(INITIAL_H), d, (int) hidden),
                    lstm ? state("initial_c", node.input(INITIAL_C), d, (int) hidden) : null));
        }
        return result;
    }

    /** Part number {@code index} of an array of such parts, each a row of blocks that are put into another order. */
    private static Tensor ordered(OnnxArray array, int index, int[] order, Shape shape) {
        int size = Math.toIntExact(shape.elements() * array.dtype().byteSize());
        int block = size / order.length;
        ByteBuffer ordered = ByteBuffer.allocate(size);
        for (int from : order) {
            ordered.put(array.data(), index * size + from * block, block);
        }
        return Tensor.of(array.dtype(), shape, ordered.array());
    }

    private Constant constant(String name, @Nullable OnnxValue value) {
        if (!(value instanceof Constant constant)) {
            throw notConstant(name, value);
        }
        if (!constant.dtype().isWeight()) {
            throw problem("has " + name + " of type " + constant.dtype()
                    + "; weights are float64, float32, float16 or bfloat16. A quantised model must be exported before its"
                    + " quantisation");
        }
        return constant;
    }

    private ModelException notConstant(String name, @Nullable OnnxValue value) {
        String what = value == null
                ? "has no " + name
                : value instanceof Flow flow && flow.input() != null
                        ? "takes its " + name + " from the graph's input '" + flow.input() + "'"
                        : "takes its " + name + " from " + (value instanceof Other other ? other.origin() : "the graph")
                                + ", which is not computed here";
        return problem(
                what + "; expected constants: a tensor of the file, or slices, joins and transposes of such. Fold the"
                        + " model's constants first (ONNX Runtime's basic optimisation, onnxsim)");
    }

    private void check(String name, Constant constant, long... expected) {
        if (!constant.shape().is(expected)) {
            throw problem("has " + name + " of shape " + constant.shape() + "; expected " + Arrays.toString(expected)
                    + ", by its direction (" + node.direction() + ") and R");
        }
        constant.addInitializers(used);
    }

    private @Nullable OnnxArray optional(String name, @Nullable OnnxValue value, long... expected) {
        if (value == null || (value instanceof Fill fill && fill.number() == 0)) {
            return null;
        }
        if (value instanceof Fill fill) {
            Shape shape = Shape.of(expected);
            float[] numbers = new float[(int) shape.elements()];
            Arrays.fill(numbers, (float) fill.number());
            return OnnxArray.of(Tensor.ofFloats(shape, numbers));
        }
        Constant constant = constant(name, value);
        check(name, constant, expected);
        return constant.get();
    }

    /** The state at the start of a direction that the file has; null for zeros, and for one that the input gives. */
    private @Nullable Tensor state(String name, @Nullable OnnxValue value, int direction, int hidden) {
        if (value instanceof Fill fill && fill.number() != 0) {
            double[] numbers = new double[hidden];
            Arrays.fill(numbers, fill.number());
            return tensor(numbers, DType.FLOAT32);
        }
        if (!(value instanceof Constant)) {
            return null;
        }
        Constant constant = constant(name, value);
        constant.addInitializers(used);
        Shape shape = constant.shape();
        int rank = shape.rank();
        int directionAxis = node.batchFirst() ? 1 : 0;
        long directions = size(shape, directionAxis);
        long sequences = size(shape, 1 - directionAxis);
        long units = size(shape, 2);
        boolean fits = rank <= 3
                && (directions == node.directions() || directions == 1)
                && (units == hidden || units == 1)
                && sequences >= 1;
        if (!fits) {
            throw problem("has " + name + " of shape " + shape + "; expected "
                    + (node.batchFirst() ? "[sequences, " : "[") + node.directions()
                    + (node.batchFirst() ? ", " : ", sequences, ") + hidden + "]");
        }
        double[] all = constant.get().tensor().toDoubles();
        double[] numbers = new double[hidden];
        boolean zero = true;
        for (long s = 0; s < sequences; s++) {
            long d = Math.min(direction, directions - 1);
            long row = node.batchFirst() ? s * directions + d : d * sequences + s;
            for (int u = 0; u < hidden; u++) {
                double number = all[(int) (row * units + Math.min(u, units - 1))];
                if (s > 0 && Double.compare(number, numbers[u]) != 0) {
                    throw problem("has " + name + " with other numbers for each of " + sequences
                            + " sequences; a table has any number of them. Give the states as a column (make " + name
                            + " an input of the graph), or one state for all");
                }
                numbers[u] = number;
                zero &= number == 0;
            }
        }
        return zero ? null : tensor(numbers, constant.dtype());
    }

    /** The size of a dimension, counted as if there were three. */
    private static long size(Shape shape, int dimension) {
        int own = dimension - (3 - shape.rank());
        return own < 0 || own >= shape.rank() ? 1 : shape.size(own);
    }

    private static Tensor tensor(double[] numbers, DType dtype) {
        Shape shape = Shape.of(numbers.length);
        if (dtype == DType.FLOAT64) {
            return Tensor.ofDoubles(shape, numbers);
        }
        float[] floats = new float[numbers.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) numbers[i];
        }
        return Tensor.ofFloats(shape, floats);
    }

    private ModelException problem(String what) {
        return new ModelException(file, node.label() + " " + what);
    }
}
