package io.sparkrnn.spark;

import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.PackedSequence.Defect;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a row: which row, which step, what was found, what was expected, what would do. */
final class RowDefects {
    private final RnnModel model;
    private final @Nullable String idColumn;
    private final @Nullable String initialStateColumn;
    private final @Nullable String initialCellStateColumn;

    RowDefects(
            RnnModel model,
            @Nullable String idColumn,
            @Nullable String initialStateColumn,
            @Nullable String initialCellStateColumn) {
        this.model = model;
        this.idColumn = idColumn;
        this.initialStateColumn = initialStateColumn;
        this.initialCellStateColumn = initialCellStateColumn;
    }

    /**
     * The error for a row whose features are a defect.
     *
     * @param id the id's text, or the row's file where there is no id column
     * @param position the row's place in its partition, from 1
     */
    InputException features(byte[] packed, @Nullable String id, long position) {
        int step = PackedSequence.steps(packed);
        long found = PackedSequence.found(packed);
        int inputSize = model.inputSize();
        String what = switch (PackedSequence.defect(packed)) {
            case NULL_VALUE -> "its features are null; expected at least one step of " + inputSize + " numbers";
            case NULL_STEP -> "step " + step + " is null; expected " + inputSize + " numbers";
            case NULL_NUMBER ->
                "step " + step + ", feature " + found + " is null; fill it in or leave the row out (NaN is a"
                        + " number, null is not)";
            case EMPTY -> "it has no step; expected sequence length to be larger than 0";
            case WIDTH ->
                "step " + step + " has " + found + " numbers; expected " + inputSize + ", the network's input_size"
                        + (step > 0 ? ", as in the steps before it" : "");
            case NOT_DIVISIBLE ->
                "its flat features are " + found + " numbers, not a multiple of the network's input_size " + inputSize;
            case COLUMN_LENGTHS ->
                "feature column " + found + " (from 0) has " + step
                        + " steps, unlike the columns before it; expected one number a step in every feature";
            case LENGTH_NULL -> "its length is null; expected the number of steps that count";
            case LENGTH_BELOW_ONE -> "its length is " + found + "; expected a length of 1 or more";
            case LENGTH_BEYOND_END -> "its length is " + found + ", but it has only " + step + " steps";
            case TOO_LONG ->
                "its " + found + " steps of " + inputSize + " numbers are more than the 2 GiB a row can"
                        + " hold; cut it into shorter sequences";
            case NONE -> throw new IllegalArgumentException("no defect");
        };
        return new InputException(row(id, position) + ": " + what);
    }

    /** The error for a row whose h_0 is a defect, or has the wrong number of states; see {@link #features}. */
    InputException initialState(byte[] packed, @Nullable String id, long position) {
        String expected = "hidden_size";
        if (model.stateSize() < model.hiddenSize()) {
            expected = "proj_size";
        }
        return states(
                packed, row(id, position) + ": its initial state " + initialStateColumn, model.stateSize(), expected);
    }

    /** The error for a row whose c_0 is a defect, or has the wrong number of states; see {@link #features}. */
    InputException initialCellState(byte[] packed, @Nullable String id, long position) {
        return states(
                packed,
                row(id, position) + ": its initial cell state " + initialCellStateColumn,
                model.hiddenSize(),
                "hidden_size");
    }

    private InputException states(byte[] packed, String where, int width, String widthName) {
        int state = PackedSequence.steps(packed);
        long found = PackedSequence.found(packed);
        String expected = "[" + model.numStates() + "][" + width + "], num_layers * num_directions states of "
                + widthName + " numbers (null for the network's own, mostly zeros)";
        Defect defect = PackedSequence.defect(packed);
        String what = switch (defect) {
            case NONE -> "has " + state + " states";
            case EMPTY -> "has no state";
            case NULL_STEP -> "has null for state " + state;
            case NULL_NUMBER -> "has a null in state " + state + ", unit " + found;
            case WIDTH -> "has " + found + " numbers in state " + state;
            default -> "cannot be read (" + defect + ")";
        };
        return new InputException(where + " " + what + "; expected " + expected);
    }

    /** The error for a row whose hidden states, or scores of each step, would not fit a row. */
    InputException tooLong(int steps, String what, @Nullable String id, long position) {
        return new InputException(row(id, position) + ": its " + steps + " steps give " + what + " of more than the"
                + " 2 GiB a row can hold; cut it into shorter sequences, or ask for " + Output.H_N.column() + " alone");
    }

    private String row(@Nullable String id, long position) {
        if (idColumn != null) {
            return "row with " + idColumn + " = " + id;
        }
        TaskContext context = TaskContext.get();
        String partition = context == null ? "" : " of partition " + context.partitionId();
        String file = id == null || id.isEmpty() ? "" : " (" + id + ")";
        return "row " + position + partition + file;
    }
}
