package io.sparkrnn.format.onnx;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.forward.NetworkWeights;
import io.sparkrnn.forward.SequenceBatch;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.reference.ReferenceNetwork;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * ONNX nodes with random weights and anything the operators have: what ONNX Runtime makes of them against both engines
 * here.
 *
 * <pre>
 * mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.format.onnx.OnnxRuntimeComparison -Dbench.arguments="200"
 * mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.format.onnx.OnnxRuntimeComparison \
 *     -Dbench.arguments="0 src/test/resources/onnx"
 * </pre>
 *
 * The first argument is the number of random stacks besides the named ones; the second a folder that takes the named ones
 * and ONNX Runtime's results, for OnnxRuntimeTest.
 */
final class OnnxRuntimeComparison {
    private static final int STEPS = 7;
    private static final int BATCH = 3;

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final Path scratch;

    private OnnxRuntimeComparison(Path scratch) {
        this.scratch = scratch;
    }

    /** Prints a line for each stack: the largest difference to the float64 and to the float32 engine. */
    public static void main(String[] args) throws IOException, OrtException {
        Path scratch = Files.createTempFile("onnx", ".onnx");
        OnnxRuntimeComparison comparison = new OnnxRuntimeComparison(scratch);
        Path folder = args.length > 1 ? Path.of(args[1]) : null;
        for (Map.Entry<String, OnnxVariant.Stack> named : OnnxVariants.named(BATCH).entrySet()) {
            comparison.compare(named.getKey(), named.getValue(), named.getKey().hashCode(), folder);
        }
        int count = args.length > 0 ? Integer.parseInt(args[0]) : 200;
        double worst = 0;
        for (int seed = 0; seed < count; seed++) {
            OnnxVariant.Stack stack = OnnxVariants.random(new Random(seed), BATCH);
            worst = Math.max(worst, comparison.compare("random " + seed, stack, seed, null));
        }
        System.out.printf(Locale.ROOT, "%d random stacks, largest difference %.1e%n", count, worst);
        Files.delete(scratch);
    }

    /** What a network gives for a batch: y [T, B, D*H], and the states [B] of all layers. */
    private record Result(float[] y, float[][] hidden, float[][] cells) {}

    private double compare(String name, OnnxVariant.Stack stack, long seed, @Nullable Path folder)
            throws IOException, OrtException {
        byte[] file = stack.file(new Random(seed));
        Files.write(scratch, file);
        RnnModel model = ModelFile.open(scratch, name).network(ModelOptions.none()).model();
        Random random = new Random(seed + 1);
        int[] lengths = new int[BATCH];
        for (int b = 0; b < BATCH; b++) {
            lengths[b] = b == 1 ? STEPS : 1 + random.nextInt(STEPS);
        }
        float[] x = floats(random, STEPS * BATCH * model.inputSize());
        for (int b = 0; b < BATCH; b++) {
            for (int t = lengths[b]; t < STEPS; t++) {
                int at = (t * BATCH + b) * model.inputSize();
                Arrays.fill(x, at, at + model.inputSize(), 0);
            }
        }
        boolean given = stack.layers().stream().allMatch(layer -> layer.initial() == OnnxVariant.Initial.INPUT);
        float[][] h0 = new float[BATCH][model.hiddenStates().total()];
        float[][] c0 = new float[BATCH][model.cellStates().total()];
        for (int b = 0; b < BATCH; b++) {
            h0[b] = given ? floats(random, h0[b].length) : floats(model.hiddenStates().initialStates());
            c0[b] = given ? floats(random, c0[b].length) : floats(model.cellStates().initialStates());
        }
        Result theirs;
        try {
            theirs = run(file, stack, model, x, lengths, h0, c0);
        } catch (OrtException e) {
            System.out.println(name + ": ONNX Runtime refuses it: " + e.getMessage());
            return 0;
        }
        Result reference = reference(model, x, lengths, h0, c0);
        Result kernel = kernel(model, x, lengths, h0, c0);
        double toReference = difference(theirs, reference);
        double toKernel = difference(theirs, kernel);
        System.out.printf(
                Locale.ROOT, "%-40s reference %.1e, kernel %.1e   %s%n", name, toReference, toKernel, model);
        if (folder != null) {
            Files.createDirectories(folder);
            Files.write(folder.resolve(name + ".onnx"), file);
            vectors(folder.resolve(name + ".safetensors"), model, x, lengths, given, h0, c0, theirs);
        }
        return Math.max(toReference, toKernel);
    }

