package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which sequences of a batch share blocks of lanes, and which go a few at a time with their hidden units in the lanes. Results do
 * not depend on it.
 *
 * @param few groups of up to {@link FusedCell#FEW}, each longest first
 * @param together longest first
 */
record Grouping(List<int[]> few, int[] together) {
    /**
     * What a step takes, in the time of a step of a sequence alone.
     *
     * @param block a step of a block, however many of its sequences are still there
     * @param more a step of each further sequence of a few
     */
    record Cost(double block, double more) {}

    /**
     * Going down from the longest: where the sequences of the next block would be done sooner a few at a time, the first few of
     * them go so.
     *
     * @param order the batch's sequences, longest first
     */
    static Grouping of(SequenceBatch batch, int[] order, Cost cost) {
        List<int[]> few = new ArrayList<>();
        int[] together = new int[order.length];
        int count = 0;
        for (int i = 0; i < order.length; ) {
            int end = Math.min(i + FusedCell.LANES, order.length);
            if (fewSteps(batch, order, i, end, cost) < cost.block * batch.length(order[i])) {
                int some = some(order.length - i);
                few.add(Arrays.copyOfRange(order, i, i + some));
                i += some;
            } else {
                while (i < end) {
                    together[count++] = order[i++];
                }
            }
        }
        return new Grouping(few, Arrays.copyOf(together, count));
    }

    /**
     * How many of those that are left go first. Eight are four and four: in vectors of 16 the tile of two is the slowest for what it
     * computes.
     */
    private static int some(int left) {
        return left == 8 ? 4 : Math.min(FusedCell.FEW, left);
    }

    /** The time of sequences that go a few at a time. */
    private static double fewSteps(SequenceBatch batch, int[] order, int from, int to, Cost cost) {
        double steps = 0;
        for (int i = from; i < to; i++) {
            steps += ((i - from) % FusedCell.FEW == 0 ? 1 : cost.more) * batch.length(order[i]);
        }
        return steps;
    }
}
