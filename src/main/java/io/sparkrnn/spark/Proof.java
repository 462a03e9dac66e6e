package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.io.ByteArrayOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Sequences and what the driver's engine gave for them, so that another machine can show that it computes the same: to the
 * bit, for an engine gives the same bits everywhere.
 */
final class Proof implements Serializable {
    private static final long serialVersionUID = 1;

    /** Sequences of a whole network that are run together. */
    private static final int AT_A_TIME = 16;

    private final List<ProofSequence> sequences;
    private final byte[] expected;

    private Proof(List<ProofSequence> sequences, byte[] expected) {
        this.sequences = sequences;
        this.expected = expected;
    }

    /** What {@code engines} gives for them, here. */
    static Proof of(List<ProofSequence> sequences, RnnModel model, @Nullable Head head, EngineFactory engines) {
        return new Proof(
                List.copyOf(sequences), results(sequences, model, head, engines).array());
    }

    /**
     * What {@code engines} gives for them, here, of a whole network.
     *
     * @throws IllegalArgumentException when it gives nothing for one of them
     */
    static Proof of(List<ProofSequence> sequences, Graph graph, GraphEngines engines) {
        return new Proof(
                List.copyOf(sequences), results(sequences, graph, engines).array());
    }

    /** Where {@code engines} of a whole network gives another result, in words; null when it gives the same. */
    @Nullable
    String difference(Graph graph, GraphEngines engines) {
        return difference(results(sequences, graph, engines), Precision.FLOAT64);
    }

    /** Where {@code engines} gives another result, in words; null when it gives the same. */
    @Nullable
    String difference(RnnModel model, @Nullable Head head, EngineFactory engines) {
        return difference(results(sequences, model, head, engines), engines.precision());
    }

    private @Nullable String difference(ByteBuffer results, Precision precision) {
        int at = Arrays.mismatch(results.array(), expected);
        if (at < 0) {
            return null;
        }
        int size = precision.byteSize();
        int number = at / size;
        ByteBuffer known = ByteBuffer.wrap(expected).order(ByteOrder.LITTLE_ENDIAN);
        return "result " + number + " of " + expected.length / size + " is " + number(results, number, size)
                + " there, and " + number(known, number, size) + " on the driver";
    }

    private static String number(ByteBuffer bytes, int number, int size) {
        return size == Float.BYTES
                ? Float.toString(bytes.getFloat(number * size))
                : Double.toString(bytes.getDouble(number * size));
    }

    /** Of each sequence the hidden states [T][D*P], h_n, c_n if there is one, and the scores if there is a head. */
    private static ByteBuffer results(
            List<ProofSequence> sequences, RnnModel model, @Nullable Head head, EngineFactory engines) {
        Engine engine = engines.engine(ForwardPass.Wanted.HIDDEN_STATES);
        sequences.forEach(sequence -> engine.add(sequence.x(), sequence.length(), sequence.h0(), sequence.c0()));
        engine.run();
        int size = engine.precision().byteSize();
        int width = model.outputSize() * size;
        int states = model.hiddenStates().total() * size;
        int cellStates = model.hasCellState() ? model.cellStates().total() * size : 0;
        int scoreWidth = head == null ? 0 : head.outputSize() * size;
        boolean stepByStep = head != null && head.source() == Head.Source.HIDDEN_STATES;
        int steps = sequences.stream().mapToInt(ProofSequence::length).sum();
        int bytes = steps * width
                + sequences.size() * (states + cellStates)
                + (stepByStep ? steps : sequences.size()) * scoreWidth;
        ByteBuffer results = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int at = 0;
        for (int s = 0; s < sequences.size(); s++) {
            int length = sequences.get(s).length();
            engine.copyHiddenStates(s, results, at, width);
            at += length * width;
            at = copy(engine::copyFinalState, s, model.hiddenStates(), results, at, size);
            if (model.hasCellState()) {
                at = copy(engine::copyFinalCellState, s, model.cellStates(), results, at, size);
            }
            if (head != null) {
                engine.copyScores(s, results, at, scoreWidth);
                at += (stepByStep ? length : 1) * scoreWidth;
            }
        }
        return results;
    }

    /** Of each sequence the outputs, one behind the other, in float64, which has all that they may be. */
    private static ByteBuffer results(List<ProofSequence> sequences, Graph graph, GraphEngines engines) {
        Engine engine = engines.engine();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int from = 0; from < sequences.size(); from += engine.size()) {
            engine.clear();
            for (ProofSequence sequence : sequences.subList(from, Math.min(sequences.size(), from + AT_A_TIME))) {
                engine.add(
                        sequence.length(),
                        NumberSource.of(sequence.steps()),
                        NumberSource.of(sequence.row()),
                        null,
                        null);
            }
            engine.run();
            for (int s = 0; s < engine.size(); s++) {
                String problem = engine.problem(s);
                if (problem != null) {
                    throw new IllegalArgumentException("sequence " + (from + s) + " of the proof: " + problem);
                }
                for (int output = 0; output < graph.outputs().size(); output++) {
                    double[] numbers = engine.output(output, s);
                    ByteBuffer given =
                            ByteBuffer.allocate(numbers.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
                    given.asDoubleBuffer().put(numbers);
                    all.writeBytes(given.array());
                }
            }
        }
        return ByteBuffer.wrap(all.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static int copy(
            Engine.StateCopy copy, int sequence, StateLayout layout, ByteBuffer target, int from, int size) {
        int at = from;
        for (int state = 0; state < layout.count(); state++) {
            copy.copy(sequence, state, target, at);
            at += layout.width(state) * size;
        }
        return at;
    }
}
