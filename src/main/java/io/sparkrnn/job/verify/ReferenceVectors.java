package io.sparkrnn.job.verify;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.spark.ProofSequence;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a framework gave for some sequences, batch first: x [B,T,I], lengths [B], h0 [L*D,B,P], c0 [L*D,B,H], output
 * [B,T,D*P] (zero past each length), h_n [L*D,B,P], c_n [L*D,B,H]; output_f64, h_n_f64 and c_n_f64 are the float64 truth.
 * Of a network with a head, score [B,O], or [B,T,O] (zero past each length) of a head on hidden states, and score_f64.
 */
final class ReferenceVectors implements Vectors {
    private static final String OUTPUT = "output";
    private static final String H_N = "h_n";
    private static final String C_N = "c_n";
    private static final String SCORE = "score";
    private static final String TRUTH = Vectors.TRUTH;
    private static final Set<String> USED = Set.of(
            "x",
            "lengths",
            "h0",
            "c0",
            OUTPUT,
            H_N,
            C_N,
            SCORE,
            OUTPUT + TRUTH,
            H_N + TRUTH,
            C_N + TRUTH,
            SCORE + TRUTH);

    /** What the tensors are called that hold what of a run. */
    private static final Map<Output, String> NAMES =
            new EnumMap<>(Map.of(Output.HIDDEN_STATES, OUTPUT, Output.H_N, H_N, Output.C_N, C_N, Output.SCORE, SCORE));

    private final String file;
    private final Tensors tensors;
    private final RnnModel model;
    private final @Nullable Head head;
    private final Set<Output> outputs;
    private final int batch;
    private final int steps;
    private final int[] lengths;
    private final double[] x;
    private final double @Nullable [] h0;
    private final double @Nullable [] c0;

    /**
     * Of a network's layers.
     *
     * @param outputs what is compared
     */
    ReferenceVectors(String file, Tensors all, Network network, Set<Output> outputs) {
        this.file = file;
        tensors = loaded(file, all);
        model = network.model();
        this.outputs = outputs;
        head = network.head() == null ? null : network.head().head();
        Tensor features = tensors.get("x");
        Shape shape = features.shape();
        if (shape.rank() != 3 || shape.size(2) != model.inputSize() || shape.elements() == 0) {
            throw new JobException(
                    ExitCode.INPUT,
                    file + ": size of x is " + shape + "; expected [B, T, " + model.inputSize()
                            + "], batch first, the network's input_size last");
        }
        batch = Math.toIntExact(shape.size(0));
        steps = Math.toIntExact(shape.size(1));
        x = features.toDoubles();
        lengths = lengths();
        h0 = initialStates("h0", model.hiddenStates());
        c0 = model.hasCellState() ? initialStates("c0", model.cellStates()) : null;
        boolean scored = head != null && has(SCORE);
        if (!has(OUTPUT) && !has(H_N) && !scored) {
            throw new JobException(
                    ExitCode.INPUT, file + ": neither output nor h_n is there, so there is nothing to compare with");
        }
        if (NAMES.entrySet().stream().noneMatch(name -> outputs.contains(name.getKey()) && has(name.getValue()))) {
            throw new JobException(
                    ExitCode.INPUT,
                    file
                            + ": nothing of what --outputs asks for is there; it takes hidden_states for the tensor output,"
                            + " h_n, c_n and score");
        }
    }

    private boolean has(String name) {
        return tensors.has(name) || tensors.has(name + TRUTH);
    }

    private double @Nullable [] initialStates(String name, StateLayout layout) {
        if (!tensors.has(name)) {
            return null;
        }
        if (!layout.isUniform()) {
            throw new JobException(
                    ExitCode.INPUT,
                    file + ": " + name + " is there, but the network's layers have states of different widths, which"
                            + " one tensor cannot hold; leave it out");
        }
        return tensor(name, layout.count(), batch, layout.width(0));
    }

    /** The tensors that are used, read: the local copy of a file from elsewhere goes away. */
    private static Tensors loaded(String path, Tensors file) {
        Tensors.Builder builder = Tensors.builder(path);
        for (String name : file.names()) {
            if (USED.contains(name)) {
                Tensor tensor = file.get(name);
                builder.add(name, tensor.dtype(), tensor.shape(), () -> tensor);
            }
        }
        return builder.build();
    }

