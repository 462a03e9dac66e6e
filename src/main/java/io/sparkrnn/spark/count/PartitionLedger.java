package io.sparkrnn.spark.count;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.spark.TaskContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * What tasks tell of their partitions. A partition that is computed again, by a retry, a speculative copy or a stage that
 * lost its shuffle files, takes the place of what was there: a sum would count it twice.
 */
public abstract class PartitionLedger<T> extends AccumulatorV2<T, Map<Integer, List<T>>> {
    private static final long serialVersionUID = 1;

    /** Of each partition those of each time that its task asked: a task may run several partitions of the input in turn. */
    // Of collections that a heartbeat may send while the task adds to them.
    private final Map<Integer, List<T>> byPartition = new ConcurrentSkipListMap<>();

    /** Another of this kind, without entries. */
    protected abstract PartitionLedger<T> empty();

    @Override
    public synchronized boolean isZero() {
        return byPartition.isEmpty();
    }

    @Override
    public synchronized AccumulatorV2<T, Map<Integer, List<T>>> copy() {
        PartitionLedger<T> copy = empty();
        copy.byPartition.putAll(byPartition);
        return copy;
    }

    @Override
    public synchronized void reset() {
        byPartition.clear();
    }

    @Override
    public synchronized void add(T entry) {
        TaskContext task = TaskContext.get();
        byPartition
                .computeIfAbsent(task == null ? 0 : task.partitionId(), partition -> new CopyOnWriteArrayList<>())
                .add(entry);
    }

    @Override
    public synchronized void merge(AccumulatorV2<T, Map<Integer, List<T>>> other) {
        byPartition.putAll(other.value());
    }

    @Override
    public synchronized Map<Integer, List<T>> value() {
        return new TreeMap<>(byPartition);
    }

    /** Those of each part, in the order of partitions. */
    public final List<T> parts() {
        return value().values().stream().flatMap(List::stream).toList();
    }
}
