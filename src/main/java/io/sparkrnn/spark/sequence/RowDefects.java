package io.sparkrnn.spark.sequence;

import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.column.StepColumn;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.result.Result;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a row: which row, which step, what was found, what was expected, what would do. */
public final class RowDefects {
    private static final String EMPTY =
            "it has no step; expected sequence length to be larger than 0, or min-steps 1 to leave such rows out";

    private final RowColumns columns;
    private final LengthLimits limits;

    /** Of the rows of a table, by its columns. */
    public RowDefects(RowColumns columns, LengthLimits limits) {
        this.columns = columns;
        this.limits = limits;
    }

    /**
     * A row with a defect.
     *
     * @param id the id's text
     * @param position the row's place in its partition, from 1
     */
    public InvalidRow row(Defect defect, @Nullable String id, long position) {
        return new InvalidRow(defect.code(), message(defect, name(id, position)));
    }

    /** What messages call a row; see {@link #row}. */
    public String name(@Nullable String id, long position) {
        return columns.name().of(id, position);
    }

    /**
     * A row whose results are not all finite.
     *
     * @param name as {@link #name} gives it
     * @param results of it, as they were looked at
     */
    public static InvalidRow nonFinite(String name, Result[] results) {
        String outputs = Arrays.stream(results)
                .filter(result -> result.image.hasNonFinite())
                .map(result -> result.column)
                .collect(Collectors.joining(", "));
        return new InvalidRow(
                ErrorCode.NON_FINITE,
                name + ": there is a NaN or an infinity in its results (" + outputs
                        + "); look at its features, or do without --reject-non-finite");
    }

    /**
     * A row for which a whole network gives nothing.
     *
     * @param name as {@link #name} gives it
     * @param problem why
     */
    public static InvalidRow notComputed(String name, String problem) {
        return new InvalidRow(ErrorCode.NOT_COMPUTED, name + ": the network gives nothing for it: " + problem);
    }

    /** Of one of several inputs of a whole network. */
    public static String ofInput(Defect defect, InputFeatures.Layout layout) {
        InputFeatures.Part part = layout.parts().get(defect.input());
        boolean once = layout.times() == InputFeatures.Times.ONCE;
        String column = "column " + part.column()
                + (InputColumns.same(part.column(), part.input()) ? "" : " (input " + part.input() + ")");
        int step = defect.step();
        String at = once ? column : "step " + step + " of " + column;
        long found = defect.found();
        int width = part.width();
        String numbers = width == 1 ? "a number" : width + " numbers";
        return switch (defect.kind()) {
            case NULL_VALUE -> column + " is null; expected " + numbers + (once ? "" : " for each step");
            case NULL_STEP -> at + " is null; expected " + numbers;
            case NULL_NUMBER ->
                at + (width == 1 ? " is null" : " has a null, number " + found + " (from 0)")
                        + "; fill it in or leave the row out"
                        + (part.range() > 0 ? "" : " (NaN is a number, null is not)");
            case WIDTH -> at + " has " + counted(found, "number") + "; expected " + width;
            case NOT_DIVISIBLE ->
                once
                        ? column + " has " + counted(found, "number") + "; expected " + width
                        : column + " has " + counted(found, "number") + ", not a multiple of the " + width
                                + " that a step has";
            case ROW_WIDTH -> column + " has " + counted(found, "number") + "; expected " + width;
            case INPUT_LENGTHS ->
                column + " has " + counted(found, "step") + ", but column "
                        + layout.parts().get(0).column() + " has " + step
                        + "; expected as many in all columns of steps";
            case BAD_INDEX ->
                at + " is " + found + "; expected an index "
                        + (part.range() == Long.MAX_VALUE ? "of 0 or more" : "from 0 to " + (part.range() - 1));
            case UNKNOWN_TOKEN ->
                at + (width == 1 ? "" : ", number " + found + " (from 0),") + " is " + defect.token()
                        + ", which is not in its vocabulary; expected one of its tokens, or an index for all others"
                        + " (--unknown-token " + part.input() + "=INDEX)";
            case BROKEN_VECTOR ->
                at + " cannot be read; expected type 1 with values, or type 0 with size, indices that rise and stay"
                        + " below it, and a value for each";
            default -> throw new IllegalArgumentException("not of an input", defect);
        };
    }

    private String message(Defect defect, String row) {
        return switch (defect.where()) {
            case FEATURES ->
                defect.input() < 0
                        ? features(defect, row)
                        : row + ": " + ofInput(defect, (InputFeatures.Layout) columns.features());
            case ROW_INPUTS -> row + ": " + ofInput(defect, Objects.requireNonNull(columns.rowInputs()));
            case INITIAL_STATE -> states(defect, row + ": its initial state ", columns.initialState());
            case INITIAL_CELL_STATE -> states(defect, row + ": its initial cell state ", columns.initialCellState());
        };
    }

