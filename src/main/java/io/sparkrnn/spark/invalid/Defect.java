package io.sparkrnn.spark.invalid;

import org.jspecify.annotations.Nullable;

/**
 * Something is wrong with the numbers of a row. Thrown where they are looked at, which does not know the row's id; {@link
 * io.sparkrnn.spark.sequence.RowDefects} says it in words.
 */
public final class Defect extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What can be wrong. */
    public enum Kind {
        NULL_VALUE(ErrorCode.NULL_SEQUENCE),
        /** Of events, or where states go from run to run by ids: there is none. */
        NULL_ID(ErrorCode.NULL_ID),
        NULL_STEP(ErrorCode.NULL_STEP),
        NULL_NUMBER(ErrorCode.NULL_VALUE),
        EMPTY(ErrorCode.EMPTY_SEQUENCE),
        WIDTH(ErrorCode.WRONG_WIDTH),
        NOT_DIVISIBLE(ErrorCode.WRONG_WIDTH),
        COLUMN_LENGTHS(ErrorCode.WRONG_WIDTH),
        /** Of the columns of several inputs; "step" is how many steps the ones before have. */
        INPUT_LENGTHS(ErrorCode.WRONG_WIDTH),
        /** Of what a row has once: there are more or fewer numbers than the network takes. */
        ROW_WIDTH(ErrorCode.WRONG_WIDTH),
        BAD_INDEX(ErrorCode.BAD_INDEX),
        /** {@link #token} is in no vocabulary. */
        UNKNOWN_TOKEN(ErrorCode.UNKNOWN_TOKEN),
        /** Of a vector of Spark's ml: its parts do not make one. */
        BROKEN_VECTOR(ErrorCode.WRONG_WIDTH),
        /** The mask, or an element of it. */
        MASK_NULL(ErrorCode.BAD_LENGTH),
        MASK_VALUE(ErrorCode.BAD_LENGTH),
        MASK_LENGTH(ErrorCode.BAD_LENGTH),
        LENGTH_NULL(ErrorCode.BAD_LENGTH),
        LENGTH_BELOW_ONE(ErrorCode.BAD_LENGTH),
        LENGTH_BEYOND_END(ErrorCode.BAD_LENGTH),
        /** For one run; of this and the next three, "step" is how many steps would do. */
        TOO_LONG(ErrorCode.TOO_LONG),
        /** Hidden states, or scores of each step, of so many steps. */
        TOO_LONG_STATES(ErrorCode.TOO_LONG),
        TOO_LONG_SCORES(ErrorCode.TOO_LONG),
        /** The outputs of a whole network. */
        TOO_LONG_RESULTS(ErrorCode.TOO_LONG),
        /** Of an event: a column that it is ordered by is null, of which "found" is the place. */
        NULL_ORDER(ErrorCode.NULL_ORDER),
        /** Of an event: it is ordered as the one before it. */
        TIED(ErrorCode.TIED_ORDER),
        /** Of an event: it is not behind the last one that the state of its id has behind it, {@link #token} in text. */
        LATE(ErrorCode.LATE_EVENT),
        /** Of an event: what a whole network takes once for a sequence is not what the first event has. */
        CHANGED(ErrorCode.CHANGED_VALUE),
        /** Of initial states: there are more or fewer than the network has. */
        STATE_COUNT(ErrorCode.BAD_INITIAL_STATE);

        private final ErrorCode code;

        Kind(ErrorCode code) {
            this.code = code;
        }
    }

    /** Which numbers. */
    public enum Where {
        FEATURES,
        /** What a whole network takes once for a row. */
        ROW_INPUTS,
        INITIAL_STATE,
        INITIAL_CELL_STATE
    }

    private final Where where;
    private final Kind kind;
    private final int step;
    private final long found;
    private final int input;
    private final @Nullable String token;

    /**
     * A defect.
     *
     * @param step the step it is at, or -1; another number where the kind says so
     * @param found what was found there: a width, a length, a position
     */
    public Defect(Where where, Kind kind, int step, long found) {
        this(where, kind, step, found, -1, null);
    }

    private Defect(Where where, Kind kind, int step, long found, int input, @Nullable String token) {
        // neither text nor stack: it is caught where it is known what it means, and a table may have millions
        super(null, null, false, false);
        this.where = where;
        this.kind = kind;
        this.step = step;
        this.found = found;
        this.input = input;
        this.token = token;
    }

    /** The same of one of several inputs. */
    public Defect of(int one) {
        return new Defect(where, kind, step, found, one, token);
    }

    /** The same with the token that was found. */
    public Defect with(String one) {
        return new Defect(where, kind, step, found, input, one);
    }

    /** What was found there as text, short; null when that is no text. */
    public @Nullable String token() {
        return token;
    }

    /** The reason in a word. */
    public ErrorCode code() {
        return switch (where) {
            case FEATURES -> kind.code;
            case ROW_INPUTS -> kind == Kind.NULL_VALUE ? ErrorCode.NULL_VALUE : kind.code;
            case INITIAL_STATE, INITIAL_CELL_STATE -> ErrorCode.BAD_INITIAL_STATE;
        };
    }

    /** Which numbers it is in. */
    public Where where() {
        return where;
    }

    /** What is wrong. */
    public Kind kind() {
        return kind;
    }

    /** The step it is at, or -1; another number where the kind says so. */
    public int step() {
        return step;
    }

    /** What was found there: a width, a length, a position. */
    public long found() {
        return found;
    }

    /** Which of several inputs of a whole network it is of, by the place of its column; -1 where there are not several. */
    public int input() {
        return input;
    }

    @Override
    public String getMessage() {
        return where + ": " + kind + " at step " + step + ": " + found;
    }
}
