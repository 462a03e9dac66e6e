package io.sparkrnn.spark.count;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkEnv;
import org.apache.spark.util.AccumulatorV2;

/** Which engine each executor computed with: told by the tasks, each of its own executor. */
public final class EngineUse extends AccumulatorV2<EngineUse.Of, Map<String, String>> {
    private static final long serialVersionUID = 1;

    private final ConcurrentHashMap<String, String> byExecutor = new ConcurrentHashMap<>();

    @Override
    public boolean isZero() {
        return byExecutor.isEmpty();
    }

    @Override
    public AccumulatorV2<Of, Map<String, String>> copy() {
        EngineUse copy = new EngineUse();
        copy.byExecutor.putAll(byExecutor);
        return copy;
    }

    @Override
    public void reset() {
        byExecutor.clear();
    }

    /**
     * An executor and what it computes with.
     *
     * @param executor its id
     * @param engine the engine's name
     */
    public record Of(String executor, String engine) {
        /** Of the executor that this is called on. */
        public static Of here(String engine) {
            return new Of(SparkEnv.get().executorId(), engine);
        }
    }

    @Override
    public void add(Of use) {
        byExecutor.put(use.executor, use.engine);
    }

    @Override
    public void merge(AccumulatorV2<Of, Map<String, String>> other) {
        byExecutor.putAll(other.value());
    }

    /** The engine of each executor, by the executor's id. */
    @Override
    public Map<String, String> value() {
        return byExecutor;
    }

    /** On how many executors each engine computed. */
    public Map<String, Integer> executors() {
        Map<String, Integer> executors = new TreeMap<>();
        byExecutor.values().forEach(engine -> executors.merge(engine, 1, Integer::sum));
        return executors;
    }
}
