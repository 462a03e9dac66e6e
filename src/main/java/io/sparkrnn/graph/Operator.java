package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a node computes of one row. Most operators are those of <a href="https://onnx.ai/onnx/operators/">ONNX</a>, which
 * has their equations; each says its own.
 */
public interface Operator extends Serializable {
    /**
     * Computes a row. An engine may compute some operators for many rows together instead, with the same bits.
     *
     * @param inputs what it takes, null where it is left out; not modified
     * @param precision of the numbers it gives
     * @return what it gives, in arrays of its own or those of the inputs
     * @throws GraphException when the inputs do not fit it or each other
     */
    Array[] run(@Nullable Array[] inputs, Precision precision);

    /** As {@link #run}, where the shapes of the results are of use and not their numbers: what is cheaper, if there is such. */
    default Array[] outline(@Nullable Array[] inputs, Precision precision) {
        return run(inputs, precision);
    }

    /** How many steps of computing a number of its results takes, roughly; of one that is worth to be reckoned more than 1. */
    default long effort(@Nullable Array[] inputs) {
        return 1;
    }

    /**
     * Where its results count steps, if it computes each step by itself: the steps of many rows one after the other, as if they
     * were those of one row, then give the same numbers as each row alone.
     *
     * @param inputs null for one that is left out
     * @return the axis of each of its results; {@link StepInput#NONE} when it looks across steps, or may
     * @throws GraphException when the inputs do not fit it
     */
    default int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.NONE;
    }

    /** The number of weights that it has of its own, beside its inputs. */
    default long parameters() {
        return 0;
    }

    /** The arithmetic that the weights of its own ask for. */
    default Precision naturalPrecision() {
        return Precision.FLOAT32;
    }

    /** What messages and drawings call it, with what it was made with: {@code conv 4 to 16, kernel 3}. */
    @Override
    String toString();

    /** An input that cannot be left out. */
    static Array need(@Nullable Array[] inputs, int index) {
        Array input = index < inputs.length ? inputs[index] : null;
        if (input == null) {
            throw new GraphException("input " + index + " is missing");
        }
        return input;
    }

    /** An input that cannot be left out, and has one number. */
    static Array single(@Nullable Array[] inputs, int index) {
        Array input = need(inputs, index);
        if (input.elements() != 1) {
            throw new GraphException("input " + index + " is " + input + "; expected one number");
        }
        return input;
    }

    /** An input that may be left out. */
    static @Nullable Array at(@Nullable Array[] inputs, int index) {
        return index < inputs.length ? inputs[index] : null;
    }
}
