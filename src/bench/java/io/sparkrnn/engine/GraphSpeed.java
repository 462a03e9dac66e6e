package io.sparkrnn.engine;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.model.Precision;
import io.sparkrnn.peers.OnnxRuntime;
import io.sparkrnn.peers.WholeNetworkFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * A whole network over ragged rows: two embeddings (40 x 8, 6 x 3) and 3 numbers of each step, an LSTM, a linear layer
 * and a sigmoid of its last state. 5,000 rows of log-normal lengths, median 60, in batches of 65,536 steps, on one thread;
 * against ONNX Runtime on one thread, row by row, as who calls it in mapPartitions has it. Medians of rounds that take turns, of the thread's CPU time.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.engine.GraphSpeed -Dbench.arguments="simd 5 64"</pre>
 *
 * ONNX Runtime 1.29 crashes where the command line of the JVM is longer than 4,095 bytes: with a long class path, put that
 * into the variable CLASSPATH and start java by hand.
 */
final class GraphSpeed {
    private static final int ROWS = 5000;
    private static final int MEDIAN = 60;
    private static final int BUDGET = 65_536;

    private final int[] lengths = new int[ROWS];
    private final long[][] items = new long[ROWS][];
    private final long[][] kinds = new long[ROWS][];
    private final float[][] numbers = new float[ROWS][];

    private GraphSpeed() {
        Random random = new Random(1);
        for (int r = 0; r < ROWS; r++) {
            int length = Math.max(1, (int) Math.round(MEDIAN * Math.exp(random.nextGaussian())));
            lengths[r] = length;
            items[r] = random.longs(length, 0, 40).toArray();
            kinds[r] = random.longs(length, 0, 6).toArray();
            numbers[r] = new float[3 * length];
            for (int i = 0; i < numbers[r].length; i++) {
                numbers[r][i] = (float) random.nextGaussian();
            }
        }
    }

    /**
     * Prints the times, and how far the results are from each other.
     *
     * @param args simd or portable, the number of rounds, H of the LSTM
     */
    public static void main(String[] args) throws IOException, OrtException {
        KernelChoice kernel = args.length > 0 && args[0].equals("portable") ? KernelChoice.PORTABLE : KernelChoice.SIMD;
        int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
        int hidden = args.length > 2 ? Integer.parseInt(args[2]) : 64;
        byte[] file = WholeNetworkFile.of(hidden, WholeNetworkFile.Rows.ONE_BY_ONE);
        Path path = Files.createTempFile("graph", ".onnx");
        Files.write(path, file);
        Graph graph = ModelFile.open(path, "graph").whole().orElseThrow().graph();
        Files.delete(path);
        GraphSpeed rows = new GraphSpeed();
        Engine engine = GraphEngines.of(graph, Precision.FLOAT32, kernel).engine();
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        try (OrtSession.SessionOptions options = OnnxRuntime.oneThread();
                OrtSession session = environment.createSession(file, options)) {
            double[] ours = new double[rounds];
            double[] theirs = new double[rounds];
            float[] a = new float[ROWS];
            float[] b = new float[ROWS];
            for (int round = -2; round < rounds; round++) {
                long start = cpuNanos();
                rows.ours(engine, a);
                long between = cpuNanos();
                rows.theirs(environment, session, b);
                long end = cpuNanos();
                if (round >= 0) {
                    ours[round] = (between - start) / 1e6;
                    theirs[round] = (end - between) / 1e6;
                }
            }
            Arrays.sort(ours);
            Arrays.sort(theirs);
            double worst = 0;
            for (int r = 0; r < ROWS; r++) {
                worst = Math.max(worst, Math.abs(a[r] - b[r]));
            }
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.0f ms, ONNX Runtime row by row %.0f ms: %.2f times as long; %d rows, %d steps, largest difference"
                            + " %.1e%n",
                    engine.name(),
                    ours[rounds / 2],
                    theirs[rounds / 2],
                    theirs[rounds / 2] / ours[rounds / 2],
                    ROWS,
                    Arrays.stream(rows.lengths).sum(),
                    worst);
        }
    }

    /** CPU time of this thread, on which both run: other work on the machine does not count. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private void ours(Engine engine, float[] scores) {
        ByteBuffer score = ByteBuffer.allocate(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        int first = 0;
        for (int r = 0; r < ROWS; r++) {
            engine.add(lengths[r], new Row(r), null, null);
            if (engine.steps() >= BUDGET || r == ROWS - 1) {
                engine.run();
                for (int s = 0; s < engine.size(); s++) {
                    engine.copyOutput(0, s, score, 0, Float.BYTES);
                    scores[first + s] = score.getFloat(0);
                }
                first = r + 1;
                engine.clear();
            }
        }
    }

    /** The numbers of a row, a step's side by side. */
    private final class Row implements NumberSource {
        private final int row;
        private int next;

        Row(int row) {
            this.row = row;
        }

        private double number(int index) {
            int step = index / 5;
            return switch (index % 5) {
                case 0 -> items[row][step];
                case 1 -> kinds[row][step];
                default -> numbers[row][3 * step + index % 5 - 2];
            };
        }

        @Override
        public void copyTo(float[] target, int at, int count) {
            for (int i = 0; i < count; i++) {
                target[at + i] = (float) number(next++);
            }
        }

        @Override
        public void copyTo(double[] target, int at, int count) {
            for (int i = 0; i < count; i++) {
                target[at + i] = number(next++);
            }
        }
    }

    private void theirs(OrtEnvironment environment, OrtSession session, float[] scores) throws OrtException {
        for (int r = 0; r < ROWS; r++) {
            long[] steps = {1, lengths[r]};
            try (OnnxTensor item = OnnxTensor.createTensor(environment, LongBuffer.wrap(items[r]), steps);
                    OnnxTensor kind = OnnxTensor.createTensor(environment, LongBuffer.wrap(kinds[r]), steps);
                    OnnxTensor x = OnnxTensor.createTensor(
                            environment, FloatBuffer.wrap(numbers[r]), new long[] {1, lengths[r], 3});
                    OrtSession.Result result = session.run(Map.of("item", item, "kind", kind, "x", x))) {
                scores[r] = ((OnnxTensor) result.get(0)).getFloatBuffer().get(0);
            }
        }
    }
}
