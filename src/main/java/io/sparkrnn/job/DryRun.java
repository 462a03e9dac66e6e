package io.sparkrnn.job;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.Sizes;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.FooterEstimate;
import io.sparkrnn.parquet.InputSources.Source;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What a run would do, for people: the plan of one that was checked and did nothing.
 *
 * @param sources what would be read
 * @param features the first column with the features
 * @param rows what a row of the table is
 * @param schema of the result
 */
record DryRun(
        Network network,
        Precision precision,
        List<Source> sources,
        String features,
        Rows rows,
        Destination output,
        @Nullable Destination quarantine,
        StructType schema) {
    /** What a row is. */
    enum Rows {
        SEQUENCES,
        EVENTS
    }

    /** Prints it. */
    void print(Dataset<Row> table, PrintWriter out) {
        out.println("Dry run: all was checked that can be before rows are read, and nothing was written");
        out.println("Network: " + network.described() + "; computed in " + precision);
        if (network.head() != null && network.graph() == null) {
            out.println("Head:    " + network.head().prefix() + ": "
                    + network.head().head());
        }
        for (Source source : sources) {
            out.println("Input:   " + source.name()
                    + (source.version() == null ? "" : ", version " + source.version())
                    + (source.files().isEmpty()
                            ? ""
                            : ", " + Counts.counted(source.files().size(), "file") + ", " + Sizes.of(source.bytes())));
        }
        out.println("         " + fields(table.schema()));
        out.println("Output:  " + output.address()
                + (output.partition() == null ? "" : ", partition " + output.partition()) + " (--mode " + output.mode()
                + (output.holdsRows() ? "; there are rows in it now)" : "; there is none yet)"));
        out.println("         " + fields(schema));
        if (quarantine != null) {
            out.println("         rows that cannot be scored: " + quarantine.address());
        }
        String estimate = estimate(table.sparkSession().sparkContext().hadoopConfiguration());
        if (estimate != null) {
            out.println(estimate);
        }
    }

    private static String fields(StructType schema) {
        return Arrays.stream(schema.fields())
                .map(field -> field.name() + " " + field.dataType().catalogString())
                .collect(Collectors.joining(", "));
    }

    private @Nullable String estimate(Configuration configuration) {
        if (sources.size() != 1 || sources.get(0).files().isEmpty()) {
            return null;
        }
        FooterEstimate found;
        try {
            found = FooterEstimate.of(sources.get(0).files(), features, configuration);
        } catch (IOException e) {
            return "Note:    a file of the input cannot be read: " + e.getMessage();
        }
        if (found == null) {
            return null;
        }
        if (rows == Rows.EVENTS) {
            return String.format(
                    Locale.ROOT,
                    "Size:    %s%s",
                    found.isExact() ? "" : "by a sample of footers about ",
                    Counts.counted(found.rows(), "event"));
        }
        if (network.graph() != null) {
            long steps = found.values() / network.graph().stepInputs().get(0).width();
            return String.format(
                    Locale.ROOT,
                    "Size:    %s%s, %s",
                    found.isExact() ? "" : "by a sample of footers about ",
                    Counts.counted(found.rows(), "row"),
                    steps == 0 ? "an unknown number of time steps" : Counts.counted(steps, "time step"));
        }
        RnnModel rnn = network.model();
        long steps = found.values() / rnn.inputSize();
        // a multiplication and an addition for each weight at each step
        double operations = 2.0 * rnn.parameters() * steps;
        return String.format(
                Locale.ROOT,
                "Size:    %s%s, %s, %.3g GFLOP in the recurrent layers, %s of results",
                found.isExact() ? "" : "by a sample of footers about ",
                Counts.counted(found.rows(), "row"),
                steps == 0 ? "an unknown number of time steps" : Counts.counted(steps, "time step"),
                operations / 1e9,
                Sizes.of(resultBytes(found.rows(), steps)));
    }

    private long resultBytes(long rows, long steps) {
        RnnModel rnn = network.model();
        List<String> columns = List.of(schema.fieldNames());
        long numbers = 0;
        if (columns.contains(Output.HIDDEN_STATES.column())) {
            numbers += steps * rnn.outputSize();
        }
        if (columns.contains(Output.H_N.column())) {
            numbers += rows * rnn.hiddenStates().total();
        }
        if (columns.contains(Output.C_N.column())) {
            numbers += rows * rnn.cellStates().total();
        }
        return numbers * precision.byteSize();
    }
}
