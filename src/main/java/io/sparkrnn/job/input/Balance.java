package io.sparkrnn.job.input;

import io.sparkrnn.job.input.RepartitionArguments.Spread;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.parquet.FileSplits;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Decides how the files of a table go to tasks, where that is left to this job: merged where there are far more tasks than cores
 * and little in each; cut finer where that keeps more cores busy; dealt out by a shuffle where a task would have too much
 * for as long as a shuffle takes several times; else left alone.
 *
 * @param splits as Spark makes them
 * @param cores how many tasks can run at a time
 * @param cost of the network over them
 */
record Balance(FileSplits splits, int cores, Cost cost) {
    /** Tasks for each core: so that one that takes longer does not hold up all. */
    private static final int TASKS_A_CORE = 4;

    /** Merged splits hold no more bytes, and splits of as many are not merged. */
    private static final long MERGED_BYTES = 64L << 20;

    /** The largest task may have so many times a core's share. */
    private static final double EVEN = 1.5;

    /** A shuffle has to save so many times what it takes: what is reckoned is rough. */
    private static final double GAIN = 2;

    /** Less is not worth another plan: seconds. */
    private static final double LEAST_SAVED = 1;

    private static final String SPLIT_BYTES = "spark.sql.files.maxPartitionBytes";
    private static final String OPEN_COST = "spark.sql.files.openCostInBytes";
    private static final String MOST_SPLITS = "spark.sql.files.maxPartitionNum";

    Spread spread(Dataset<Row> table) {
        String had = String.format(
                Locale.ROOT,
                "%s of %s",
                RepartitionArguments.partitions(splits.partitions()),
                Counts.counted(splits.files(), "file"));
        long merged = Math.max((long) TASKS_A_CORE * cores, splits.bytes() / MERGED_BYTES);
        if (splits.partitions() >= 2 * merged) {
            return new Spread(
                    table,
                    Map.of(MOST_SPLITS, Long.toString(merged)),
                    had + " merged into about " + merged + ", for " + cores(cores));
        }
        double saved = cost.forward(splits) * (splits.largestShare() - 1.0 / cores);
        if (splits.largestShare() * cores <= EVEN || saved < LEAST_SAVED) {
            return new Spread(table, Map.of(), had + " left as they are, for " + cores(cores));
        }
        Map<String, String> finer = Map.of(
                SPLIT_BYTES,
                Long.toString(Math.max(1, splits.bytes() / ((long) TASKS_A_CORE * cores))),
                OPEN_COST,
                "0");
        Optional<FileSplits> cut = under(table.sparkSession(), finer, table);
        if (cut.isPresent() && cut.get().largestShare() * cores <= EVEN) {
            return new Spread(
                    table,
                    finer,
                    had + " cut into " + cut.get().partitions() + " by their row groups, for " + cores(cores));
        }
        double shuffle = cost.shuffleWrite(splits) * splits.largestShare() + cost.shuffleRead(splits) / cores;
        int dealt = TASKS_A_CORE * cores;
        if (saved < GAIN * shuffle || splits.rows() < dealt) {
            return new Spread(
                    table,
                    Map.of(),
                    had + " left as they are: dealing them out would take longer than it saves " + cores(cores));
        }
        return new Spread(
                table.repartition(dealt),
                Map.of(),
                String.format(
                        Locale.ROOT,
                        "%s, of which one has %.0f %% of the bytes, dealt out into %d for %s",
                        had,
                        100 * splits.largestShare(),
                        dealt,
                        cores(cores)));
    }

    private static String cores(int cores) {
        return cores == 1 ? "1 core" : cores + " cores";
    }

    /** The splits there would be under other settings. */
    private Optional<FileSplits> under(SparkSession session, Map<String, String> settings, Dataset<Row> table) {
        Map<String, String> before = new HashMap<>();
        settings.forEach((key, value) -> {
            before.put(key, session.conf().get(key));
            session.conf().set(key, value);
        });
        try {
            return FileSplits.of(table, cores);
        } finally {
            before.forEach(session.conf()::set);
        }
    }
}
