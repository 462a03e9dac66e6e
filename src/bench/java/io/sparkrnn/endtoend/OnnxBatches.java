package io.sparkrnn.endtoend;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sparkrnn.peers.OnnxRuntime;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** With ONNX Runtime, a session a task, which works on the task's thread. */
final class OnnxBatches extends PaddedBatches {
    private static final long serialVersionUID = 1;

    private final String file;

    OnnxBatches(DataSet data, String file) {
        super(data);
        this.file = file;
    }

    @Override
    Session open() {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session;
        try (OrtSession.SessionOptions options = OnnxRuntime.oneThread()) {
            session = environment.createSession(file, options);
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
        return new Session() {
            @Override
            public States run(float[] x, int[] lengths, int steps) {
                try {
                    return score(environment, session, x, lengths, steps);
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }

            @Override
            public void close() {
                try {
                    session.close();
                } catch (OrtException e) {
                    throw new IllegalStateException(e);
                }
            }
        };
    }

    private States score(OrtEnvironment environment, OrtSession session, float[] x, int[] lengths, int steps)
            throws OrtException {
        FloatBuffer direct = ByteBuffer.allocateDirect(x.length * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        direct.put(x).flip();
        Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
        inputs.put("x", OnnxTensor.createTensor(environment, direct, new long[] {lengths.length, steps, inputSize}));
        if (ragged) {
            inputs.put(
                    "lengths",
                    OnnxTensor.createTensor(environment, IntBuffer.wrap(lengths), new long[] {lengths.length}));
        }
        try (OrtSession.Result result = session.run(inputs)) {
            return new States(
                    wantsHiddenStates() ? floats((OnnxTensor) result.get(0)) : new float[0],
                    floats((OnnxTensor) result.get(1)));
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
    }

    private static float[] floats(OnnxTensor tensor) {
        FloatBuffer buffer = tensor.getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }
}
