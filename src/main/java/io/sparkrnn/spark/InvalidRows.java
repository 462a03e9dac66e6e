package io.sparkrnn.spark;

import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.file.SetAsideFile;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.invalid.OnInvalid;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/** The one place where it is decided what becomes of the rows of a task that cannot be scored; all are counted. */
final class InvalidRows {
    private final OnInvalid rule;
    private final RowCounts counts;
    private final @Nullable SetAsideFile file;

    /**
     * For one partition.
     *
     * @param file where they are set aside; null where they are not
     */
    InvalidRows(OnInvalid rule, RowCounts counts, @Nullable SetAsideFile file) {
        this.rule = rule;
        this.counts = counts;
        this.file = file;
    }

    /** Whether the rows as they came are asked for. */
    boolean needOriginals() {
        return file != null;
    }

    /**
     * Takes one.
     *
     * @param original its columns as they came; null where they are not asked for
     * @return whether it stays in the table, without results
     * @throws InputException when it ends the job
     */
    boolean stays(InvalidRow row, @Nullable InternalRow original) {
        counts.countInvalid(row);
        if (rule instanceof OnInvalid.Fail) {
            throw new InputException(row.message());
        }
        if (file != null && original != null) {
            file.add(original, row);
        }
        return rule instanceof OnInvalid.Nulls;
    }

    /** Says that there is no further row. */
    void end() {
        if (file != null) {
            counts.setAside = file.end();
        }
    }
}
