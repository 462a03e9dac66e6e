package io.sparkrnn.engine;

import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over a batch of sequences: add them, run, read the results, clear. Numbers are of the engine's
 * {@link #precision}; what is copied out goes to bytes, little-endian. Belongs to one thread; keeps its memory from batch to batch.
 */
public interface Engine {
    /** How an engine gives a state of a sequence: {@link #copyFinalState} or {@link #copyFinalCellState}. */
    interface StateCopy {
        void copy(int sequence, int state, ByteBuffer target, int at);
    }

    /** What a message calls it, such as {@code portable (float32)}. */
    String name();

    /** The type of the numbers in and out. */
    Precision precision();

    /**
     * Adds a sequence to the batch; its numbers are taken before this returns. When they throw, the batch is as it was.
     *
     * @param length T, at least 1
     * @param x the features [T][I]
     * @param h0 the initial hidden states [L*D][P], as {@code RnnModel.hiddenStates()} lays them out; null for the
     *     network's own, which are mostly zeros
     * @param c0 the initial cell states [L*D][H], likewise; null for the network's own
     * @throws ArithmeticException when the batch would hold 2^31 numbers or more
     */
    void add(int length, NumberSource x, @Nullable NumberSource h0, @Nullable NumberSource c0);

    /**
     * Adds a copy of a sequence to the batch as {@link #add(int, NumberSource, NumberSource, NumberSource)}, from buffers.
     */
    default void add(ByteBuffer x, int length, @Nullable ByteBuffer h0, @Nullable ByteBuffer c0) {
        add(
                length,
                NumberSource.of(x, precision()),
                h0 == null ? null : NumberSource.of(h0, precision()),
                c0 == null ? null : NumberSource.of(c0, precision()));
    }

    /**
     * Puts further steps of the batch's only sequence in the place of those that were run: it goes on with the states that
     * {@link #run} left, in the engine's own arithmetic. Of a network that {@linkplain
     * io.sparkrnn.model.RnnModel#runsForwardOnly runs forward only} final states and scores of h_n then have the bits of one
     * run over all steps; hidden states are those of the last piece. When the numbers throw, the batch is empty.
     *
     * @param length the number of further steps, at least 1
     * @param x their features [length][I]
     * @throws IllegalStateException when the batch has not one sequence
     */
    void resume(int length, NumberSource x);

    /**
     * Adds a sequence of a {@linkplain io.sparkrnn.graph.Graph whole network}; otherwise as {@link #add(int, NumberSource,
     * NumberSource, NumberSource)}.
     *
     * @param x the numbers of all inputs of a step side by side, [length][W]
     * @param row the numbers of all inputs that a row has once, one behind the other; null where there are none
     * @param h0 the initial hidden states of its {@linkplain io.sparkrnn.graph.RecurrentStates layers}, where these may begin with
     *     states of the row; null for the network's own
     * @param c0 their initial cell states, likewise
     */
    default void add(
            int length,
            NumberSource x,
            @Nullable NumberSource row,
            @Nullable NumberSource h0,
            @Nullable NumberSource c0) {
        if (row != null) {
            throw new IllegalStateException("recurrent layers have no inputs of the row");
        }
        add(length, x, h0, c0);
    }

    /** Runs the network over the sequences added since the last {@link #clear}. */
    void run();

    /** Takes all sequences out of the batch. */
    void clear();

    /** B: the number of sequences in the batch. */
    int size();

    /** The number of time steps of all sequences in the batch. */
    int steps();

    /** T of one sequence. */
    int length(int sequence);

    /**
     * Copies the last layer's hidden states of a sequence, [T][D*P], into {@code target}, whose position is not used.
     *
     * @param at the byte at which the first step's row goes
     * @param stride the bytes from one step's row to the next one's
     * @throws IllegalStateException when the engine was made for h_n alone
     */
    void copyHiddenStates(int sequence, ByteBuffer target, int at, int stride);

    /** How many steps {@link #copyHiddenStates} copies: those of the sequence, but where a whole network has others. */
    default int hiddenSteps(int sequence) {
        return length(sequence);
    }

    /**
     * The array into which the last run put the hidden states, in the layout that the engine was made for; null where the
     * engine has none such, and they can only be copied. Valid until the next run; states are not to be modified.
     */
    float @Nullable [] hiddenStates();

    /** Where in {@link #hiddenStates} the piece of a sequence begins. */
    int hiddenStatesAt(int sequence);

    /**
     * Copies one of the states in h_n of a sequence, [P], into {@code target} from byte {@code at} on; its position is
     * not used.
     *
     * @param state which, in the order of {@code RnnModel.hiddenStates()}
     */
    void copyFinalState(int sequence, int state, ByteBuffer target, int at);

    /**
     * Copies one of the states in c_n of a sequence, [H], as {@link #copyFinalState}; nothing for a layer that has no
     * cell state.
     */
    void copyFinalCellState(int sequence, int state, ByteBuffer target, int at);

    /**
     * Copies what the head makes of a sequence into {@code target}, whose position is not used: [O] of a head on h_n, [T][O]
     * of one on hidden states. The scores are computed when they are asked for.
     *
     * @param at the byte at which the first row goes
     * @param stride the bytes from one row to the next one's
     * @throws IllegalStateException when the engine has no head, or when the head takes hidden states and the engine was
     *     made for h_n alone
     */
    void copyScores(int sequence, ByteBuffer target, int at, int stride);

    /**
     * Of a {@linkplain io.sparkrnn.graph.Graph whole network}: why it gives nothing for a sequence, such as one too short for a
     * window; null when it gives something.
     */
    default @Nullable String problem(int sequence) {
        return null;
    }

    /**
     * Of a whole network: how many steps an output has for a sequence, which may be others than the sequence has; of a list how
     * many numbers; 1 of any other output of the row.
     *
     * @param output which, in the order of {@link io.sparkrnn.graph.Graph#outputs}
     */
    default int outputSteps(int output, int sequence) {
        throw new IllegalStateException("no whole network");
    }

    /** Of a whole network: the shape of what an output is for a sequence, as the graph has it. */
    default int[] outputShape(int output, int sequence) {
        throw new IllegalStateException("no whole network");
    }

    /**
     * Of a whole network: copies what an output is for a sequence, [T][C] or [C], into {@code target}, whose position is not
     * used: numbers of the engine's {@link #precision}, or whole ones of 64 bits.
     *
     * @param at the byte at which the first row goes
     * @param stride the bytes from one row to the next one's
     */
    default void copyOutput(int output, int sequence, ByteBuffer target, int at, int stride) {
        throw new IllegalStateException("no whole network");
    }

    /** Of a whole network: the numbers of what an output is for a sequence, [T][C] or [C], whole ones as they are up to 2^53. */
    default double[] output(int output, int sequence) {
        throw new IllegalStateException("no whole network");
    }
}
