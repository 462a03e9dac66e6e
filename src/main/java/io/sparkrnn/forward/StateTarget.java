package io.sparkrnn.forward;

/**
 * Where the hidden states of a layer go.
 *
 * @param values written
 * @param firsts for each sequence of the batch, the place of its first step's states
 * @param stride from a step's states to those of the next
 */
record StateTarget(float[] values, int[] firsts, int stride) {
    /** The place of the states of step {@code t} of a lane of {@code block}. */
    int at(Block block, int lane, int t) {
        return firsts[block.sequence(lane)] + t * stride;
    }
}
