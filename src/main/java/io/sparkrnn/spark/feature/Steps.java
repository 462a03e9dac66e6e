package io.sparkrnn.spark.feature;

import java.util.Arrays;

/**
 * Which steps of a row count, in their order: runs of steps that stand one behind the other, mostly the one run of all of them.
 * One such object serves a task from row to row.
 */
public final class Steps {
    /** Of each run the first step and the one behind its last. */
    private int[] bounds = new int[2];

    private int runs;
    private int count;

    /** None. */
    public void clear() {
        runs = 0;
        count = 0;
    }

    /** The first so many. */
    void setAll(int steps) {
        clear();
        add(0, steps);
    }

    /** Adds the steps from {@code from} to before {@code to}; they stand behind those that are there. */
    public void add(int from, int to) {
        if (from >= to) {
            return;
        }
        if (runs > 0 && bounds[2 * runs - 1] == from) {
            bounds[2 * runs - 1] = to;
        } else {
            if (2 * runs == bounds.length) {
                bounds = Arrays.copyOf(bounds, 2 * bounds.length);
            }
            bounds[2 * runs] = from;
            bounds[2 * runs + 1] = to;
            runs++;
        }
        count += to - from;
    }

    /** Leaves the first {@code most} of them, if they are more. */
    public void keepFirst(int most) {
        int excess = count - most;
        if (excess <= 0) {
            return;
        }
        while (runs > 0 && excess >= to(runs - 1) - from(runs - 1)) {
            runs--;
            excess -= to(runs) - from(runs);
        }
        if (runs > 0) {
            bounds[2 * runs - 1] -= excess;
        }
        count = most;
    }

    /** Leaves the last {@code most} of them, if they are more. */
    public void keepLast(int most) {
        int excess = count - most;
        if (excess <= 0) {
            return;
        }
        int gone = 0;
        while (gone < runs && excess >= to(gone) - from(gone)) {
            excess -= to(gone) - from(gone);
            gone++;
        }
        runs -= gone;
        System.arraycopy(bounds, 2 * gone, bounds, 0, 2 * runs);
        if (runs > 0) {
            bounds[0] += excess;
        }
        count = most;
    }

    /** How many steps count. */
    public int count() {
        return count;
    }

    /** How many runs they are. */
    int runs() {
        return runs;
    }

    /** The first step of a run. */
    int from(int run) {
        return bounds[2 * run];
    }

    /** The step behind the last of a run. */
    int to(int run) {
        return bounds[2 * run + 1];
    }
}
