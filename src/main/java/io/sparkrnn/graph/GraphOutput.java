package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import java.io.Serializable;

/**
 * What a graph gives for a row.
 *
 * @param name of the value, and of its column
 * @param form what its column is
 * @param stepsAxis the axis of the value that counts time steps, or what there is of a {@link Form#LIST_OF_ROW}; -1 when it is of
 *     the row
 * @param width C: how many numbers it has at a step, or of the row
 * @param kind what the numbers are
 */
public record GraphOutput(String name, Form form, int stepsAxis, int width, Kind kind) implements Serializable {
    /** The shape of a column. */
    public enum Form {
        /** [C], an array of numbers. */
        OF_ROW,
        /** [up to C], an array of numbers, of some rows fewer than of others. */
        LIST_OF_ROW,
        /** [T], a number at each step. */
        NUMBER_OF_STEP,
        /** [T][C], an array of numbers at each step. */
        NUMBERS_OF_STEP
    }

    /** What the numbers of a column are. */
    public enum Kind {
        /** Of the precision that is computed in. */
        NUMBERS,
        /** Whole numbers of 64 bits, such as the index of the largest. Truth is 1, and what is false is 0. */
        WHOLE_NUMBERS
    }

    /** An output of numbers. */
    public GraphOutput(String name, Form form, int stepsAxis, int width) {
        this(name, form, stepsAxis, width, Kind.NUMBERS);
    }

    /** How many numbers it has for each of what {@link #stepsAxis} counts, or of the row. */
    public int numbersEach() {
        return form == Form.LIST_OF_ROW ? 1 : width;
    }

    /** Whether it has whole numbers. */
    public boolean isWhole() {
        return kind == Kind.WHOLE_NUMBERS;
    }

    /** The precision whose numbers are as large as its own, of a network computed in one: whole numbers have 64 bits. */
    public Precision size(Precision computed) {
        return isWhole() ? Precision.FLOAT64 : computed;
    }

    /** In words: {@code score [3]}, {@code tags [T, 3]}, {@code best [1] of whole numbers}. */
    @Override
    public String toString() {
        return name
                + switch (form) {
                    case OF_ROW -> " [" + width + "]";
                    case LIST_OF_ROW -> " [up to " + width + "]";
                    case NUMBER_OF_STEP -> " [T]";
                    case NUMBERS_OF_STEP -> " [T, " + width + "]";
                }
                + (isWhole() ? " of whole numbers" : "");
    }
}
