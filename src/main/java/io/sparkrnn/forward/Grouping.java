package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import java.util.Arrays;

/**
 * Which sequences of a batch share blocks of lanes, and which are computed one by one with their hidden units in the lanes.
 * Results do not depend on it.
 *
 * @param alone longest first
 * @param together longest first
 */
record Grouping(int[] alone, int[] together) {
    /**
     * Going down from the longest: a step of a block takes as long as its longest sequence lasts, however few others are
     * still there. Where all steps of the block's sequences taken singly would be done sooner, the longest goes alone.
     *
     * @param order the batch's sequences, longest first
     * @param singleSteps how many steps of one sequence are done in the time of one step of a block
     */
    static Grouping of(SequenceBatch batch, int[] order, double singleSteps) {
        long[] stepsBefore = new long[order.length + 1];
        for (int i = 0; i < order.length; i++) {
            stepsBefore[i + 1] = stepsBefore[i] + batch.length(order[i]);
        }
        int[] alone = new int[order.length];
        int[] together = new int[order.length];
        int aloneCount = 0;
        int togetherCount = 0;
        for (int i = 0; i < order.length; ) {
            int end = Math.min(i + FusedCell.LANES, order.length);
            if (stepsBefore[end] - stepsBefore[i] < singleSteps * batch.length(order[i])) {
                alone[aloneCount++] = order[i++];
            } else {
                while (i < end) {
                    together[togetherCount++] = order[i++];
                }
            }
        }
        return new Grouping(Arrays.copyOf(alone, aloneCount), Arrays.copyOf(together, togetherCount));
    }
}
