package io.sparkrnn.endtoend;

import com.sun.management.GarbageCollectionNotificationInfo;
import com.sun.management.OperatingSystemMXBean;
import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;

/** Measures one job after another in a session. */
final class Meter {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final OperatingSystemMXBean SYSTEM =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    private static final List<MemoryPoolMXBean> POOLS = ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .toList();
    private static final AtomicLong KEPT = watchCollections();

    private final SparkContext context;
    private final AtomicLong written = new AtomicLong();

    /**
     * What a job took.
     *
     * @param seconds of the clock
     * @param cpuSeconds of all threads of the process, those of the JVM included
     * @param read bytes the process read from files, as Linux counts them (Spark's own count misses vectored reads); 0
     *     elsewhere
     * @param written bytes written, as Spark counts them
     * @param allocated bytes on the heap, by all threads
     * @param peakHeap the most bytes in use, garbage included: each pool's own most, added
     * @param kept the most bytes in use right after a collection
     */
    record Measurement(
            double seconds,
            double cpuSeconds,
            double read,
            double written,
            double allocated,
            double peakHeap,
            double kept) {

        /** The medians of several, each by itself. */
        static Measurement median(List<Measurement> all) {
            return new Measurement(
                    median(all, Measurement::seconds),
                    median(all, Measurement::cpuSeconds),
                    median(all, Measurement::read),
                    median(all, Measurement::written),
                    median(all, Measurement::allocated),
                    median(all, Measurement::peakHeap),
                    median(all, Measurement::kept));
        }

        private static double median(List<Measurement> all, ToDoubleFunction<Measurement> of) {
            return all.stream()
                    .sorted(Comparator.comparingDouble(of))
                    .skip(all.size() / 2)
                    .mapToDouble(of)
                    .findFirst()
                    .orElse(Double.NaN);
        }
    }

    Meter(SparkContext context) {
        this.context = context;
        context.addSparkListener(new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                if (end.taskMetrics() != null) {
                    written.addAndGet(end.taskMetrics().outputMetrics().bytesWritten());
                }
            }
        });
    }

    private static AtomicLong watchCollections() {
        AtomicLong most = new AtomicLong();
        Set<String> heap = POOLS.stream().map(MemoryPoolMXBean::getName).collect(Collectors.toSet());
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            ((NotificationEmitter) collector)
                    .addNotificationListener(
                            (notification, handback) -> {
                                if (notification.getUserData() instanceof CompositeData data) {
                                    long after =
                                            GarbageCollectionNotificationInfo.from(data)
                                                    .getGcInfo()
                                                    .getMemoryUsageAfterGc()
                                                    .entrySet()
                                                    .stream()
                                                    .filter(pool -> heap.contains(pool.getKey()))
                                                    .mapToLong(pool -> pool.getValue().getUsed())
                                                    .sum();
                                    most.accumulateAndGet(after, Math::max);
                                }
                            },
                            null,
                            null);
        }
        return most;
    }

    /** Runs a job, on a heap without garbage. */
    Measurement of(Runnable job) {
        System.gc();
        settle();
        written.set(0);
        KEPT.set(0);
        POOLS.forEach(MemoryPoolMXBean::resetPeakUsage);
        long allocated = allocated();
        long read = read();
        long cpu = SYSTEM.getProcessCpuTime();
        long start = System.nanoTime();
        job.run();
        double seconds = (System.nanoTime() - start) / 1e9;
        double cpuSeconds = (SYSTEM.getProcessCpuTime() - cpu) / 1e9;
        long peak = POOLS.stream()
                .mapToLong(pool -> pool.getPeakUsage().getUsed())
                .sum();
        double bytes = allocated() - allocated;
        long readBytes = read() - read;
        settle();
        return new Measurement(seconds, cpuSeconds, readBytes, written.get(), bytes, peak, KEPT.get());
    }

    /** Waits until Spark has told of all tasks. */
    private void settle() {
        try {
            context.listenerBus().waitUntilEmpty();
        } catch (java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long read() {
        Path counters = Path.of("/proc/self/io");
        if (!Files.isReadable(counters)) {
            return 0;
        }
        try (Stream<String> lines = Files.lines(counters)) {
            return lines.filter(line -> line.startsWith("rchar: "))
                    .mapToLong(line -> Long.parseLong(line.substring("rchar: ".length())))
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long allocated() {
        long bytes = 0;
        for (long one : THREADS.getThreadAllocatedBytes(THREADS.getAllThreadIds())) {
            bytes += Math.max(0, one);
        }
        return bytes;
    }
}
