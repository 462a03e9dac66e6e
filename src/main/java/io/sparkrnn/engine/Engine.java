package io.sparkrnn.engine;

import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over a batch of sequences: add them, run, read the results, clear. Numbers go in and out as bytes,
 * little-endian, of the engine's {@link #precision}. Belongs to one thread; keeps its memory from batch to batch.
 */
public interface Engine {
    /** What a message calls it, such as {@code portable (float32)}. */
    String name();

    /** The type of the numbers in and out. */
    Precision precision();

    /**
     * Adds a copy of a sequence to the batch. Moves the buffers' positions behind what was read.
     *
     * @param x the features [T][I]
     * @param length T, at least 1
     * @param h0 the initial hidden states [L*D][P]; null for zeros
     * @param c0 the initial cell states [L*D][H]; null for zeros, and for a cell without
     * @throws ArithmeticException when the batch would hold 2^31 numbers or more
     */
    void add(ByteBuffer x, int length, @Nullable ByteBuffer h0, @Nullable ByteBuffer c0);

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

    /**
     * Copies h_n of a sequence, [L*D][P], into {@code target}, whose position is not used.
     *
     * @param at the byte at which the first state's row goes
     * @param stride the bytes from one state's row to the next one's
     */
    void copyFinalStates(int sequence, ByteBuffer target, int at, int stride);

    /**
     * Copies c_n of a sequence, [L*D][H], into {@code target}, whose position is not used; as {@link #copyFinalStates}.
     *
     * @throws IllegalStateException for a cell without a cell state
     */
    void copyFinalCellStates(int sequence, ByteBuffer target, int at, int stride);
}
