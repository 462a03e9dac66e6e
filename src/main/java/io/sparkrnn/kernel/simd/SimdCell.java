package io.sparkrnn.kernel.simd;

import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.simd.PackedMatrix.Total;
import org.jspecify.annotations.Nullable;

/**
 * A cell with the sequences in the vectors' lanes; over a few of them it is {@link FewSequences}. Hidden units are
 * computed in chunks: the sums of a chunk's gates, then their activations, then the new states, all while they are in the L1
 * cache. The order of the gates within a chunk is r, z, n and hn (the recurrent part of n) of a GRU, and i, f, o, g of an
 * LSTM, so that one loop runs over equal activations.
 */
final class SimdCell implements FusedCell {
    private static final int UNITS = PackedMatrix.ROWS;

    /**
     * Rows of sums in a chunk: with SUM_BLOCK rows of x, they and their weights fit the L1 cache. A multiple of the highest
     * tile's 12 for any number of gates: 64 took 5 to 10 % more time, 120 the same.
     */
    private static final int CHUNK_ROWS = 96;

    /** PyTorch's number of each gate, in the order of the chunk. */
    private static final int[] LSTM_GATES = {0, 1, 3, 2};

    private static final int[] USUAL_GATES = {0, 1, 2};

    private final CellWeights.Kind kind;
    private final int hiddenSize;
    private final int stateSize;
    private final int chunkUnits;
    /** Rows of sums for each unit. */
    private final int slots;

    private final PackedMatrix input;
    /** W_hh; of a GRU its r and z alone. */
    private final PackedMatrix recurrent;
    /** W_hn of a GRU. */
    private final @Nullable PackedMatrix recurrentNew;

    private final @Nullable PackedMatrix projection;

    private final FewSequences few;

    SimdCell(CellWeights weights) {
        kind = weights.kind();
        hiddenSize = weights.hiddenSize();
        stateSize = weights.stateSize();
        boolean gru = kind == CellWeights.Kind.GRU;
        slots = gru ? 4 : kind.gates();
        chunkUnits = Math.min(roundedUp(hiddenSize), Math.max(UNITS, CHUNK_ROWS / slots / UNITS * UNITS));
        int[] gates = kind == CellWeights.Kind.LSTM ? LSTM_GATES : java.util.Arrays.copyOf(USUAL_GATES, kind.gates());
        int inputSize = weights.inputSize();
        input = new PackedMatrix(weights.weightIh(), weights.biasIh(), inputSize, chunks(gates));
        recurrent = new PackedMatrix(
                weights.weightHh(), weights.biasHh(), stateSize, chunks(gru ? new int[] {0, 1} : gates));
        recurrentNew =
                gru ? new PackedMatrix(weights.weightHh(), weights.biasHh(), stateSize, chunks(new int[] {2})) : null;
        float[][] weightHr = weights.weightHr();
        projection = weightHr == null
                ? null
                : new PackedMatrix(weightHr, new float[stateSize], hiddenSize, projectionChunks());
        few = new FewSequences(weights);
    }

    private static int roundedUp(int units) {
        return (units + UNITS - 1) / UNITS * UNITS;
    }

    private int[][] chunks(int[] gates) {
        int[][] chunks = new int[(hiddenSize + chunkUnits - 1) / chunkUnits][];
        for (int c = 0; c < chunks.length; c++) {
            int first = c * chunkUnits;
            int units = roundedUp(Math.min(chunkUnits, hiddenSize - first));
            chunks[c] = new int[gates.length * units];
            for (int g = 0; g < gates.length; g++) {
                for (int j = 0; j < units; j++) {
                    boolean real = first + j < hiddenSize;
                    chunks[c][g * units + j] = real ? gates[g] * hiddenSize + first + j : PackedMatrix.NO_ROW;
                }
            }
        }
        return chunks;
    }

    private int[][] projectionChunks() {
        int[][] chunks = new int[(stateSize + CHUNK_ROWS - 1) / CHUNK_ROWS][];
        for (int c = 0; c < chunks.length; c++) {
            int first = c * CHUNK_ROWS;
            chunks[c] = new int[roundedUp(Math.min(CHUNK_ROWS, stateSize - first))];
            for (int j = 0; j < chunks[c].length; j++) {
                chunks[c][j] = first + j < stateSize ? first + j : PackedMatrix.NO_ROW;
            }
        }
        return chunks;
    }

    @Override
    public int scratchSize(int blocks) {
        int sums = Math.max(chunkUnits * slots, CHUNK_ROWS);
        return blocks * LANES * (sums + (projection == null ? 0 : hiddenSize));
    }

