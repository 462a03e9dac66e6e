package io.sparkrnn.spark;

/**
 * Something is wrong with the numbers of a row. Thrown where they are looked at, which does not know the row's id; {@link
 * RowDefects} says it in words.
 */
final class Defect extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What can be wrong. */
    enum Kind {
        NULL_VALUE,
        NULL_STEP,
        NULL_NUMBER,
        EMPTY,
        WIDTH,
        NOT_DIVISIBLE,
        COLUMN_LENGTHS,
        /** Of a vector of Spark's ml: its parts do not make one. */
        BROKEN_VECTOR,
        /** The mask, or an element of it. */
        MASK_NULL,
        MASK_VALUE,
        MASK_LENGTH,
        LENGTH_NULL,
        LENGTH_BELOW_ONE,
        LENGTH_BEYOND_END,
        TOO_LONG,
        /** Of initial states: there are more or fewer than the network has. */
        STATE_COUNT
    }

    /** Which numbers. */
    enum Where {
        FEATURES,
        INITIAL_STATE,
        INITIAL_CELL_STATE
    }

    private final Where where;
    private final Kind kind;
    private final int step;
    private final long found;

    /**
     * A defect.
     *
     * @param step the step it is at, or -1
     * @param found what was found there: a width, a length, a position
     */
    Defect(Where where, Kind kind, int step, long found) {
        super(where + ": " + kind + " at step " + step + ": " + found);
        this.where = where;
        this.kind = kind;
        this.step = step;
        this.found = found;
    }

    Where where() {
        return where;
    }

    Kind kind() {
        return kind;
    }

    int step() {
        return step;
    }

    long found() {
        return found;
    }
}