    private String features(Defect defect, String row) {
        int step = defect.step();
        long found = defect.found();
        int inputSize = columns.stepWidth();
        String what = switch (defect.kind()) {
            case NULL_VALUE -> "its features are null; expected at least one step of " + counted(inputSize, "number");
            case NULL_ID -> "its id is null; expected one, by which its states go from run to run";
            case NULL_STEP -> "step " + step + " is null; expected " + counted(inputSize, "number");
            case NULL_NUMBER ->
                "step " + step + ", feature " + found + " is null" + named(found)
                        + "; fill it in or leave the row out (NaN is a number, null is not)";
            case EMPTY -> columns.steps().column() instanceof StepColumn.Mask mask ? noneOf(mask) : EMPTY;
            case WIDTH ->
                "step " + step + " has " + counted(found, "number") + "; expected " + inputSize
                        + ", the network's input_size" + (step > 0 ? ", as in the steps before it" : "");
            case NOT_DIVISIBLE ->
                "its flat features are " + counted(found, "number") + ", not a multiple of the network's input_size "
                        + inputSize;
            case COLUMN_LENGTHS ->
                "feature column " + found + " (from 0) has " + counted(step, "step")
                        + ", unlike the columns before it; expected one number a step in every feature";
            case BROKEN_VECTOR ->
                (step < 0 ? "its vector" : "the vector of step " + step)
                        + " cannot be read; expected type 1 with values, or type 0 with size, indices that rise and stay"
                        + " below it, and a value for each";
            case MASK_NULL ->
                mask()
                        + (step < 0
                                ? " is null; expected an element for each step"
                                : " is null at step " + step + "; expected true or false, or 1 or 0");
            case MASK_VALUE -> mask() + " is " + found + " at step " + step + "; expected 0 or 1";
            case MASK_LENGTH ->
                mask() + " has " + counted(found, "element") + ", but the row has " + counted(step, "step")
                        + "; expected an element for each step";
            case LENGTH_NULL -> "its length is null; expected the number of steps that count";
            case LENGTH_BELOW_ONE -> "its length is " + found + "; expected a length of 1 or more";
            case LENGTH_BEYOND_END -> "its length is " + found + ", but it has only " + counted(step, "step");
            case TOO_LONG, TOO_LONG_STATES, TOO_LONG_SCORES, TOO_LONG_RESULTS -> tooLong(defect, found, limits);
            case STATE_COUNT, INPUT_LENGTHS, ROW_WIDTH, BAD_INDEX, UNKNOWN_TOKEN, NULL_ORDER, TIED, LATE, CHANGED ->
                throw new IllegalArgumentException("not of features", defect);
        };
        return row + ": " + what;
    }

    /** Of a sequence of too many steps. */
    public static String tooLong(Defect defect, long steps, LengthLimits limits) {
        String what = switch (defect.kind()) {
            case TOO_LONG_STATES -> "hidden states";
            case TOO_LONG_SCORES -> "scores";
            default -> "results";
        };
        return defect.kind() == Defect.Kind.TOO_LONG
                ? "its " + steps + " steps are more than the " + defect.step()
                        + " that a run of this network has room for, in arrays of 2 GiB; "
                        + wayOut(defect.step(), limits)
                : "the " + what + " of its " + steps
                        + " steps are more than the 2 GiB a row can hold, which those of " + defect.step()
                        + " steps are; " + wayOut(defect.step(), limits);
    }

    /** @param most the most steps that would do */
    private static String wayOut(int most, LengthLimits limits) {
        return limits.alternative() + "score a part of it with limit-sequence " + most
                + ", or cut it into shorter sequences";
    }

    /** The name of a feature, if its column has one. */
    private String named(long feature) {
        List<String> names = columns.features().names();
        return names.isEmpty() ? "" : " (" + names.get((int) feature) + ")";
    }

    private String mask() {
        return "its mask " + columns.steps().column().name();
    }

    private static String noneOf(StepColumn.Mask mask) {
        return "no step of it counts by its mask " + mask.name()
                + "; expected one that does, or min-steps 1 to leave such rows out";
    }

    private static String states(Defect defect, String where, RowColumns.@Nullable States column) {
        if (column == null) {
            throw new IllegalArgumentException("no column of such", defect);
        }
        int state = defect.step();
        long found = defect.found();
        String expected = "[" + column.count() + "][" + column.width() + "], num_layers * num_directions states of "
                + column.widthName() + " numbers (null for the network's own, mostly zeros)";
        String what = switch (defect.kind()) {
            case STATE_COUNT -> "has " + counted(state, "state");
            case EMPTY -> "has no state";
            case NULL_STEP -> "has null for state " + state;
            case NULL_NUMBER -> "has a null in state " + state + ", unit " + found;
            case WIDTH -> "has " + counted(found, "number") + " in state " + state;
            default -> "cannot be read (" + defect.kind() + ")";
        };
        return where + column.name() + " " + what + "; expected " + expected;
    }

    private static String counted(long count, String what) {
        return count + " " + what + (count == 1 ? "" : "s");
    }
}
