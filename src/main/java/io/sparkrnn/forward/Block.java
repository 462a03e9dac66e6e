package io.sparkrnn.forward;

/**
 * Some sequences of a batch, longest first, with the buffers one layer reads and writes. The lanes of the block are its
 * sequences: since they are sorted, those that have a step t are always the first ones.
 *
 * @param order the batch's sequences, longest first
 * @param from the first of the block in {@code order}
 * @param lanes the number of sequences in the block
 */
record Block(SequenceBatch batch, int[] order, int from, int lanes) {
    int sequence(int lane) {
        return order[from + lane];
    }

    int length(int lane) {
        return batch.length(sequence(lane));
    }

    /** The number of time steps in the batch before this lane's first. */
    int start(int lane) {
        return batch.start(sequence(lane));
    }
}