    private int[] lengths() {
        int[] all = new int[batch];
        Arrays.fill(all, steps);
        if (!tensors.has("lengths")) {
            return all;
        }
        long[] given = tensors.get("lengths").toLongs();
        if (given.length != batch) {
            throw new JobException(
                    ExitCode.INPUT,
                    file + ": " + Counts.counted(given.length, "length") + " for " + Counts.counted(batch, "sequence")
                            + " of x");
        }
        for (int b = 0; b < batch; b++) {
            if (given[b] < 1 || given[b] > steps) {
                throw new JobException(
                        ExitCode.INPUT,
                        file + ": lengths[" + b + "] is " + given[b] + "; expected 1 to " + steps + ", the steps of x");
            }
            all[b] = (int) given[b];
        }
        return all;
    }

    /** The values of a tensor that has to be of this shape. */
    private double[] tensor(String name, long... sizes) {
        Tensor tensor = tensors.get(name);
        if (!tensor.shape().is(sizes)) {
            throw new JobException(
                    ExitCode.INPUT,
                    file + ": size of " + name + " is " + tensor.shape() + "; expected " + Shape.of(sizes)
                            + " for this network and x");
        }
        if (!tensor.dtype().isWeight()) {
            throw new JobException(
                    ExitCode.INPUT, file + ": " + name + " is of " + tensor.dtype() + "; expected floats");
        }
        return tensor.toDoubles();
    }

    @Override
    public void replay(Precision precision, KernelChoice kernel, VerifyReport report) {
        Engine engine = EngineFactory.proving(model, head, precision, kernel).engine(ForwardPass.Wanted.HIDDEN_STATES);
        for (int b = 0; b < batch; b++) {
            engine.add(
                    features(b, precision),
                    lengths[b],
                    initial(h0, b, model.hiddenStates(), precision),
                    initial(c0, b, model.cellStates(), precision));
        }
        engine.run();

        int width = model.outputSize();
        double[] output = new double[batch * steps * width];
        for (int b = 0; b < batch; b++) {
            ByteBuffer all = buffer(lengths[b] * width, precision);
            engine.copyHiddenStates(b, all, 0, width * precision.byteSize());
            get(all, output, b * steps * width, lengths[b] * width, precision);
        }
        int block = model.layers().get(model.numLayers() - 1).stateSize();
        compare(Output.HIDDEN_STATES, output, block, report, batch, steps, width);
        compareStates(Output.H_N, model.hiddenStates(), precision, engine::copyFinalState, report);
        if (model.hasCellState()) {
            compareStates(Output.C_N, model.cellStates(), precision, engine::copyFinalCellState, report);
        }
        if (head != null) {
            compareScores(head, engine, report);
        }
    }

    private ByteBuffer features(int sequence, Precision precision) {
        ByteBuffer features = buffer(lengths[sequence] * model.inputSize(), precision);
        put(features, x, sequence * steps * model.inputSize(), lengths[sequence] * model.inputSize(), precision);
        return features.flip();
    }

    @Override
    public List<ProofSequence> sequences(Precision precision) {
        List<ProofSequence> sequences = new ArrayList<>();
        for (int b = 0; b < batch; b++) {
            sequences.add(new ProofSequence(
                    lengths[b],
                    features(b, precision),
                    initial(h0, b, model.hiddenStates(), precision),
                    initial(c0, b, model.cellStates(), precision)));
        }
        return sequences;
    }

    private void compareScores(Head scoring, Engine engine, VerifyReport report) {
        int width = scoring.outputSize();
        boolean last = scoring.source() == Head.Source.H_N;
        int rows = last ? 1 : steps;
        double[] all = new double[batch * rows * width];
        for (int b = 0; b < batch; b++) {
            int count = (last ? 1 : lengths[b]) * width;
            ByteBuffer scores = buffer(count, engine.precision());
            engine.copyScores(b, scores, 0, width * engine.precision().byteSize());
            get(scores, all, b * rows * width, count, engine.precision());
        }
        if (last) {
            compare(Output.SCORE, all, width, report, batch, width);
        } else {
            compare(Output.SCORE, all, width, report, batch, steps, width);
        }
    }

