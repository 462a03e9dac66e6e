package io.sparkrnn.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;

/** EJML in float32, as a Java programmer would write it: {@code mult} a step, {@code Math.tanh}. */
final class Ejml extends StepByStep {
    static final String NAME = "EJML";

    private final FMatrixRMaj inputWeights;
    private final FMatrixRMaj stateWeights;
    private final List<FMatrixRMaj> steps = new ArrayList<>();
    private final FMatrixRMaj state;
    private final FMatrixRMaj inputProduct;
    private final FMatrixRMaj stateProduct;

    Ejml(KernelCase kase) {
        super(kase);
        int inputSize = kase.shape().inputSize();
        inputWeights = transposed(weights.weightIh().toFloats(), width, inputSize);
        stateWeights = transposed(weights.weightHh().toFloats(), width, hiddenSize);
        float[] packed = kase.packed();
        int at = 0;
        for (int rows : batchSizes()) {
            int to = at + rows * inputSize;
            steps.add(FMatrixRMaj.wrap(rows, inputSize, Arrays.copyOfRange(packed, at, to)));
            at = to;
        }
        int sequences = kase.lengths().length;
        state = FMatrixRMaj.wrap(sequences, hiddenSize, h);
        inputProduct = FMatrixRMaj.wrap(sequences, width, fromInput);
        stateProduct = FMatrixRMaj.wrap(sequences, width, fromState);
    }

    private static FMatrixRMaj transposed(float[] values, int rows, int columns) {
        return CommonOps_FDRM.transpose(FMatrixRMaj.wrap(rows, columns, values), null);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    void start() {}

    @Override
    void products(int t, int row, int rows) {
        state.reshape(rows, hiddenSize);
        inputProduct.reshape(rows, width);
        stateProduct.reshape(rows, width);
        CommonOps_FDRM.mult(steps.get(t), inputWeights, inputProduct);
        CommonOps_FDRM.mult(state, stateWeights, stateProduct);
    }

    @Override
    void tanh(float[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            values[i] = (float) Math.tanh(values[i]);
        }
    }

    @Override
    void sigmoid(float[] values, int from, int to) {
        for (int i = from; i < to; i++) {
            values[i] = (float) (1 / (1 + Math.exp(-values[i])));
        }
    }
}
