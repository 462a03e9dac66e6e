package io.sparkrnn.graph;

import java.io.Serializable;

/**
 * What a graph gives for a row.
 *
 * @param name of the value, and of its column
 * @param form what its column is
 * @param stepsAxis the axis of the value that counts time steps; -1 when it is of the row
 * @param width C: how many numbers it has at a step, or of the row
 */
public record GraphOutput(String name, Form form, int stepsAxis, int width) implements Serializable {
    /** The shape of a column. */
    public enum Form {
        /** [C], an array of numbers. */
        OF_ROW,
        /** [T], a number at each step. */
        NUMBER_OF_STEP,
        /** [T][C], an array of numbers at each step. */
        NUMBERS_OF_STEP
    }

    /** In words: {@code score [3]}, {@code tags [T, 3]}. */
    @Override
    public String toString() {
        return name
                + switch (form) {
                    case OF_ROW -> " [" + width + "]";
                    case NUMBER_OF_STEP -> " [T]";
                    case NUMBERS_OF_STEP -> " [T, " + width + "]";
                };
    }
}
