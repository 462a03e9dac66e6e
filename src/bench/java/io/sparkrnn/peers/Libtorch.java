package io.sparkrnn.peers;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.recurrent.RNN;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.JniUtils;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * libtorch through DJL, on one thread, without gradients. Its tensors are ready before it is timed; the hidden states stay
 * in libtorch's memory, and freeing them is timed.
 */
public final class Libtorch implements Contender {
    /** How it is called. */
    enum Form {
        /** The operator itself: {@code torch.rnn_tanh(...)}, x [T][B][I]. */
        OPERATOR("libtorch"),
        /** A module saved by {@code torch.jit.save}: x [T][B][I], or packed if the sequences differ in length. */
        TORCH_SCRIPT("libtorch, TorchScript");

        private final String label;

        Form(String label) {
            this.label = label;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    private final KernelCase kase;
    private final Form form;
    private final PtNDManager manager;
    private final NDList input;
    private final @Nullable PtSymbolBlock module;
    private final NDList parameters = new NDList();
    private final NDList initial;
    private NDList output = new NDList();

    Libtorch(KernelCase kase, Form form) {
        start();
        this.kase = kase;
        this.form = form;
        manager = (PtNDManager) NDManager.newBaseManager(Device.cpu(), "PyTorch");
        KernelShape shape = kase.shape();
        int sequences = kase.lengths().length;
        if (kase.ragged()) {
            long[] sizes = Arrays.stream(kase.batchSizes()).asLongStream().toArray();
            input = new NDList(
                    array(kase.packed(), kase.steps(), shape.inputSize()),
                    manager.create(LongBuffer.wrap(sizes), new Shape(sizes.length), DataType.INT64));
        } else {
            input = new NDList(array(kase.padded(), kase.lengths()[0], sequences, shape.inputSize()));
        }
        NDArray zeros = array(new float[sequences * shape.hiddenSize()], 1, sequences, shape.hiddenSize());
        initial = kase.model().hasCellState() ? new NDList(zeros, zeros) : new NDList(zeros);
        DirectionWeights weights =
                Objects.requireNonNull(kase.model().layers().get(0).forward());
        Stream.of(weights.weightIh(), weights.weightHh(), weights.biasIh(), weights.biasHh())
                .map(Objects::requireNonNull)
                .forEach(tensor -> parameters.add(array(tensor)));
        module = form == Form.TORCH_SCRIPT ? module() : null;
    }

    /** Takes libtorch from the class path, unpacks it below {@code target} and bids it use one thread. */
    public static void start() {
        Path folder = Path.of(System.getProperty("bench.folder", "target"), "djl");
        System.setProperty("DJL_CACHE_DIR", folder.toString());
        System.setProperty("ENGINE_CACHE_DIR", folder.toString());
        System.setProperty("ai.djl.offline", "true");
        // DJL's telemetry would call home
        System.setProperty("OPT_OUT_TRACKING", "true");
        System.setProperty("ai.djl.pytorch.num_threads", "1");
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        Engine.getEngine("PyTorch");
        if (JniUtils.getNumThreads() != 1) {
            throw new IllegalStateException("libtorch takes " + JniUtils.getNumThreads() + " threads");
        }
        // of the calling thread
        JniUtils.setGradMode(false);
    }

    private PtSymbolBlock module() {
        byte[] file = TorchScriptFile.of(
                kase.model(), kase.ragged() ? TorchScriptFile.Input.PACKED : TorchScriptFile.Input.TIME_MAJOR);
        try {
            return JniUtils.loadModule(manager, new ByteArrayInputStream(file), false, false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private PtNDArray array(Tensor tensor) {
        long[] sizes = new long[tensor.shape().rank()];
        Arrays.setAll(sizes, d -> tensor.shape().size(d));
        return array(tensor.toFloats(), sizes);
    }

    private PtNDArray array(float[] values, long... sizes) {
        return manager.create(FloatBuffer.wrap(values), new Shape(sizes), DataType.FLOAT32);
    }

    /** Whether DJL has the operator for the case: it has none for packed sequences. */
    static boolean has(KernelCase kase, Form form) {
        return form == Form.TORCH_SCRIPT || !kase.ragged();
    }

    @Override
    public String name() {
        return form.toString();
    }

    @Override
    public void run() {
        output.close();
        output = module != null ? ai.djl.pytorch.jni.IValueUtils.forward(module, input, false) : operator();
    }

    private NDList operator() {
        PtNDArray x = (PtNDArray) input.get(0);
        PtNDArray h0 = (PtNDArray) initial.get(0);
        return switch (kase.shape().cell().type()) {
            case RNN ->
                JniUtils.rnn(x, h0, parameters, true, 1, RNN.Activation.TANH, 0, false, false, false);
            case LSTM -> JniUtils.lstm(x, initial, parameters, true, 1, 0, false, false, false);
            case GRU -> JniUtils.gru(x, h0, parameters, true, 1, 0, false, false, false);
        };
    }

    @Override
    public float[] hiddenStates(int sequence) {
        float[] states = output.get(0).toFloatArray();
        return kase.ragged() ? kase.unpacked(states, sequence) : kase.unpadded(states, sequence);
    }

    @Override
    public void close() {
        output.close();
        if (module != null) {
            module.close();
        }
        manager.close();
    }
}
