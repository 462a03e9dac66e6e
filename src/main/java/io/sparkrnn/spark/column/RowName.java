package io.sparkrnn.spark.column;

import java.io.Serializable;
import org.apache.spark.TaskContext;
import org.apache.spark.rdd.InputFileBlockHolder;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BinaryType;
import org.jspecify.annotations.Nullable;

/**
 * How messages name a row: by its id; else by its place in its file, which no filter moves; else, where Spark does not tell
 * that, by its place among the rows of its partition.
 */
public sealed interface RowName extends Serializable {
    /** Spark's hidden column of a row's place in its file, from 0; Parquet has it. */
    String PLACE = "_metadata.row_index";

    /**
     * The name of the rows of an input.
     *
     * @param id the column of ids; null for none
     * @param nulls what a row without an id is
     */
    static RowName find(InputColumns input, @Nullable String id, NullIds nulls) {
        if (id != null) {
            return new ById(id, nulls);
        }
        if (!input.isOfOneFile()) {
            return new InPartition(false);
        }
        if (!hasPlaces(input)) {
            return new InPartition(true);
        }
        return input.isDealtOut() ? new InNamedFile() : new InFile();
    }

    private static boolean hasPlaces(InputColumns input) {
        if (input.column("_metadata").isPresent()) {
            return false; // one of the user's own
        }
        try {
            input.input().select(functions.col(PLACE));
            return true;
        } catch (Exception e) { // AnalysisException is a checked one, unseen by the compiler
            if (e instanceof AnalysisException) {
                return false;
            }
            throw e;
        }
    }

    /** What a task gets of it: text, null where there is none. */
    Column column(InputColumns input);

    /** Whether {@link #column} is one that only a projection of the input finds. */
    default boolean isHidden() {
        return false;
    }

    /** Whether a row without a name is one that cannot be scored. */
    default boolean isNeeded() {
        return false;
    }

    /**
     * What a message calls the row.
     *
     * @param text what the task got
     * @param position the row's place in its partition, from 1
     */
    String of(@Nullable String text, long position);

    /** What a row without an id is. */
    enum NullIds {
        SCORED,
        INVALID
    }

    /** By the column that the user named, or the usual one. */
    record ById(String name, NullIds nulls) implements RowName {
        private static final long serialVersionUID = 1;

        @Override
        public boolean isNeeded() {
            return nulls == NullIds.INVALID;
        }

        @Override
        public Column column(InputColumns input) {
            InputColumn column = input.find(name, ColumnOptions.ID);
            return column.type() instanceof BinaryType
                    ? functions.hex(column.column())
                    : column.column().cast("string");
        }

        @Override
        public String of(@Nullable String text, long position) {
            return "row with " + name + " = " + text;
        }
    }

    /** Of a call of a function, which knows no more of the row. */
    record OfCall(String function) implements RowName {
        private static final long serialVersionUID = 1;

        @Override
        public Column column(InputColumns input) {
            return functions.lit(null).cast("string");
        }

        @Override
        public String of(@Nullable String text, long position) {
            return function;
        }
    }

    /** By the place in the file, from 1. */
    record InFile() implements RowName {
        private static final long serialVersionUID = 1;

        @Override
        public Column column(InputColumns input) {
            return functions.col(PLACE).plus(1).cast("string");
        }

        @Override
        public boolean isHidden() {
            return true;
        }

        @Override
        public String of(@Nullable String text, long position) {
            // None behind a shuffle: rows come from several files there.
            String file = InputFileBlockHolder.getInputFilePath().toString();
            return "row " + text + " of " + (file.isEmpty() ? "its file" : file);
        }
    }

    /** The same behind a shuffle, where Spark no longer tells the file: it comes with the row. */
    record InNamedFile() implements RowName {
        private static final long serialVersionUID = 1;

        @Override
        public Column column(InputColumns input) {
            return functions.concat_ws(
                    " of ", functions.col(PLACE).plus(1).cast("string"), functions.col("_metadata.file_path"));
        }

        @Override
        public boolean isHidden() {
            return true;
        }

        @Override
        public String of(@Nullable String text, long position) {
            return "row " + text;
        }
    }

    /**
     * By the place in the partition.
     *
     * @param ofOneFile whether the file that Spark reads is the row's
     */
    record InPartition(boolean ofOneFile) implements RowName {
        private static final long serialVersionUID = 1;

        @Override
        public Column column(InputColumns input) {
            return functions.lit(null).cast("string");
        }

        @Override
        public String of(@Nullable String text, long position) {
            TaskContext context = TaskContext.get();
            String partition = context == null ? "" : " of partition " + context.partitionId();
            String file = ofOneFile ? InputFileBlockHolder.getInputFilePath().toString() : "";
            return "row " + position + partition + (file.isEmpty() ? "" : " (" + file + ")");
        }
    }
}
