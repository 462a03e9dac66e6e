package io.sparkrnn.spark.invalid;

/**
 * Why a row cannot be scored, in a word: what {@code error_code} says in a table. Part of the interface; a new version may
 * add to them, and renames none.
 */
public enum ErrorCode {
    /** Its features are null. */
    NULL_SEQUENCE,
    /** No step of it counts. */
    EMPTY_SEQUENCE,
    /** A step is null. */
    NULL_STEP,
    /** A number of a step, or of what a network takes of the row, is null. */
    NULL_VALUE,
    /** A step has more or fewer numbers than the network takes, the numbers cannot be told apart into steps, or columns have
     * unlike numbers of steps. */
    WRONG_WIDTH,
    /** What says which steps count, a length or a mask, is null or does not fit them. */
    BAD_LENGTH,
    /** An index is below 0, or as large as the number of those that there are, or larger. */
    BAD_INDEX,
    /** A token is not in the vocabulary of its column, and no index is said for such. */
    UNKNOWN_TOKEN,
    /** The initial states are not as many or as wide as the network's, or have nulls. */
    BAD_INITIAL_STATE,
    /** It, or what it is to become, is more than a row can hold. */
    TOO_LONG,
    /** A result is NaN or infinite, and such are to be rejected. */
    NON_FINITE,
    /** Its id is null: of events, so that nobody knows whose they are, or where states are carried from run to run by it. */
    NULL_ID,
    /** Of events: one of the columns that they are ordered by is null. */
    NULL_ORDER,
    /** Of events: two of them are ordered alike. */
    TIED_ORDER,
    /** Of events: one is not behind the last one that the state has behind it which its id begins with. */
    LATE_EVENT,
    /** Of events: what a network takes once for a sequence is not the same in all of them. */
    CHANGED_VALUE,
    /** A whole network gives nothing for it: it is too short for a window, say. */
    NOT_COMPUTED
}
