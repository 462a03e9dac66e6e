package io.sparkrnn.peers;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;

import io.sparkrnn.kernel.Activations;
import java.nio.file.Path;
import org.bytedeco.javacpp.FloatPointer;

/**
 * OpenBLAS through JavaCPP on one thread, with this project's activations: the products of the input for all steps at once,
 * then one product a step. Weights and features are in native memory beforehand; the products come to the heap to be
 * activated, and the state goes back.
 */
final class OpenBlas extends StepByStep {
    static final String NAME = "OpenBLAS + our activations";

    private final int inputSize;
    private final int totalSteps;
    private final FloatPointer x;
    private final FloatPointer inputWeights;
    private final FloatPointer stateWeights;
    private final FloatPointer inputProducts;
    private final FloatPointer stateProduct;
    private final FloatPointer state;

    OpenBlas(KernelCase kase) {
        super(kase);
        // before the first use of the class: JavaCPP unpacks there, and OpenBLAS asks only once
        System.setProperty(
                "org.bytedeco.javacpp.cachedir",
                Path.of(System.getProperty("bench.folder", "target"), "javacpp").toString());
        org.bytedeco.openblas.presets.openblas_nolapack.blas_set_num_threads(1);
        inputSize = kase.shape().inputSize();
        totalSteps = kase.steps();
        x = new FloatPointer(kase.packed());
        inputWeights = new FloatPointer(weights.weightIh().toFloats());
        stateWeights = new FloatPointer(weights.weightHh().toFloats());
        inputProducts = new FloatPointer((long) totalSteps * width);
        stateProduct = new FloatPointer(fromState.length);
        state = new FloatPointer(h.length);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    void start() {
        product(x, totalSteps, inputSize, inputWeights, inputProducts);
    }

    private void product(FloatPointer a, int rows, int depth, FloatPointer weights, FloatPointer result) {
        cblas_sgemm(
                CblasRowMajor, CblasNoTrans, CblasTrans, rows, width, depth, 1, a, depth, weights, depth, 0, result, width);
    }

    @Override
    void products(int t, int row, int rows) {
        inputProducts.position((long) row * width).get(fromInput, 0, rows * width);
        inputProducts.position(0);
        state.put(h, 0, rows * hiddenSize);
        product(state, rows, hiddenSize, stateWeights, stateProduct);
        stateProduct.get(fromState, 0, rows * width);
    }

    @Override
    void tanh(float[] values, int from, int to) {
        Activations.tanh(values, from, to);
    }

    @Override
    void sigmoid(float[] values, int from, int to) {
        Activations.sigmoid(values, from, to);
    }

    @Override
    public void close() {
        for (FloatPointer pointer :
                new FloatPointer[] {x, inputWeights, stateWeights, inputProducts, stateProduct, state}) {
            pointer.close();
        }
    }
}
