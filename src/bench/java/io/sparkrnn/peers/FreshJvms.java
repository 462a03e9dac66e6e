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
 * made of one shape must not slow another down. Prints for each cell the least, the median and the most of all JVMs, in GFLOP/s of
 * a thread's CPU time, and the least in times of the median.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.peers.FreshJvms -Drounds=20
 * </pre>
 *
 * System properties: {@code rounds}, the number of JVMs, which are of the Java and have the options of this one; {@code
 * shapes}, see {@link KernelShape#named}.
 */
final class FreshJvms {
    private static final int ROUNDS = Integer.getInteger("rounds", 20);
    private static final int SAMPLES = 9;
    private static final String SHAPES = System.getProperty("shapes", "");

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
        Map<String, List<Double>> rates = new TreeMap<>();
        for (int seed = 0; seed < ROUNDS; seed++) {
            started(seed).forEach((shape, rate) -> rates.computeIfAbsent(shape, any -> new ArrayList<>())
                    .add(rate));
        }
        print(rates);
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
        Collections.shuffle(shapes, new Random(seed));
        List<KernelChoice> kernels = Ours.kernels();
        boolean first = true;
        for (KernelShape shape : shapes) {
            KernelCase kase = new KernelCase(shape);
            Ours ours = new Ours(kase, kernels.get(kernels.size() - 1), Ours.Timed.FORWARD);
            Interleaved times = new Interleaved();
            times.add("ours", ours::run);
            double seconds = times.medianCpuSeconds(
                            SAMPLES, first ? Interleaved.FIRST_WARM_UP_SECONDS : Interleaved.WARM_UP_SECONDS)
                    .getOrDefault("ours", Double.NaN);
            System.out.printf(Locale.ROOT, "%s\t%.2f%n", shape, kase.flops() / seconds / 1e9);
            first = false;
        }
    }

    private static void print(Map<String, List<Double>> rates) {
        System.out.println("| cell I, H, T, B | least | median | most | least : median |\n|---|---|---|---|---|");
        double worst = Double.POSITIVE_INFINITY;
        for (Map.Entry<String, List<Double>> row : rates.entrySet()) {
            List<Double> sorted = row.getValue().stream().sorted().toList();
            double least = sorted.get(0);
            double median = sorted.get(sorted.size() / 2);
            worst = Math.min(worst, least / median);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.1f | %.2f |%n",
                    row.getKey(),
                    least,
                    median,
                    sorted.get(sorted.size() - 1),
                    least / median);
        }
        System.out.printf(
                Locale.ROOT,
                "%nGFLOP/s in %d JVMs of Java %s; the worst cell of any: %.2f of its median.%n",
                ROUNDS,
                Runtime.version(),
                worst);
    }
}