    private static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    private Result run(
            byte[] file, OnnxVariant.Stack stack, RnnModel model, float[] x, int[] lengths, float[][] h0, float[][] c0)
            throws OrtException {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            try (OrtSession session = environment.createSession(file, options)) {
                Map<String, OnnxTensor> inputs = new HashMap<>();
                inputs.put("x", tensor(x, STEPS, BATCH, model.inputSize()));
                inputs.put("lens", OnnxTensor.createTensor(environment, IntBuffer.wrap(lengths), new long[] {BATCH}));
                for (int l = 0, state = 0; l < stack.layers().size(); l++) {
                    OnnxVariant layer = stack.layers().get(l);
                    int d = layer.directions();
                    int width = layer.hiddenSize();
                    if (layer.initial() == OnnxVariant.Initial.INPUT) {
                        inputs.put("h" + l, states(h0, model.hiddenStates().offset(state), d, width));
                        if (layer.type() == CellType.LSTM) {
                            inputs.put("c" + l, states(c0, model.cellStates().offset(state), d, width));
                        }
                    }
                    state += d;
                }
                try (OrtSession.Result result = session.run(inputs)) {
                    float[][] hidden = new float[BATCH][model.hiddenStates().total()];
                    float[][] cells = new float[BATCH][model.cellStates().total()];
                    for (int l = 0, state = 0; l < stack.layers().size(); l++) {
                        OnnxVariant layer = stack.layers().get(l);
                        spread(values(result, "hn" + l), hidden, model.hiddenStates().offset(state), layer);
                        if (layer.type() == CellType.LSTM) {
                            spread(values(result, "cn" + l), cells, model.cellStates().offset(state), layer);
                        }
                        state += layer.directions();
                    }
                    return new Result(values(result, "y"), hidden, cells);
                } finally {
                    inputs.values().forEach(OnnxTensor::close);
                }
            }
        }
    }

    private OnnxTensor tensor(float[] values, long... shape) throws OrtException {
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(values), shape);
    }

    /** [B][...] as [D, B, H]. */
    private OnnxTensor states(float[][] states, int offset, int directions, int width) throws OrtException {
        float[] values = new float[directions * BATCH * width];
        for (int d = 0; d < directions; d++) {
            for (int b = 0; b < BATCH; b++) {
                System.arraycopy(states[b], offset + d * width, values, (d * BATCH + b) * width, width);
            }
        }
        return tensor(values, directions, BATCH, width);
    }

    /** [D, B, H] into [B][...]. */
    private static void spread(float[] values, float[][] states, int offset, OnnxVariant layer) {
        int width = layer.hiddenSize();
        for (int d = 0; d < layer.directions(); d++) {
            for (int b = 0; b < BATCH; b++) {
                System.arraycopy(values, (d * BATCH + b) * width, states[b], offset + d * width, width);
            }
        }
    }

    private static float[] values(OrtSession.Result result, String name) throws OrtException {
        FloatBuffer buffer = ((OnnxTensor) result.get(name).orElseThrow()).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
    }

    private static float[] sequence(float[] x, int b, int length, int width) {
        float[] own = new float[length * width];
        for (int t = 0; t < length; t++) {
            System.arraycopy(x, (t * BATCH + b) * width, own, t * width, width);
        }
        return own;
    }

    private static Result reference(RnnModel model, float[] x, int[] lengths, float[][] h0, float[][] c0) {
        ReferenceNetwork network = new ReferenceNetwork(model);
        int width = model.outputSize();
        float[] y = new float[STEPS * BATCH * width];
        float[][] hidden = new float[BATCH][];
        float[][] cells = new float[BATCH][];
        for (int b = 0; b < BATCH; b++) {
            ReferenceNetwork.Result result = network.run(
                    doubles(sequence(x, b, lengths[b], model.inputSize())), doubles(h0[b]), doubles(c0[b]));
            float[] output = floats(result.output());
            for (int t = 0; t < lengths[b]; t++) {
                System.arraycopy(output, t * width, y, (t * BATCH + b) * width, width);
            }
            hidden[b] = floats(result.finalStates());
            cells[b] = floats(result.finalCellStates());
        }
        return new Result(y, hidden, cells);
    }

    private static Result kernel(RnnModel model, float[] x, int[] lengths, float[][] h0, float[][] c0) {
        SequenceBatch batch = new SequenceBatch(model);
        for (int b = 0; b < BATCH; b++) {
            batch.add(
                    FloatBuffer.wrap(sequence(x, b, lengths[b], model.inputSize())),
                    lengths[b],
                    FloatBuffer.wrap(h0[b]),
                    FloatBuffer.wrap(c0[b]));
        }
        ForwardPass pass = new ForwardPass(NetworkWeights.of(model, new PortableKernel()));
        pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
        int width = model.outputSize();
        float[] y = new float[STEPS * BATCH * width];
        float[][] hidden = new float[BATCH][];
        float[][] cells = new float[BATCH][];
        int states = model.hiddenStates().total();
        int cellStates = model.cellStates().total();
        for (int b = 0; b < BATCH; b++) {
            for (int t = 0; t < lengths[b]; t++) {
                System.arraycopy(
                        pass.hiddenStates(), (batch.start(b) + t) * width, y, (t * BATCH + b) * width, width);
            }
            hidden[b] = Arrays.copyOfRange(pass.finalStates(), b * states, (b + 1) * states);
            cells[b] = Arrays.copyOfRange(pass.finalCellStates(), b * cellStates, (b + 1) * cellStates);
        }
        return new Result(y, hidden, cells);
    }

    private static double difference(Result a, Result b) {
        double largest = difference(a.y, b.y);
        for (int s = 0; s < BATCH; s++) {
            largest = Math.max(largest, difference(a.hidden[s], b.hidden[s]));
            largest = Math.max(largest, difference(a.cells[s], b.cells[s]));
        }
        return largest;
    }

    /** Of numbers above 1 the relative one. */
    private static double difference(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            double scale = Math.max(1, Math.max(Math.abs(a[i]), Math.abs(b[i])));
            largest = Math.max(largest, Math.abs((double) a[i] - b[i]) / scale);
        }
        return largest;
    }

    /** The vectors as 'spark-rnn verify --reference' takes them. */
    private static void vectors(
            Path path, RnnModel model, float[] x, int[] lengths, boolean given, float[][] h0, float[][] c0, Result result)
            throws IOException {
        Map<String, float[]> tensors = new LinkedHashMap<>();
        Map<String, List<Integer>> shapes = new LinkedHashMap<>();
        add(tensors, shapes, "x", batchFirst(x, model.inputSize()), BATCH, STEPS, model.inputSize());
        add(tensors, shapes, "output", batchFirst(result.y, model.outputSize()), BATCH, STEPS, model.outputSize());
        int count = model.numStates();
        int width = model.stateSize();
        add(tensors, shapes, "h_n", stacked(result.hidden, width), count, BATCH, width);
        if (model.hasCellState()) {
            add(tensors, shapes, "c_n", stacked(result.cells, width), count, BATCH, width);
        }
        if (given) {
            add(tensors, shapes, "h0", stacked(h0, width), count, BATCH, width);
            if (model.hasCellState()) {
                add(tensors, shapes, "c0", stacked(c0, width), count, BATCH, width);
            }
        }
        StringBuilder header = new StringBuilder("{");
        int at = 0;
        for (Map.Entry<String, float[]> tensor : tensors.entrySet()) {
            int end = at + tensor.getValue().length * Float.BYTES;
            header.append(String.format(
                    Locale.ROOT,
                    "\"%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[%d,%d]},",
                    tensor.getKey(),
                    shapes.get(tensor.getKey()),
                    at,
                    end));
            at = end;
        }
        header.append(String.format(
                Locale.ROOT,
                "\"lengths\":{\"dtype\":\"I64\",\"shape\":[%d],\"data_offsets\":[%d,%d]}}",
                BATCH,
                at,
                at + BATCH * Long.BYTES));
        while (header.length() % 8 != 0) {
            header.append(' ');
        }
        ByteBuffer bytes = ByteBuffer.allocate(8 + header.length() + at + BATCH * Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putLong(header.length()).put(header.toString().getBytes(StandardCharsets.UTF_8));
        tensors.values().forEach(values -> {
            for (float value : values) {
                bytes.putFloat(value);
            }
        });
        for (int length : lengths) {
            bytes.putLong(length);
        }
        Files.write(path, bytes.array());
    }

    private static void add(
            Map<String, float[]> tensors, Map<String, List<Integer>> shapes, String name, float[] values, int... shape) {
        tensors.put(name, values);
        List<Integer> sizes = new ArrayList<>();
        for (int size : shape) {
            sizes.add(size);
        }
        shapes.put(name, sizes);
    }

    /** [T, B, width] as [B, T, width]. */
    private static float[] batchFirst(float[] values, int width) {
        float[] turned = new float[values.length];
        for (int b = 0; b < BATCH; b++) {
            for (int t = 0; t < STEPS; t++) {
                System.arraycopy(values, (t * BATCH + b) * width, turned, (b * STEPS + t) * width, width);
            }
        }
        return turned;
    }

    /** [B][S * width] as [S, B, width]. */
    private static float[] stacked(float[][] states, int width) {
        int count = states[0].length / width;
        float[] values = new float[count * BATCH * width];
        for (int s = 0; s < count; s++) {
            for (int b = 0; b < BATCH; b++) {
                System.arraycopy(states[b], s * width, values, (s * BATCH + b) * width, width);
            }
        }
        return values;
    }
}
