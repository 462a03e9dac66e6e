package io.sparkrnn.job.output;

import io.sparkrnn.job.storage.ReadFiles;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The way in which rows get into a table, which depends on who keeps the table, and on whether there is one. */
interface TableWrite {
    /** Refuses what the table's kind cannot do, and what is read from its folder. */
    void prepare(ReadFiles read, PrintWriter out);

    /** See {@link Destination#checkHoldsNot}. */
    void checkHoldsNot(Dataset<Row> input, List<String> roots);

    /** Refuses rows that do not fit. */
    void check(StructType result);

    /**
     * Writes them.
     *
     * @param shown how many are to be shown
     */
    void write(Dataset<Row> scored, int shown) throws Exception;

    /** Takes away what a failed {@link #write} left that the next run would stumble over. */
    void takeBack(SparkSession session);

    /** The folder that has its files, or the end of its path, as an error of a file system may name it. */
    String folder();

    /** Those that were written, to show some; null where they are not known from others, and a note says so. */
    @Nullable
    Supplier<Dataset<Row>> newRows(SparkSession session, StructType result, List<String> notes);
}
