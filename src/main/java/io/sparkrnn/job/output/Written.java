package io.sparkrnn.job.output;

import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * What was written.
 *
 * @param seconds it took
 * @param notes what its user should know, a sentence each
 * @param address where it is
 * @param format by whose name it is read
 * @param readers how it is read, a line for each way; none where there is nothing that would tell a schema
 * @param rows those that are new, to show some; null where none are to be shown
 */
public record Written(
        double seconds,
        List<String> notes,
        String address,
        String format,
        List<String> readers,
        @Nullable Supplier<Dataset<Row>> rows) {}
