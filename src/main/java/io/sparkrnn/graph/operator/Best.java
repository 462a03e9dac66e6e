package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The K largest of C scores, in falling order, and their indices: [n] and [n], n being K, or fewer where what is left out leaves
 * fewer. Of equal ones the lower index is first. NaN is above all, as in <a
 * href="https://pytorch.org/docs/stable/generated/torch.topk.html">torch.topk</a>: a network that gives one is seen to. Input 0 are
 * the scores; input 1, if there is one, are indices that are left out, where there are such.
 *
 * <p>A heap of K is kept while the scores are gone over once: a comparison for each, and some log K for those that enter it.
 *
 * @param most K
 * @param never indices that are left out in every row
 */
public record Best(int most, List<Long> never) implements Operator {
    public Best {
        if (most < 1) {
            throw new GraphException("the best " + most + "; expected 1 or more");
        }
        never = List.copyOf(never);
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array scores = Operator.need(inputs, 0);
        if (most > scores.elements()) {
            throw new GraphException("the best " + most + " of " + scores.elements());
        }
        int[] best = new Heap(scores, most, leftOut(Operator.at(inputs, 1))).best();
        Array values = scores.like(best.length);
        Array indices = Array.wholes(best.length);
        for (int n = 0; n < best.length; n++) {
            values.copyFrom(scores, best[n], n, 1);
            indices.setWhole(n, best[n]);
        }
        return new Array[] {values, indices};
    }

    /** All that are left out, in rising order. */
    private long[] leftOut(@Nullable Array seen) {
        long[] own = seen == null ? new long[0] : seen.toWholes();
        long[] all = Arrays.copyOf(own, own.length + never.size());
        for (int i = 0; i < never.size(); i++) {
            all[own.length + i] = never.get(i);
        }
        Arrays.sort(all);
        return all;
    }

    /** The best so far, the worst of them on top. */
    private static final class Heap {
        private final Array scores;
        private final long[] leftOut;
        private final int[] indices;
        private int size;

        Heap(Array scores, int most, long[] leftOut) {
            this.scores = scores;
            this.leftOut = leftOut;
            indices = new int[most];
        }

        int[] best() {
            for (int i = 0; i < scores.elements(); i++) {
                if (size < indices.length) {
                    if (isWanted(i)) {
                        indices[size] = i;
                        rise(size++);
                    }
                } else if (isBetter(i, indices[0]) && isWanted(i)) {
                    indices[0] = i;
                    sink();
                }
            }
            int[] best = new int[size];
            for (int n = size - 1; n >= 0; n--) {
                best[n] = indices[0];
                indices[0] = indices[--size];
                sink();
            }
            return best;
        }

        /** Looked for only where a score is good enough: those left out are few. */
        private boolean isWanted(int index) {
            return leftOut.length == 0 || Arrays.binarySearch(leftOut, index) < 0;
        }

        private boolean isBetter(int a, int b) {
            int compared = TopK.compared(scores.get(a), scores.get(b));
            return compared == 0 ? a < b : compared > 0;
        }

        private void rise(int from) {
            int at = from;
            while (at > 0 && isBetter(indices[(at - 1) / 2], indices[at])) {
                swap(at, (at - 1) / 2);
                at = (at - 1) / 2;
            }
        }

        private void sink() {
            int at = 0;
            while (2 * at + 1 < size) {
                int worse = 2 * at + 1;
                if (worse + 1 < size && isBetter(indices[worse], indices[worse + 1])) {
                    worse++;
                }
                if (!isBetter(indices[at], indices[worse])) {
                    return;
                }
                swap(at, worse);
                at = worse;
            }
        }

        private void swap(int a, int b) {
            int index = indices[a];
            indices[a] = indices[b];
            indices[b] = index;
        }
    }

    @Override
    public String toString() {
        return "best " + most;
    }
}
