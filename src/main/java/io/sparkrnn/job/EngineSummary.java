package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.job.message.Counts;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the summary says of the engines that computed.
 *
 * @param executors on how many executors each computed, by its name
 * @param asked what was asked for
 */
record EngineSummary(Map<String, Integer> executors, KernelChoice asked) {
    private static final String PORTABLE = "portable";

    /** The engine, or each with the number of executors that it ran on, with a space before; empty when none ran. */
    String inBrackets() {
        return executors.isEmpty() ? "" : " (" + names() + ")";
    }

    /** The same without brackets. */
    String names() {
        if (executors.size() == 1) {
            return executors.keySet().iterator().next();
        }
        return executors.entrySet().stream()
                .map(engine -> engine.getKey() + " on " + Counts.counted(engine.getValue(), "executor"))
                .collect(Collectors.joining("; "));
    }

    /**
     * That executors have no fast vectors, which otherwise only their logs say; null when all have, or nobody asked for the
     * fastest kernel.
     */
    @Nullable
    String note() {
        Integer portable = executors.get(PORTABLE);
        if (portable == null || asked != KernelChoice.AUTO) {
            return null;
        }
        int all = executors.values().stream().mapToInt(count -> count).sum();
        return "portable on " + portable + " of " + Counts.counted(all, "executor")
                + ", with the same results but several times slower. Their logs say why; where Java's vectors are missing,"
                + " add --add-modules=jdk.incubator.vector to spark.executor.extraJavaOptions (with a local master, to"
                + " spark.driver.extraJavaOptions)";
    }
}
