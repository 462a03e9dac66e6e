package io.sparkrnn.job.input;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.model.Precision;
import io.sparkrnn.parquet.FileSplits;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Into how many tasks the input goes: an option of score. */
public final class RepartitionArguments {
    private static final String OPTION = "--repartition";

    @Option(
            names = OPTION,
            paramLabel = "auto|N|none",
            defaultValue = "none",
            description =
                    "Into how many partitions the input goes, each a task. none: as Spark splits its files. N: dealt out"
                            + " into N. auto: what keeps all cores busy, by the sizes of files and row groups and the"
                            + " network's; thousands of small files are merged. The order of rows may change, no result"
                            + " does. Default: none.")
    String repartition = "none";

    private boolean isById;

    /**
     * How a table is to be read.
     *
     * @param table the same rows
     * @param settings of the session, while the table is read
     * @param what what was done and why, in a sentence; null where nothing was asked for
     */
    public record Spread(
            Dataset<Row> table,
            Map<String, String> settings,
            @Nullable String what) {}

    /**
     * Refuses what is no number of partitions.
     *
     * @throws JobException then
     */
    public void check() {
        if (!isAuto() && !isNone()) {
            number();
        }
    }

    private boolean isAuto() {
        return repartition.equalsIgnoreCase("auto");
    }

    private boolean isNone() {
        return repartition.equalsIgnoreCase("none");
    }

    private int number() {
        int number = 0;
        try {
            number = Integer.parseInt(repartition);
        } catch (NumberFormatException e) {
            // told of below, as numbers below 1 are
        }
        if (number < 1) {
            throw new JobException(
                    ExitCode.USAGE,
                    OPTION + " " + repartition + ": expected auto, none, or the number of partitions, 1 or more");
        }
        return number;
    }

    /** Has the rows be events, which go by their id whatever is asked. */
    void dealOutById() {
        isById = true;
    }

    /** Into how many partitions events go by their id; 0 for Spark's own number. */
    int byId() {
        return isNone() || isAuto() ? 0 : number();
    }

    /** The table, split as is asked. */
    public Spread spread(Dataset<Row> table, Network network, Precision precision) {
        if (isById) {
            return new Spread(
                    table, Map.of(), byId() == 0 ? null : "events dealt out by their id into " + partitions(byId()));
        }
        if (isNone()) {
            return new Spread(table, Map.of(), null);
        }
        if (!isAuto()) {
            int number = number();
            return new Spread(table.repartition(number), Map.of(), "dealt out into " + partitions(number));
        }
        int cores = table.sparkSession().sparkContext().defaultParallelism();
        return FileSplits.of(table, cores)
                .map(splits -> new Balance(splits, cores, Cost.of(network, precision)).spread(table))
                .orElseGet(() -> new Spread(
                        table, Map.of(), "left as Spark has split it: it is not read from files alone, row by row"));
    }

    static String partitions(long number) {
        return number + (number == 1 ? " partition" : " partitions");
    }
}
