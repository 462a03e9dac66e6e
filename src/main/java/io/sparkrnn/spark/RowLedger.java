package io.sparkrnn.spark;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * What became of the rows, partition by partition. A partition that is computed again, by a retry, a speculative copy or a
 * stage that lost its shuffle files, takes the place of what was there: a sum would count it twice.
 */
final class RowLedger extends AccumulatorV2<RowCounts, Map<Integer, List<RowCounts>>> {
    private static final long serialVersionUID = 1;

    /** Of each partition those of each time that its task asked: a task may run several partitions of the input in turn. */
    // Of collections that a heartbeat may send while the task adds to them.
    private final Map<Integer, List<RowCounts>> byPartition = new ConcurrentSkipListMap<>();

    /** Counts for the partition at hand, which this then has. */
    synchronized RowCounts open() {
        RowCounts counts = new RowCounts();
        add(counts);
        return counts;
    }

    @Override
    public synchronized boolean isZero() {
        return byPartition.isEmpty();
    }

    @Override
    public synchronized AccumulatorV2<RowCounts, Map<Integer, List<RowCounts>>> copy() {
        RowLedger copy = new RowLedger();
        copy.byPartition.putAll(byPartition);
        return copy;
    }

    @Override
    public synchronized void reset() {
        byPartition.clear();
    }

    @Override
    public synchronized void add(RowCounts counts) {
        TaskContext task = TaskContext.get();
        byPartition
                .computeIfAbsent(task == null ? 0 : task.partitionId(), partition -> new CopyOnWriteArrayList<>())
                .add(counts);
    }

    @Override
    public synchronized void merge(AccumulatorV2<RowCounts, Map<Integer, List<RowCounts>>> other) {
        byPartition.putAll(other.value());
    }

    @Override
    public synchronized Map<Integer, List<RowCounts>> value() {
        return new TreeMap<>(byPartition);
    }

    /** Those of each part, in the order of partitions. */
    List<RowCounts> parts() {
        return value().values().stream().flatMap(List::stream).toList();
    }

    /** All together. */
    RowCounts total() {
        RowCounts total = new RowCounts();
        parts().forEach(total::add);
        return total;
    }
}
