package io.sparkrnn.peers;

/** Something that computes the hidden states of a case, again and again, on the thread that calls it. */
interface Contender extends AutoCloseable {
    /** The head of its column. */
    String name();

    /** Computes all hidden states and h_n. This is what is timed. */
    void run();

    /** The hidden states [T][H] of a sequence, of the last run. */
    float[] hiddenStates(int sequence);

    /** Frees what is not on the heap. */
    @Override
    default void close() {}
}
