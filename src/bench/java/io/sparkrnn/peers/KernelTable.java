package io.sparkrnn.peers;

import io.sparkrnn.engine.KernelChoice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The project's kernels beside the libraries that people use today, one thread, in one JVM: for each shape all contenders
 * take turns, after each result was held against the {@code reference} engine. Prints a Markdown table of GFLOP/s, from
 * medians of the thread's CPU time, and one of the largest errors.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.peers.KernelTable
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.peers.KernelTable -Dshapes=RNN+H=64,LSTM+B=1 -Drounds=5
 * </pre>
 *
 * System properties: {@code shapes}, see {@link KernelShape#named}; {@code contenders}, a comma-separated list of
 * beginnings of the peers' names, of which alone there are columns then; {@code rounds}.
 */
final class KernelTable {
    private static final int ROUNDS = Integer.getInteger("rounds", 7);
    private static final String PEAK = "peak";
    /** The peers that a user would take instead, to the better of which a ratio is given. */
    private static final List<String> RIVALS =
            List.of(Libtorch.Form.OPERATOR.toString(), Libtorch.Form.TORCH_SCRIPT.toString(), OnnxRuntime.NAME);

    private final List<String> names = new ArrayList<>();
    private final StringBuilder errors = new StringBuilder();

    private KernelTable() {}

    /** Prints the tables. */
    public static void main(String[] args) {
        List<KernelShape> shapes = KernelShape.named(System.getProperty("shapes", ""));
        new KernelTable().print(shapes);
    }

    private void print(List<KernelShape> shapes) {
        boolean head = true;
        for (KernelShape shape : shapes) {
            KernelCase kase = new KernelCase(shape);
            List<Contender> contenders = contenders(kase);
            try {
                Map<String, Double> largest = check(kase, contenders);
                Map<String, Double> rates = measure(
                        kase,
                        contenders,
                        head ? Interleaved.FIRST_WARM_UP_SECONDS : Interleaved.WARM_UP_SECONDS);
                if (head) {
                    System.out.println(head());
                    head = false;
                }
                System.out.println(row(shape, rates));
                errors.append(errorRow(shape, largest));
            } finally {
                contenders.forEach(Contender::close);
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%nGFLOP/s of the products that the sequences need, padding not counted: medians of %d rounds, thread CPU"
                        + " time. Ratio: the last kernel to the better of libtorch and ONNX Runtime.%n",
                ROUNDS);
        System.out.println("\nLargest error of the hidden states against float64:\n");
        System.out.println("| cell I, H, T, B |" + names.stream().map(n -> " " + n + " |").collect(Collectors.joining()));
        System.out.println("|---|" + "---|".repeat(names.size()));
        System.out.print(errors);
    }

    /** The contenders for a case. */
    private List<Contender> contenders(KernelCase kase) {
        List<KernelChoice> kernels = Ours.kernels();
        List<Contender> chosen = new ArrayList<>();
        for (KernelChoice kernel : kernels) {
            chosen.add(new Ours(kase, kernel, Ours.Timed.FORWARD));
        }
        chosen.add(new Ours(kase, kernels.get(kernels.size() - 1), Ours.Timed.BATCH));
        if (wanted(OnnxRuntime.NAME)) {
            chosen.add(new OnnxRuntime(kase));
        }
        for (Libtorch.Form form : Libtorch.Form.values()) {
            if (Libtorch.has(kase, form) && wanted(form.toString())) {
                chosen.add(new Libtorch(kase, form));
            }
        }
        if (wanted(OpenBlas.NAME)) {
            chosen.add(new OpenBlas(kase));
        }
        if (wanted(Ejml.NAME)) {
            chosen.add(new Ejml(kase));
        }
        chosen.stream().map(Contender::name).filter(name -> !names.contains(name)).forEach(names::add);
        return chosen;
    }

    private static boolean wanted(String name) {
        return Arrays.stream(System.getProperty("contenders", "").split(",")).anyMatch(name::startsWith);
    }

    /** The largest error of each. */
    private static Map<String, Double> check(KernelCase kase, List<Contender> contenders) {
        double[][] expected = kase.expected();
        int[] checked = kase.checked();
        Map<String, Double> largest = new LinkedHashMap<>();
        for (Contender contender : contenders) {
            contender.run();
            double error = 0;
            for (int i = 0; i < checked.length; i++) {
                float[] states = contender.hiddenStates(checked[i]);
                for (int j = 0; j < states.length; j++) {
                    error = Math.max(error, Math.abs(states[j] - expected[i][j]));
                }
            }
            if (!(error < 2e-5)) {
                throw new IllegalStateException(
                        contender.name() + " computes something else for " + kase.shape() + ": error " + error);
            }
            largest.put(contender.name(), error);
        }
        return largest;
    }

    /** GFLOP/s of each, and of the peak. */
    private static Map<String, Double> measure(KernelCase kase, List<Contender> contenders, double warmUpSeconds) {
        Interleaved rounds = new Interleaved();
        FmaPeak peak = new FmaPeak();
        rounds.add(PEAK, peak::run);
        contenders.forEach(contender -> rounds.add(contender.name(), contender::run));
        Map<String, Double> seconds = rounds.medianCpuSeconds(ROUNDS, warmUpSeconds);
        Map<String, Double> rates = new LinkedHashMap<>();
        seconds.forEach((name, time) -> rates.put(name, (name.equals(PEAK) ? FmaPeak.flops() : kase.flops()) / time / 1e9));
        return rates;
    }

    private String head() {
        String best = best();
        return "| cell I, H, T, B |" + names.stream().map(n -> " " + n + " |").collect(Collectors.joining())
                + " measured peak (" + FmaPeak.vectors() + ") | " + best + ", percent of peak | " + best
                + " : best peer |\n|---|" + "---|".repeat(names.size() + 3);
    }

    private static String best() {
        return Ours.kernels().get(Ours.kernels().size() - 1).name().toLowerCase(Locale.ROOT);
    }

    private String row(KernelShape shape, Map<String, Double> rates) {
        double peak = rates.getOrDefault(PEAK, Double.NaN);
        double ours = rates.getOrDefault(best(), Double.NaN);
        double rival = RIVALS.stream()
                .mapToDouble(name -> rates.getOrDefault(name, Double.NaN))
                .filter(rate -> !Double.isNaN(rate))
                .max()
                .orElse(Double.NaN);
        return "| " + shape + " |"
                + names.stream()
                        .map(name -> rates.containsKey(name) ? String.format(Locale.ROOT, " %.1f |", rates.get(name)) : " |")
                        .collect(Collectors.joining())
                + String.format(Locale.ROOT, " %.0f | %.0f %% | %.2f |", peak, 100 * ours / peak, ours / rival);
    }

    private String errorRow(KernelShape shape, Map<String, Double> largest) {
        return "| " + shape + " |"
                + names.stream()
                        .map(name -> largest.containsKey(name)
                                ? String.format(Locale.ROOT, " %.1e |", largest.get(name))
                                : " |")
                        .collect(Collectors.joining())
                + "\n";
    }
}
