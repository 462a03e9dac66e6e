package io.sparkrnn.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime on one thread. Its tensors are ready before it is timed, padded and with the lengths beside them if the
 * sequences differ in length; the hidden states stay in its memory, and freeing them is timed.
 */
public final class OnnxRuntime implements Contender {
    static final String NAME = "ONNX Runtime";

    private final KernelCase kase;
    private final OrtSession session;
    private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    private OrtSession.@Nullable Result output;

    OnnxRuntime(KernelCase kase) {
        this.kase = kase;
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        byte[] file = OnnxFile.of(
                kase.model(),
                OnnxFile.Layout.TIME_MAJOR,
                kase.ragged() ? OnnxFile.Lengths.GIVEN : OnnxFile.Lengths.EQUAL);
        int[] lengths = kase.lengths();
        try (OrtSession.SessionOptions options = oneThread()) {
            session = environment.createSession(file, options);
            float[] x = kase.padded();
            FloatBuffer direct = ByteBuffer.allocateDirect(x.length * Float.BYTES)
                    .order(ByteOrder.nativeOrder())
                    .asFloatBuffer();
            direct.put(x).flip();
            long[] sizes = {lengths[0], lengths.length, kase.shape().inputSize()};
            inputs.put("x", OnnxTensor.createTensor(environment, direct, sizes));
            if (kase.ragged()) {
                inputs.put(
                        "lengths",
                        OnnxTensor.createTensor(environment, IntBuffer.wrap(lengths), new long[] {lengths.length}));
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Options for a session that works on the calling thread alone. */
    public static OrtSession.SessionOptions oneThread() throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
        return options;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public void run() {
        try {
            if (output != null) {
                output.close();
            }
            output = session.run(inputs);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public float[] hiddenStates(int sequence) {
        if (output == null) {
            throw new IllegalStateException("run first");
        }
        FloatBuffer buffer = ((OnnxTensor) output.get(0)).getFloatBuffer();
        float[] states = new float[buffer.remaining()];
        buffer.get(states);
        return kase.unpadded(states, sequence);
    }

    @Override
    public void close() {
        try {
            if (output != null) {
                output.close();
            }
            inputs.values().forEach(OnnxTensor::close);
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }
}
