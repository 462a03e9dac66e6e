package io.sparkrnn.endtoend;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sparkrnn.peers.OnnxRuntime;
import io.sparkrnn.peers.WholeNetworkFile;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;
import scala.collection.Seq;

/**
 * A whole network as people run it by hand: ONNX Runtime on the task's thread in {@code mapPartitions}, some rows at a time,
 * padded to the longest of them. Takes rows of id, item, kind and x; gives id and score.
 */
final class WholeNetworkRows implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    static final StructType TYPE = new StructType()
            .add("id", DataTypes.LongType)
            .add("score", DataTypes.createArrayType(DataTypes.FloatType));

    private static final int WIDTH = WholeNetworkFile.NUMBERS;

    private final byte[] file;
    private final int together;

    /**
     * A way to run it.
     *
     * @param file of {@link WholeNetworkFile}; of {@link WholeNetworkFile.Rows#PADDED} where rows are run together
     * @param together how many rows are run together; 1 for each by itself, without padding
     */
    WholeNetworkRows(byte[] file, int together) {
        this.file = file.clone();
        this.together = together;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) throws OrtException {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        OrtSession session;
        try (OrtSession.SessionOptions options = OnnxRuntime.oneThread()) {
            session = environment.createSession(file, options);
        }
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> close(session));
        return new Iterator<>() {
            private Iterator<Row> batch = List.<Row>of().iterator();

            @Override
            public boolean hasNext() {
                return batch.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (!batch.hasNext()) {
                    List<Row> taken = new ArrayList<>();
                    while (taken.size() < together && rows.hasNext()) {
                        taken.add(rows.next());
                    }
                    try {
                        batch = score(environment, session, taken).iterator();
                    } catch (OrtException e) {
                        throw new IllegalStateException(e);
                    }
                }
                return batch.next();
            }
        };
    }

    private static void close(OrtSession session) {
        try {
            session.close();
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<Row> score(OrtEnvironment environment, OrtSession session, List<Row> rows) throws OrtException {
        int size = rows.size();
        int[] lengths = new int[size];
        int longest = 0;
        for (int s = 0; s < size; s++) {
            lengths[s] = rows.get(s).<Integer>getList(1).size();
            longest = Math.max(longest, lengths[s]);
        }
        long[] items = new long[size * longest];
        long[] kinds = new long[size * longest];
        float[] numbers = new float[size * longest * WIDTH];
        for (int s = 0; s < size; s++) {
            int at = s * longest;
            for (int item : rows.get(s).<Integer>getList(1)) {
                items[at++] = item;
            }
            at = s * longest;
            for (int kind : rows.get(s).<Integer>getList(2)) {
                kinds[at++] = kind;
            }
            at = s * longest * WIDTH;
            for (Seq<Float> step : rows.get(s).<Seq<Float>>getList(3)) {
                for (int i = 0; i < WIDTH; i++) {
                    numbers[at++] = step.apply(i);
                }
            }
        }
        long[] steps = {size, longest};
        Map<String, OnnxTensor> inputs = new HashMap<>();
        inputs.put("item", OnnxTensor.createTensor(environment, LongBuffer.wrap(items), steps));
        inputs.put("kind", OnnxTensor.createTensor(environment, LongBuffer.wrap(kinds), steps));
        inputs.put(
                "x",
                OnnxTensor.createTensor(environment, FloatBuffer.wrap(numbers), new long[] {size, longest, WIDTH}));
        if (together > 1) {
            inputs.put("lengths", OnnxTensor.createTensor(environment, IntBuffer.wrap(lengths), new long[] {size}));
        }
        List<Row> scored = new ArrayList<>();
        try (OrtSession.Result result = session.run(inputs)) {
            FloatBuffer scores = ((OnnxTensor) result.get(0)).getFloatBuffer();
            for (int s = 0; s < size; s++) {
                scored.add(RowFactory.create(rows.get(s).get(0), new float[] {scores.get(s)}));
            }
        } finally {
            inputs.values().forEach(OnnxTensor::close);
        }
        return scored;
    }
}
