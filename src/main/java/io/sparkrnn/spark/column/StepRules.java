package io.sparkrnn.spark.column;

import io.sparkrnn.spark.feature.Steps;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.row.SequenceRow;
import java.io.Serializable;

/**
 * Which rows are scored, and which of their steps.
 *
 * @param column the column that says which steps count
 * @param fewest rows with fewer steps that count are left out; 0 for none
 * @param most the most steps of a row that are scored
 * @param end at which end of the row these are
 */
public record StepRules(StepColumn column, int fewest, int most, End end) implements Serializable {
    private static final long serialVersionUID = 1;

    /** All steps of all rows. */
    public static final StepRules ALL = new StepRules(new StepColumn.None(), 0, Integer.MAX_VALUE, End.LAST);

    /** An end of a row. */
    public enum End {
        FIRST,
        LAST
    }

    /**
     * Leaves the steps of a row that are scored.
     *
     * @param steps all steps of the row
     * @return whether the row is scored at all
     * @throws Defect when the column does not fit them
     */
    public boolean choose(Steps steps, SequenceRow row) {
        column.narrow(steps, row, fewest > 0 ? 0 : 1);
        if (steps.count() < fewest) {
            return false;
        }
        switch (end) {
            case FIRST -> steps.keepFirst(most);
            case LAST -> steps.keepLast(most);
        }
        return true;
    }
}
