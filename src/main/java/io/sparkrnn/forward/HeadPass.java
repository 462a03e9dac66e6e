package io.sparkrnn.forward;

import io.sparkrnn.kernel.Activations;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Head;
import io.sparkrnn.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Applies a head to rows of states in float32. Rows are the lanes, up to {@link #LANES} at a time, and no lane sees
 * another: a row's scores have the same bits whatever rows are beside it. Each sum is taken as {@link Kernel} has it, in
 * blocks of {@link Kernel#SUM_BLOCK} products in index order, added to a total that begins with the bias.
 *
 * <p>Holds scratch memory: not for two threads at once.
 */
public final class HeadPass {
    /** The most rows of a run. */
    public static final int LANES = 64;

    private final Head head;
    private final List<Layer> layers;
    /** What goes into a stage and what comes out, [width][LANES]. */
    private float[][] values;

    private float[][] results;
    private final float[] sum = new float[LANES];

    /** A stage: weights [out][in] and bias [out] of a linear one, else no weights. */
    private record Layer(Head.Stage stage, float[][] weight, float[] bias) {
        static Layer of(Head.Stage stage) {
            if (!(stage instanceof Head.Linear linear)) {
                return new Layer(stage, new float[0][], new float[0]);
            }
            int in = linear.inputSize();
            float[] all = linear.weight().toFloats();
            float[][] rows = new float[linear.outputSize()][];
            for (int j = 0; j < rows.length; j++) {
                rows[j] = Arrays.copyOfRange(all, j * in, (j + 1) * in);
            }
            Tensor bias = linear.bias();
            return new Layer(stage, rows, bias == null ? new float[rows.length] : bias.toFloats());
        }
    }

    /** A pass with the head's weights as float32: float64 ones are rounded, narrower ones widened. */
    public HeadPass(Head head) {
        this.head = head;
        layers = head.stages().stream().map(Layer::of).toList();
        int widest = layers.stream().mapToInt(layer -> layer.weight.length).reduce(head.inputSize(), Math::max);
        values = new float[widest][LANES];
        results = new float[widest][LANES];
    }

    /**
     * The scores of some rows.
     *
     * @param states [rows][W], from {@code from} on, not modified
     * @param rows at most {@link #LANES}
     * @param scores gets [rows][O], from {@code to} on; nothing else of it is modified
     */
    public void run(float[] states, int from, int rows, float[] scores, int to) {
        int in = head.inputSize();
        int out = head.outputSize();
        for (int k = 0; k < in; k++) {
            float[] lane = values[k];
            for (int r = 0; r < rows; r++) {
                lane[r] = states[from + r * in + k];
            }
        }
        int width = in;
        for (Layer layer : layers) {
            if (layer.stage instanceof Head.Pointwise pointwise) {
                apply(pointwise, values, width, rows);
            } else {
                multiply(layer, width, rows);
                width = layer.weight.length;
                float[][] former = values;
                values = results;
                results = former;
            }
        }
        if (head.finish() == Head.Finish.SIGMOID) {
            for (int j = 0; j < out; j++) {
                Activations.sigmoid(values[j], 0, rows);
            }
        }
        for (int j = 0; j < out; j++) {
            for (int r = 0; r < rows; r++) {
                scores[to + r * out + j] = values[j][r];
            }
        }
        if (head.finish() == Head.Finish.SOFTMAX) {
            for (int r = 0; r < rows; r++) {
                softmax(scores, to + r * out, out);
            }
        }
    }

    /** {@code results = b + W values}. */
    private void multiply(Layer layer, int depth, int rows) {
        for (int j = 0; j < layer.weight.length; j++) {
            float[] weight = layer.weight[j];
            float[] total = results[j];
            Arrays.fill(total, 0, rows, layer.bias[j]);
            for (int block = 0; block < depth; block += Kernel.SUM_BLOCK) {
                Arrays.fill(sum, 0, rows, 0f);
                for (int k = block; k < Math.min(block + Kernel.SUM_BLOCK, depth); k++) {
                    addProduct(sum, weight[k], values[k], rows);
                }
                for (int r = 0; r < rows; r++) {
                    total[r] += sum[r];
                }
            }
        }
    }

    private static void addProduct(float[] sum, float weight, float[] values, int rows) {
        for (int r = 0; r < rows; r++) {
            sum[r] = Math.fma(weight, values[r], sum[r]);
        }
    }

    private static void apply(Head.Pointwise pointwise, float[][] values, int width, int rows) {
        for (int k = 0; k < width; k++) {
            switch (pointwise.function().kind()) {
                case RELU -> Activations.relu(values[k], 0, rows);
                case TANH -> Activations.tanh(values[k], 0, rows);
                case SIGMOID -> Activations.sigmoid(values[k], 0, rows);
                default -> throw new IllegalArgumentException("a head with " + pointwise.function());
            }
        }
    }

    /**
     * softmax of {@code count} numbers from {@code from} on, in place. The largest is taken from each first, so that no
     * power overflows; the powers and their sum, in index order, are in float64, and each quotient is rounded once. NaN
     * where any number is NaN or infinity, or all are -infinity, as PyTorch has it.
     */
    private static void softmax(float[] a, int from, int count) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, a[i]);
        }
        double[] powers = new double[count];
        double total = 0;
        for (int i = 0; i < count; i++) {
            powers[i] = StrictMath.exp((double) a[from + i] - largest);
            total += powers[i];
        }
        for (int i = 0; i < count; i++) {
            a[from + i] = (float) (powers[i] / total);
        }
    }
}