    /** One sequence's states [L*D][width] of [L*D,B,width]; null when there are none. */
    private @Nullable ByteBuffer initial(
            double @Nullable [] all, int sequence, StateLayout layout, Precision precision) {
        if (all == null) {
            return null;
        }
        int states = layout.count();
        int width = layout.width(0);
        ByteBuffer initial = buffer(states * width, precision);
        for (int s = 0; s < states; s++) {
            put(initial, all, (s * batch + sequence) * width, width, precision);
        }
        return initial.flip();
    }

    /** Compares all sequences' states as [L*D,B,width]; where widths differ there is no such tensor to compare with. */
    private void compareStates(
            Output output, StateLayout layout, Precision precision, Engine.StateCopy copy, VerifyReport report) {
        if (!layout.isUniform()) {
            return;
        }
        int width = layout.width(0);
        double[] all = new double[layout.count() * batch * width];
        for (int b = 0; b < batch; b++) {
            for (int s = 0; s < layout.count(); s++) {
                ByteBuffer last = buffer(width, precision);
                copy.copy(b, s, last, 0);
                get(last, all, (s * batch + b) * width, width, precision);
            }
        }
        compare(output, all, width, report, layout.count(), batch, width);
    }

    private void compare(Output output, double[] got, int block, VerifyReport report, long... sizes) {
        String name = Objects.requireNonNull(NAMES.get(output));
        String truthName = tensors.has(name + TRUTH) ? name + TRUTH : name;
        if (!tensors.has(truthName) || !outputs.contains(output)) {
            return;
        }
        double[] truth = tensor(truthName, sizes);
        ErrorMeasure error = measure(output, got, truth, block, sizes);
        Double framework = null;
        if (tensors.has(name) && !truthName.equals(name)) {
            framework =
                    measure(output, tensor(name, sizes), truth, block, sizes).largestScaled();
        }
        report.line(name, Shape.of(sizes).toString(), error, framework);
    }

    private ErrorMeasure measure(Output output, double[] got, double[] truth, int block, long... sizes) {
        ErrorMeasure error = new ErrorMeasure(output == Output.SCORE ? ErrorMeasure.largest(truth) : largestTruth());
        for (int from = 0; from < truth.length; from += block) {
            error.block(got, truth, from, block, index -> place(output, index, sizes));
        }
        return error;
    }

    private static String place(Output output, int index, long... sizes) {
        boolean states = output == Output.H_N || output == Output.C_N;
        String column = "column " + index % sizes[sizes.length - 1];
        long row = index / sizes[sizes.length - 1];
        if (sizes.length == 2) {
            return "row " + row + ", " + column;
        }
        return states
                ? "row " + row % sizes[1] + ", state " + row / sizes[1] + ", " + column
                : "row " + row / sizes[1] + ", step " + row % sizes[1] + ", " + column;
    }

    private double largestTruth() {
        double largest = 0;
        for (String name : new String[] {OUTPUT, H_N, C_N}) {
            String truthName = tensors.has(name + TRUTH) ? name + TRUTH : name;
            if (tensors.has(truthName)) {
                largest = Math.max(
                        largest, ErrorMeasure.largest(tensors.get(truthName).toDoubles()));
            }
        }
        return largest;
    }

    private static ByteBuffer buffer(int numbers, Precision precision) {
        return ByteBuffer.allocate(Math.multiplyExact(numbers, precision.byteSize()))
                .order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void put(ByteBuffer buffer, double[] values, int from, int count, Precision precision) {
        for (int i = from; i < from + count; i++) {
            if (precision == Precision.FLOAT64) {
                buffer.putDouble(values[i]);
            } else {
                buffer.putFloat((float) values[i]);
            }
        }
    }

    private static void get(ByteBuffer buffer, double[] values, int from, int count, Precision precision) {
        for (int i = from; i < from + count; i++) {
            values[i] = precision == Precision.FLOAT64 ? buffer.getDouble() : buffer.getFloat();
        }
    }
}
