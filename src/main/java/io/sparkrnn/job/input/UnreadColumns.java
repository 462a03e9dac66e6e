package io.sparkrnn.job.input;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.parquet.read.UnreadColumn;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** The columns of the input's files that its table has not, for Spark has no type for them. */
public final class UnreadColumns {
    private final ScanReport scan;

    /** Those that {@code scan} knows of, once its table is loaded. */
    public UnreadColumns(ScanReport scan) {
        this.scan = scan;
    }

    /** A sentence for each, for a summary. */
    public List<String> notes() {
        return scan.unread().stream()
                .map(column -> column.description() + " was left out, for Spark does not read it: " + column.cure())
                .toList();
    }

    /** Refuses one that {@code option} names and {@code table} has not. */
    public void refuse(String option, @Nullable List<String> names, Dataset<Row> table) {
        for (UnreadColumn column : scan.unread()) {
            boolean named = names != null && names.stream().anyMatch(column.name()::equalsIgnoreCase);
            if (named && Arrays.stream(table.columns()).noneMatch(column.name()::equalsIgnoreCase)) {
                throw new InputException(option + ": Spark does not read " + column.description() + " of "
                        + column.file() + ": " + column.cure());
            }
        }
    }

    /** An error of a query or a condition; with why a column is not there, where it names one of these. */
    InputException explained(InputException error) {
        String message = String.valueOf(error.getMessage());
        for (UnreadColumn column : scan.unread()) {
            if (message.contains("`" + column.name() + "`")) {
                return new InputException(
                        message + "; Spark does not read " + column.description() + ": " + column.cure(), error);
            }
        }
        return error;
    }

    /** Why Spark's own reader refuses the files, after what it says itself; empty when these columns are not why. */
    String whySparkRefuses() {
        List<String> reasons = new ArrayList<>();
        for (UnreadColumn column : scan.unread()) {
            reasons.add(column.description() + ", which --io direct leaves out; or " + column.cure());
        }
        for (UnreadColumn column : scan.onlyDirect()) {
            reasons.add(column.description() + ", which --io direct reads as float");
        }
        return reasons.isEmpty() ? "" : "; it does not read " + String.join(", and not ", reasons);
    }
}
