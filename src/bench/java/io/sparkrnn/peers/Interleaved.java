package io.sparkrnn.peers;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Takes the times of several things that take turns, so that a slow minute of the machine is everybody's. Times are the CPU
 * time of the calling thread: what else runs on the machine takes cache and memory, but not the clock.
 */
final class Interleaved {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    /** Long against the clock's ticks, and short enough for many rounds. */
    private static final double SAMPLE_SECONDS = 0.02;
    /** What something needs before its first sample, in a JVM that has run the like of it. */
    static final double WARM_UP_SECONDS = 0.4;
    /** What it needs in a new JVM, whose compiler has a queue. */
    static final double FIRST_WARM_UP_SECONDS = 3;

    private static final int FEWEST_WARM_UPS = 3;
    /** A count of runs for what takes so long that a few rounds have to do. */
    private static final int SLOW = 0;

    private static final int ROUNDS_OF_SLOW = 3;

    private final Map<String, Runnable> things = new LinkedHashMap<>();

    void add(String name, Runnable thing) {
        things.put(name, thing);
    }

    /** The median CPU seconds of one run of each, after each ran for so long. */
    Map<String, Double> medianCpuSeconds(int rounds, double warmUpSeconds) {
        Map<String, Integer> runs = new LinkedHashMap<>();
        things.forEach((name, thing) -> runs.put(name, warmUp(thing, warmUpSeconds)));
        Map<String, List<Double>> samples = new LinkedHashMap<>();
        for (int round = 0; round < rounds; round++) {
            for (Map.Entry<String, Runnable> thing : things.entrySet()) {
                int count = runs.getOrDefault(thing.getKey(), 1);
                if (count == SLOW && round >= ROUNDS_OF_SLOW) {
                    continue;
                }
                count = Math.max(1, count);
                long start = THREADS.getCurrentThreadCpuTime();
                for (int i = 0; i < count; i++) {
                    thing.getValue().run();
                }
                samples.computeIfAbsent(thing.getKey(), name -> new ArrayList<>())
                        .add((THREADS.getCurrentThreadCpuTime() - start) / 1e9 / count);
            }
        }
        Map<String, Double> medians = new LinkedHashMap<>();
        samples.forEach((name, seconds) -> {
            Collections.sort(seconds);
            medians.put(name, seconds.get(seconds.size() / 2));
        });
        return medians;
    }

    /** Runs until warm; gives the number of runs that fill a sample, or SLOW. */
    private static int warmUp(Runnable thing, double seconds) {
        long start = System.nanoTime();
        double fastest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < FEWEST_WARM_UPS || (System.nanoTime() - start) / 1e9 < seconds; i++) {
            long from = System.nanoTime();
            thing.run();
            fastest = Math.min(fastest, (System.nanoTime() - from) / 1e9);
            if (fastest > WARM_UP_SECONDS / 2 && i > 0) {
                return SLOW;
            }
        }
        return (int) Math.max(1, SAMPLE_SECONDS / fastest);
    }
}
