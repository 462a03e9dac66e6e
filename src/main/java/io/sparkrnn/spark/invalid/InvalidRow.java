package io.sparkrnn.spark.invalid;

/**
 * A row that cannot be scored.
 *
 * @param code the reason in a word
 * @param message the row, the step, what was found, what was expected and what would do, in a sentence
 */
public record InvalidRow(ErrorCode code, String message) {}
