package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
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

    /** Where {@code engines} gives another result, in words; null when it gives the same. */
    @Nullable
    String difference(RnnModel model, @Nullable Head head, EngineFactory engines) {
        ByteBuffer results = results(sequences, model, head, engines);
        int at = Arrays.mismatch(results.array(), expected);
        if (at < 0) {
            return null;
        }
        int size = engines.precision().byteSize();
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
