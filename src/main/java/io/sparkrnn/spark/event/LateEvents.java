package io.sparkrnn.spark.event;

/** What becomes of events that are not behind the last one that the state of their id has behind it. */
public enum LateEvents {
    /** They cannot be scored: they were applied before, or came too late. */
    INVALID,
    /** They are taken when they come, as if they were the next: no table gives the same then. */
    TAKEN
}