    @Override
    public void step(int blocks, Lanes lanes) {
        float[] values = lanes.values();
        int stride = Math.max(chunkUnits * slots, CHUNK_ROWS) * LANES;
        int scratch = lanes.scratchAt();
        int unprojected = scratch + blocks * stride;
        for (int chunk = 0, unit = 0; unit < hiddenSize; chunk++, unit += chunkUnits) {
            int units = Math.min(chunkUnits, hiddenSize - unit);
            int slot = roundedUp(units) * LANES;
            input.multiply(chunk, blocks, values, lanes.xAt(), values, scratch, stride, Total.FRESH);
            recurrent.multiply(chunk, blocks, values, lanes.stateAt(), values, scratch, stride, Total.ADDED_TO);
            if (recurrentNew != null) {
                recurrentNew.multiply(
                        chunk, blocks, values, lanes.stateAt(), values, scratch + 3 * slot, stride, Total.FRESH);
            }
            for (int block = 0; block < blocks; block++) {
                if (projection == null) {
                    int next = lanes.nextAt()[block] + unit * LANES;
                    cell(lanes, block, unit, units, scratch + block * stride, next);
                } else {
                    int next = unprojected + (block * hiddenSize + unit) * LANES;
                    cell(lanes, block, unit, units, scratch + block * stride, next);
                }
            }
        }
        if (projection != null) {
            project(projection, blocks, lanes, unprojected, stride);
        }
    }

    /** The new states of a block's units, from the sums at {@code at} to {@code next} on. */
    private void cell(Lanes lanes, int block, int unit, int units, int at, int next) {
        float[] values = lanes.values();
        int slot = roundedUp(units) * LANES;
        int count = units * LANES;
        switch (kind) {
            case RNN_TANH -> VectorActivations.tanh(values, at, values, next, count);
            case RNN_RELU -> VectorActivations.relu(values, at, values, next, count);
            case LSTM -> {
                int g = at + 3 * slot;
                int c = lanes.cellAt()[block] + unit * LANES;
                VectorActivations.sigmoid(values, at, 3 * slot);
                VectorActivations.tanh(values, g, values, g, count);
                VectorGateMath.lstm(values, at, slot, values, c, count);
                VectorActivations.tanh(values, c, values, next, count);
                VectorGateMath.multiply(values, next, values, at + 2 * slot, count);
            }
            case GRU -> {
                int h = lanes.stateAt()[block] + unit * LANES;
                int n = at + 2 * slot;
                VectorActivations.sigmoid(values, at, 2 * slot);
                VectorGateMath.reset(values, n, at, at + 3 * slot, count);
                VectorActivations.tanh(values, n, values, n, count);
                VectorGateMath.blend(values, at + slot, n, values, h, values, next, count);
            }
        }
    }

    private void project(PackedMatrix matrix, int blocks, Lanes lanes, int from, int stride) {
        float[] values = lanes.values();
        int[] at = new int[blocks];
        for (int block = 0; block < blocks; block++) {
            at[block] = from + block * hiddenSize * LANES;
        }
        for (int chunk = 0, row = 0; row < stateSize; chunk++, row += CHUNK_ROWS) {
            matrix.multiply(chunk, blocks, values, at, values, lanes.scratchAt(), stride, Total.FRESH);
            int count = Math.min(CHUNK_ROWS, stateSize - row) * LANES;
            for (int block = 0; block < blocks; block++) {
                System.arraycopy(
                        values, lanes.scratchAt() + block * stride, values, lanes.nextAt()[block] + row * LANES, count);
            }
        }
    }

    @Override
    public void interleave(float[] values, int[] at, float[] block, int blockAt, int width) {
        if (Species.LENGTH == LANES) {
            VectorTranspose.gather(values, at, block, blockAt, width);
        } else {
            VectorTranspose.gatherOneByOne(values, at, block, blockAt, width);
        }
    }

    @Override
    public void separate(float[] block, int blockAt, float[] values, int[] at, int width, int from, int to) {
        if (Species.LENGTH == LANES) {
            VectorTranspose.scatter(block, blockAt, values, at, width, from, to);
        } else {
            VectorTranspose.scatterOneByOne(block, blockAt, values, at, width, from, to);
        }
    }

    @Override
    public void steps(Sequence[] sequences, float[] scratch) {
        few.steps(sequences, scratch);
    }

    @Override
    public int fewScratchSize() {
        return few.scratchSize();
    }
}
