package io.sparkrnn.parquet.read;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.util.AccumulatorV2;
import org.jspecify.annotations.Nullable;

/**
 * What became of the files of a scan in the format {@value SequenceParquetFormat#NAME}: how many parts of files were read
 * directly, and how many by Spark's own reader, and why. Counted by the tasks; a task that runs twice counts twice. And which
 * columns the table's schema has not, known as soon as the table is loaded.
 *
 * <pre>
 *   try (ScanReport report = ScanReport.start(spark.sparkContext())) {
 *     report.follow(spark.read().format("sequence-parquet")).load(path).write()...
 *     report.reasons();
 *   }
 * </pre>
 */
public final class ScanReport implements AutoCloseable {
    /** The read option that names a report of this driver. */
    public static final String OPTION = "scanReport";

    private static final Map<String, ScanReport> STARTED = new ConcurrentHashMap<>();
    private static final AtomicLong NUMBER = new AtomicLong();

    private final String id;
    private final Counts counts = new Counts();
    private final List<UnreadColumn> unread = new CopyOnWriteArrayList<>();
    private final List<UnreadColumn> onlyDirect = new CopyOnWriteArrayList<>();

    private ScanReport(String id) {
        this.id = id;
    }

    /** A report with nothing in it. */
    public static ScanReport start(SparkContext context) {
        ScanReport report = new ScanReport(Long.toString(NUMBER.incrementAndGet()));
        context.register(report.counts, "sequence-parquet scan");
        STARTED.put(report.id, report);
        return report;
    }

    /** Has what {@code reader} reads be counted here; returns the reader. */
    public DataFrameReader follow(DataFrameReader reader) {
        return reader.option(OPTION, id);
    }

    /** How many parts of files (Spark's splits) were read directly. */
    public long directParts() {
        return counts.value().getOrDefault(Counts.DIRECT, 0L);
    }

    /** Why parts of files were read by Spark's own reader, with how many each; empty when none was. */
    public Map<String, Long> reasons() {
        Map<String, Long> reasons = new TreeMap<>(counts.value());
        reasons.remove(Counts.DIRECT);
        return reasons;
    }

    /** The columns that were left out of the tables' schemas, for Spark does not read them. */
    public List<UnreadColumn> unread() {
        return List.copyOf(unread);
    }

    /** The columns that this format reads, and Spark's own does not. */
    public List<UnreadColumn> onlyDirect() {
        return List.copyOf(onlyDirect);
    }

    /** Adds a column that nobody can read, and that the table therefore does not have. */
    public void addUnread(UnreadColumn column) {
        unread.add(column);
    }

    /** Adds a column that only the direct reader can read. */
    public void addOnlyDirect(UnreadColumn column) {
        onlyDirect.add(column);
    }

    /** Where the tasks count. */
    public Counts counts() {
        return counts;
    }

    /** Ends the counting of scans that have not begun. */
    @Override
    public void close() {
        STARTED.remove(id);
    }

    /** The report {@code id}; null when there is none. */
    public static @Nullable ScanReport started(@Nullable String id) {
        return id == null ? null : STARTED.get(id);
    }

    /** Counts by reason, of which the empty one is no reason. */
    public static final class Counts extends AccumulatorV2<String, Map<String, Long>> {
        private static final long serialVersionUID = 1;

        static final String DIRECT = "";

        private final ConcurrentHashMap<String, Long> byReason = new ConcurrentHashMap<>();

        @Override
        public boolean isZero() {
            return byReason.isEmpty();
        }

        @Override
        public AccumulatorV2<String, Map<String, Long>> copy() {
            Counts copy = new Counts();
            copy.byReason.putAll(byReason);
            return copy;
        }

        @Override
        public void reset() {
            byReason.clear();
        }

        @Override
        public void add(String reason) {
            byReason.merge(reason, 1L, Long::sum);
        }

        @Override
        public void merge(AccumulatorV2<String, Map<String, Long>> other) {
            other.value().forEach((reason, count) -> byReason.merge(reason, count, Long::sum));
        }

        @Override
        public Map<String, Long> value() {
            return byReason;
        }
    }
}
