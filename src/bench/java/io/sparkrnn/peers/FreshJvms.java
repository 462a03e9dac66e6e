package io.sparkrnn.peers;

import io.sparkrnn.engine.KernelChoice;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * The fastest kernel over all shapes of {@link KernelTable} in fresh JVMs, in another order in each: what the JIT compiler
 * made of one shape must not slow another down. Each JVM goes through its shapes twice. The first time tells what a shape has
 * soon after it is met, when the compiler may not have done with it; the second, in another order again, what it has for good.
 * For each cell and either time: the least and the median of all JVMs, in GFLOP/s of a thread's CPU time, and the one in times of
 * the other; then the worst of all the second time, and each that was below {@value #CLIFF} of its median, with its JVM.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.peers.FreshJvms -Drounds=20
 * </pre>
 *
 * One of the JVMs by itself, here that of seed 7, with what its compiler says:
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.peers.FreshJvms -Dbench.arguments=7 \
 *       "-Dbench.options=-XX:+UnlockDiagnosticVMOptions -XX:+LogCompilation -XX:LogFile=target/seven.log"
 * </pre>
 *
 * System properties: {@code rounds}, the number of JVMs, which are of the Java and have the options of this one; {@code
 * shapes}, see {@link KernelShape#named}.
 */
final class FreshJvms {
    private static final int ROUNDS = Integer.getInteger("rounds", 20);
    private static final int SAMPLES = 9;
    private static final String SHAPES = System.getProperty("shapes", "");
    /** What a cell may not fall below, in times of its median. */
    private static final double CLIFF = 0.6;

    private static final String SOON = ", soon";
    private static final String FOR_GOOD = ", for good";

    private FreshJvms() {}

    /**
     * Starts the JVMs one after the other, or measures in one of them.
     *
     * @param args the seed of a JVM's order; none for the one that starts them
     */
    public static void main(String[] args) throws IOException, InterruptedException {
        if (args.length > 0) {
            measure(Long.parseLong(args[0]));
            return;
        }
        List<Map<String, Double>> jvms = new ArrayList<>();
        for (int seed = 0; seed < ROUNDS; seed++) {
            jvms.add(started(seed));
        }
        print(jvms);
    }

    private static Map<String, Double> started(int seed) throws IOException, InterruptedException {
        List<String> command =
                new ArrayList<>(List.of(ProcessHandle.current().info().command().orElseThrow()));
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), FreshJvms.class.getName(), String.valueOf(seed)));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IllegalStateException("the JVM of seed " + seed + " ended with " + process.exitValue());
        }
        Map<String, Double> rates = new TreeMap<>();
        for (String line : said.lines().toList()) {
            int tab = line.indexOf('\t');
            if (tab > 0) {
                rates.put(line.substring(0, tab), Double.valueOf(line.substring(tab + 1)));
            }
        }
        return rates;
    }

    private static void measure(long seed) {
        List<KernelShape> shapes = new ArrayList<>(KernelShape.named(SHAPES));
        Random random = new Random(seed);
        double warmUp = Interleaved.FIRST_WARM_UP_SECONDS;
        for (String time : List.of(SOON, FOR_GOOD)) {
            Collections.shuffle(shapes, random);
            for (KernelShape shape : shapes) {
                KernelCase kase = new KernelCase(shape);
                Ours ours = new Ours(kase, KernelChoice.SIMD, Ours.Timed.FORWARD);
                Interleaved times = new Interleaved();
                times.add("ours", ours::run);
                double seconds =
                        times.medianCpuSeconds(SAMPLES, warmUp).getOrDefault("ours", Double.NaN);
                System.out.printf(Locale.ROOT, "%s%s\t%.2f%n", shape, time, kase.flops() / seconds / 1e9);
                warmUp = Interleaved.WARM_UP_SECONDS;
            }
        }
    }

    private static void print(List<Map<String, Double>> jvms) {
        System.out.println("| cell I, H, T, B | soon: least | median | least : median | for good: least | median |"
                + " least : median |\n|---|---|---|---|---|---|---|");
        for (KernelShape shape : KernelShape.named(SHAPES)) {
            System.out.println("| " + shape + columns(jvms, shape + SOON) + columns(jvms, shape + FOR_GOOD) + " |");
        }
        double worst = Double.POSITIVE_INFINITY;
        StringBuilder fallen = new StringBuilder();
        for (int seed = 0; seed < jvms.size(); seed++) {
            for (KernelShape shape : KernelShape.named(SHAPES)) {
                double rate = rate(jvms.get(seed), shape + FOR_GOOD);
                double share = rate / median(jvms, shape + FOR_GOOD);
                worst = Math.min(worst, share);
                if (share < CLIFF) {
                    fallen.append(String.format(
                            Locale.ROOT, "Seed %d: %s at %.1f, %.2f of the median%n", seed, shape, rate, share));
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%nGFLOP/s in %d JVMs of Java %s; the worst cell of any, for good: %.2f of its median.%n%s",
                jvms.size(),
                Runtime.version(),
                worst,
                fallen);
    }

    private static double rate(Map<String, Double> jvm, String cell) {
        return jvm.getOrDefault(cell, Double.NaN);
    }

    private static double median(List<Map<String, Double>> jvms, String cell) {
        return sorted(jvms, cell)[jvms.size() / 2];
    }

    private static double[] sorted(List<Map<String, Double>> jvms, String cell) {
        return jvms.stream().mapToDouble(jvm -> rate(jvm, cell)).sorted().toArray();
    }

    private static String columns(List<Map<String, Double>> jvms, String cell) {
        double least = sorted(jvms, cell)[0];
        double median = median(jvms, cell);
        return String.format(Locale.ROOT, " | %.1f | %.1f | %.2f", least, median, least / median);
    }
}
