package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A product with a constant matrix: the rows of all sequences go through the kernel together, {@code y = b + x W}, in the
 * order of summation that {@link Kernel} has, so that a row has the same bits whatever rows are beside it.
 */
final class LinearStage extends Stage {
    /** So many rows go through the kernel at a time. */
    private static final int ROWS = 64;

    private final Kernel kernel;
    private final @Nullable Conv conv;
    private final float[][] weights;
    private final float[] bias;
    private final int depth;
    private final int columns;

    /** The columns and as many of zeros as make the kernel fast. */
    private final int wide;

    private final float[][] x;
    private final float[][] y;
    private final float[] scratch;

    /**
     * A stage.
     *
     * @param conv of which this is the product; null where the node is a product itself
     * @param weights W [depth, columns]
     * @param bias b [columns]; null for none
     */
    LinearStage(Wiring wiring, Kernel kernel, @Nullable Conv conv, Array weights, @Nullable Array bias) {
        super(wiring, Precision.FLOAT32);
        this.kernel = kernel;
        this.conv = conv;
        depth = weights.size(0);
        columns = weights.size(1);
        wide = (columns + kernel.columnsAtATime() - 1) / kernel.columnsAtATime() * kernel.columnsAtATime();
        this.weights = new float[depth][wide];
        for (int k = 0; k < depth; k++) {
            System.arraycopy(Objects.requireNonNull(weights.floats()), k * columns, this.weights[k], 0, columns);
        }
        this.bias = new float[wide];
        if (bias != null) {
            System.arraycopy(Objects.requireNonNull(bias.floats()), 0, this.bias, 0, columns);
        }
        x = new float[ROWS][depth];
        y = new float[ROWS][wide];
        scratch = new float[wide + 16];
    }

    @Override
    void run(Values values, @Nullable String[] problems) {
        if (isStepwise() && runsTogether(values)) {
            return;
        }
        int size = values.size();
        @Nullable Array[] results = new Array[size];
        Batch batch = new Batch();
        for (int s = 0; s < size; s++) {
            if (problems[s] != null) {
                continue;
            }
            try {
                @Nullable Array[] inputs = inputs(values, s);
                Array rows = rows(inputs);
                Array result = result(rows);
                batch.add(Objects.requireNonNull(rows.floats()), Objects.requireNonNull(result.floats()));
                results[s] = result;
            } catch (GraphException e) {
                problems[s] = node + ": " + e.getMessage();
            }
        }
        batch.run();
        for (int s = 0; s < size; s++) {
            Array result = results[s];
            if (result != null) {
                @Nullable Array[] inputs = inputs(values, s);
                put(
                        values,
                        s,
                        conv == null
                                ? result
                                : conv.placed(Operator.need(inputs, 0), Operator.need(inputs, 1), result, precision));
            }
        }
    }

    /** The rows of all sequences, one after the other; false when they cannot be had so. */
    private boolean runsTogether(Values values) {
        Array given = together(values, 0);
        if (conv != null || given == null) {
            return false;
        }
        try {
            Array result = result(rows(given));
            Batch batch = new Batch();
            batch.add(Objects.requireNonNull(given.floats()), Objects.requireNonNull(result.floats()));
            batch.run();
            putTogether(values, 0, result);
            return true;
        } catch (GraphException e) {
            // Too many numbers for one array.
            return false;
        }
    }

    private Array result(Array rows) {
        int[] shape = rows.shape();
        shape[shape.length - 1] = columns;
        return Array.numbers(precision, shape);
    }

    /** The rows of a sequence, [..., depth]. */
    private Array rows(@Nullable Array[] inputs) {
        Array given = Operator.need(inputs, 0);
        if (conv != null) {
            return conv.windows(given, Operator.need(inputs, 1), precision);
        }
        return rows(given);
    }

    private Array rows(Array given) {
        if (given.rank() < 1 || given.size(-1) != depth || given.isWhole()) {
            throw new GraphException("it is given " + given + "; expected rows of " + depth + " numbers");
        }
        return given;
    }

    /** Rows on their way through the kernel. */
    private final class Batch {
        private final float[][] targets = new float[ROWS][];
        private final int[] places = new int[ROWS];
        private int rows;

        void add(float[] from, float[] to) {
            for (int r = 0; r * depth < from.length; r++) {
                System.arraycopy(from, r * depth, x[rows], 0, depth);
                targets[rows] = to;
                places[rows] = r * columns;
                if (++rows == ROWS) {
                    run();
                }
            }
        }

        void run() {
            for (int r = 0; r < rows; r++) {
                Arrays.fill(y[r], 0);
            }
            kernel.multiplyAdd(x, 0, weights, y, 0, rows, depth, wide, bias, Kernel.Bias.OF_COLUMNS, scratch);
            for (int r = 0; r < rows; r++) {
                System.arraycopy(y[r], 0, targets[r], places[r], columns);
            }
            rows = 0;
        }
    }
}
