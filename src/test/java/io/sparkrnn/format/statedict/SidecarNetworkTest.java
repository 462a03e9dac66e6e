package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.model.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.DoubleUnaryOperator;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Networks that a sidecar says of a file of weights, against their equations in float64. */
class SidecarNetworkTest {
    private static final int STEPS = 7;

    @TempDir
    Path folder;

    private final Random random = new Random(1);
    private final Map<String, int[]> shapes = new LinkedHashMap<>();
    private final Map<String, double[]> weights = new LinkedHashMap<>();

    // ---- the file, and what is run ----

    private SidecarNetworkTest tensor(String name, int... shape) {
        int count = 1;
        for (int size : shape) {
            count *= size;
        }
        double[] values = random.doubles(count, -0.9, 0.9).toArray();
        if (name.endsWith("running_var")) {
            values = random.doubles(count, 0.3, 2).toArray();
        }
        shapes.put(name, shape);
        weights.put(name, values);
        return this;
    }

    private SidecarNetworkTest linear(String name, int in, int out) {
        return tensor(name + ".weight", out, in).tensor(name + ".bias", out);
    }

    private SidecarNetworkTest recurrent(String name, int gates, int in, int hidden, String... suffixes) {
        for (String suffix : suffixes) {
            tensor(name + ".weight_ih" + suffix, gates * hidden, in);
            tensor(name + ".weight_hh" + suffix, gates * hidden, hidden);
            tensor(name + ".bias_ih" + suffix, gates * hidden);
            tensor(name + ".bias_hh" + suffix, gates * hidden);
        }
        return this;
    }

    private ModelFile open(String network) {
        StringJoiner header = new StringJoiner(", ", "{", "}");
        ByteBuffer data = ByteBuffer.allocate(shapes.keySet().stream()
                                .mapToInt(name -> of(name).length)
                                .sum()
                        * 8)
                .order(ByteOrder.LITTLE_ENDIAN);
        shapes.forEach((name, shape) -> {
            int from = data.position();
            for (double value : Objects.requireNonNull(weights.get(name))) {
                data.putDouble(value);
            }
            header.add("\"" + name + "\": {\"dtype\": \"F64\", \"shape\": " + java.util.Arrays.toString(shape)
                    + ", \"data_offsets\": [" + from + ", " + data.position() + "]}");
        });
        try {
            Path file = TestFiles.write(folder, TestFiles.safetensors(header.toString(), data.array()));
            Files.writeString(folder.resolve("file.json"), "{\"network\": " + network + "}");
            return ModelFile.open(file, "net");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Graph graph(String network) {
        return open(network).whole().orElseThrow().graph();
    }

    /** What the outputs are for a row whose inputs are these, [T][width] or [1][width]. */
    private Map<String, double[]> run(String network, Map<String, double[][]> row) {
        Graph graph = graph(network);
        double[][] steps = new double[STEPS][0];
        double[] once = {};
        for (GraphInput input : graph.inputs()) {
            double[][] given = Objects.requireNonNull(row.get(input.name()), input.name());
            if (input.isStepByStep()) {
                steps = beside(steps, given);
            } else {
                once = beside(new double[][] {once}, given)[0];
            }
        }
        Engine engine = GraphEngines.of(graph, Precision.FLOAT64, KernelChoice.REFERENCE)
                .engine();
        engine.add(STEPS, numbers(flat(steps)), once.length == 0 ? null : numbers(once), null, null);
        engine.run();
        assertThat(engine.problem(0)).isNull();
        Map<String, double[]> results = new LinkedHashMap<>();
        for (int o = 0; o < graph.outputs().size(); o++) {
            int width = graph.outputs().get(o).width();
            int count = engine.outputSteps(o, 0) * width;
            ByteBuffer bytes = ByteBuffer.allocate(count * 8).order(ByteOrder.LITTLE_ENDIAN);
            engine.copyOutput(o, 0, bytes, 0, width * 8);
            double[] values = new double[count];
            bytes.asDoubleBuffer().get(values);
            results.put(graph.outputs().get(o).name(), values);
        }
        return results;
    }

    private double[] score(String network, double[][] features) {
        return Objects.requireNonNull(run(network, Map.of("features", features)).get("score"));
    }

    private static NumberSource numbers(double[] values) {
        return new NumberSource() {
            private int next;

            @Override
            public void copyTo(float[] target, int at, int count) {
                throw new AssertionError();
            }

            @Override
            public void copyTo(double[] target, int at, int count) {
                System.arraycopy(values, next, target, at, count);
                next += count;
            }
        };
    }

    private static void equal(double @org.jspecify.annotations.Nullable [] actual, double... expected) {
        assertThat(actual).hasSize(expected.length);
        assertThat(actual).containsExactly(expected, within(1e-12));
    }

    // ---- equations ----

    private double[][] random(int rows, int columns) {
        double[][] x = new double[rows][];
        for (int r = 0; r < rows; r++) {
            x[r] = random.doubles(columns, -2, 2).toArray();
        }
        return x;
    }

    private static double[] flat(double[][] x) {
        return java.util.Arrays.stream(x)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
    }

    private static double[][] beside(double[][] a, double[][] b) {
        double[][] y = new double[a.length][];
        for (int r = 0; r < a.length; r++) {
            double[] right = b.length == 1 ? b[0] : b[r];
            y[r] = java.util.Arrays.copyOf(a[r], a[r].length + right.length);
            System.arraycopy(right, 0, y[r], a[r].length, right.length);
        }
        return y;
    }

    private static double[][] map(double[][] x, DoubleUnaryOperator f) {
        double[][] y = new double[x.length][];
        for (int r = 0; r < x.length; r++) {
            y[r] = java.util.Arrays.stream(x[r]).map(f).toArray();
        }
        return y;
    }

    private double[] of(String name) {
        return Objects.requireNonNull(weights.get(name));
    }

    /** W x + b of each row. */
    private double[][] linear(String name, double[][] x) {
        double[] w = of(name + ".weight");
        double[] b = weights.getOrDefault(name + ".bias", new double[w.length / x[0].length]);
        double[][] y = new double[x.length][b.length];
        for (int r = 0; r < x.length; r++) {
            for (int o = 0; o < b.length; o++) {
                y[r][o] = b[o];
                for (int i = 0; i < x[r].length; i++) {
                    y[r][o] += w[o * x[r].length + i] * x[r][i];
                }
            }
        }
        return y;
    }

    private static double dot(double[] w, int row, double[] x) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += w[row * x.length + i] * x[i];
        }
        return sum;
    }

    /** h = tanh(W x + b + U h + c), in one direction; the states are those of the steps they belong to. */
    private double[][] rnn(String name, String suffix, double[][] x) {
        double[] b = of(name + ".bias_ih" + suffix);
        double[] h = new double[b.length];
        double[][] y = new double[x.length][];
        for (int s = 0; s < x.length; s++) {
            int t = suffix.endsWith("_reverse") ? x.length - 1 - s : s;
            double[] next = new double[h.length];
            for (int j = 0; j < h.length; j++) {
                next[j] = Math.tanh(dot(of(name + ".weight_ih" + suffix), j, x[t])
                        + b[j]
                        + dot(of(name + ".weight_hh" + suffix), j, h)
                        + of(name + ".bias_hh" + suffix)[j]);
            }
            h = next;
            y[t] = h;
        }
        return y;
    }

    private static double[][] last(double[][] x) {
        return new double[][] {x[x.length - 1]};
    }

    private static double[][] turned(double[][] x) {
        double[][] y = new double[x[0].length][x.length];
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < x[r].length; c++) {
                y[c][r] = x[r][c];
            }
        }
        return y;
    }

    private static double[] softmax(double[] x) {
        double[] e = java.util.Arrays.stream(x).map(Math::exp).toArray();
        double sum = java.util.Arrays.stream(e).sum();
        return java.util.Arrays.stream(e).map(v -> v / sum).toArray();
    }

    // ---- networks ----

    @Test
    void embeddingsStandBesideNumbers() {
        tensor("mcc_embedding.weight", 9, 3).recurrent("rnn", 1, 5, 4, "_l0").linear("fc", 4, 1);
        double[][] amounts = random(STEPS, 2);
        double[][] mcc = new double[STEPS][1];
        double[][] embedded = new double[STEPS][];
        for (int t = 0; t < STEPS; t++) {
            int index = (t * 5) % 9;
            mcc[t][0] = index;
            embedded[t] = java.util.Arrays.copyOfRange(of("mcc_embedding.weight"), index * 3, index * 3 + 3);
        }
        String network = "[{\"concat\": [\"amounts\", {\"embedding\": \"mcc_embedding\", \"of\": \"mcc\"}]},"
                + " {\"rnn\": \"rnn\"}, \"h_n\", \"dropout\", {\"linear\": \"fc\"}, \"sigmoid\"]";
        assertThat(graph(network).inputs().toString()).isEqualTo("[amounts [T, 2], mcc [T] of indices below 9]");
        assertThat(graph(network).outputs().toString()).isEqualTo("[score [1]]");
        equal(
                run(network, Map.of("amounts", amounts, "mcc", mcc)).get("score"),
                flat(map(
                        linear("fc", last(rnn("rnn", "_l0", beside(amounts, embedded)))),
                        x -> 1 / (1 + Math.exp(-x)))));
    }

    @Test
    void theLastStepOfTwoDirectionsIsNotTheirLastStates() {
        recurrent("model.rnn", 1, 3, 4, "_l0", "_l0_reverse").recurrent("model.top", 1, 8, 2, "_l0", "_l0_reverse");
        double[][] x = random(STEPS, 3);
        double[][] below = beside(rnn("model.rnn", "_l0", x), rnn("model.rnn", "_l0_reverse", x));
        double[][] forward = rnn("model.top", "_l0", below);
        double[][] backward = rnn("model.top", "_l0_reverse", below);
        Map<String, double[]> results = run(
                "{\"states\": [{\"rnn\": \"rnn\"}, {\"rnn\": \"top\"}],"
                        + " \"end\": [\"states\", \"last\"], \"begin\": [\"states\", \"first\"],"
                        + " \"h\": [\"states\", \"h_n\"], \"all\": [\"states\"],"
                        + " \"mean_max\": [\"states\", {\"concat\": [\"mean\", \"max\", \"min\", \"sum\"]}]}",
                Map.of("features", x));
        double[][] both = beside(forward, backward);
        equal(results.get("end"), both[STEPS - 1]);
        equal(results.get("begin"), both[0]);
        equal(results.get("h"), flat(beside(last(forward), new double[][] {backward[0]})));
        equal(results.get("all"), flat(both));
        double[] pooled = new double[16];
        for (int c = 0; c < 4; c++) {
            double[] column = turned(both)[c];
            pooled[c] = java.util.Arrays.stream(column).average().orElseThrow();
            pooled[4 + c] = java.util.Arrays.stream(column).max().orElseThrow();
            pooled[8 + c] = java.util.Arrays.stream(column).min().orElseThrow();
            pooled[12 + c] = java.util.Arrays.stream(column).sum();
        }
        equal(results.get("mean_max"), pooled);
        assertThat(results).as("states is taken by others").doesNotContainKey("states");
    }

    @Test
    void attentionIsASoftmaxOverTheSteps() {
        linear("att", 3, 5).tensor("v.weight", 1, 5).linear("fc", 3, 2);
        double[][] x = random(STEPS, 3);
        double[] a = softmax(flat(linear("v", map(linear("att", x), Math::tanh))));
        double[][] sum = new double[1][3];
        for (int t = 0; t < STEPS; t++) {
            for (int c = 0; c < 3; c++) {
                sum[0][c] += a[t] * x[t][c];
            }
        }
        String network =
                "[{\"attend\": [{\"linear\": \"att\"}, \"tanh\", {\"linear\": \"v\"}], \"weights\": \"attention\"},"
                        + " {\"linear\": \"fc\"}]";
        Map<String, double[]> results = run(network, Map.of("features", x));
        equal(results.get("score"), flat(linear("fc", sum)));
        equal(results.get("attention"), a);
        assertThat(graph(network).outputs().toString()).isEqualTo("[attention [T], score [2]]");
    }

    @Test
    void convolutionsMoveOverTheSteps() {
        tensor("conv.weight", 4, 1, 3).tensor("conv.bias", 4);
        double[][] x = random(STEPS, 2);
        double[][] y = new double[3][4];
        for (int t = 0; t < 3; t++) {
            for (int m = 0; m < 4; m++) {
                y[t][m] = of("conv.bias")[m];
                for (int k = 0; k < 3; k++) {
                    int at = t * 2 + k * 2 - 1;
                    y[t][m] += at < 0 || at >= STEPS ? 0 : of("conv.weight")[m * 3 + k] * x[at][m / 2];
                }
            }
        }
        equal(
                score("[{\"conv1d\": \"conv\", \"padding\": 1, \"stride\": 2, \"dilation\": 2, \"groups\": 2}]", x),
                flat(y));
        double[][] largest = new double[3][2];
        double[][] means = new double[4][2];
        for (int c = 0; c < 2; c++) {
            for (int t = 0; t < 3; t++) {
                largest[t][c] = Math.max(Math.max(x[2 * t][c], x[2 * t + 1][c]), x[2 * t + 2][c]);
            }
            for (int t = 0; t < 4; t++) {
                means[t][c] = ((t == 0 ? 0 : x[2 * t - 1][c]) + x[2 * t][c]) / 2;
            }
        }
        String wide = "[{\"steps\": \"features\", \"width\": 2}, ";
        equal(score(wide + "{\"max_pool\": 3, \"stride\": 2}]", x), flat(largest));
        equal(score(wide + "{\"avg_pool\": 2, \"padding\": 1}]", x), flat(means));
    }

    @Test
    void paddingKeepsTheNumberOfSteps() {
        tensor("c.weight", 1, 1, 4);
        double[][] x = random(STEPS, 1);
        for (String padding : new String[] {"same", "causal"}) {
            double[] y = new double[STEPS];
            for (int t = 0; t < STEPS; t++) {
                for (int k = 0; k < 4; k++) {
                    int at = t + k - (padding.equals("same") ? 1 : 3);
                    y[t] += at < 0 || at >= STEPS ? 0 : of("c.weight")[k] * x[at][0];
                }
            }
            equal(score("[{\"conv1d\": \"c\", \"padding\": \"" + padding + "\"}]", x), y);
        }
    }

    @Test
    void normalisations() {
        tensor("bn.weight", 3).tensor("bn.bias", 3).tensor("bn.running_mean", 3).tensor("bn.running_var", 3);
        tensor("ln.weight", 3)
                .tensor("ln.bias", 3)
                .tensor("plain.running_mean", 3)
                .tensor("plain.running_var", 3);
        double[][] x = random(STEPS, 3);
        double[][] b = new double[STEPS][3];
        double[][] l = new double[STEPS][3];
        double[][] n = new double[STEPS][3];
        double[][] p = new double[STEPS][3];
        for (int t = 0; t < STEPS; t++) {
            double mean = (x[t][0] + x[t][1] + x[t][2]) / 3;
            double variance = 0;
            double square = 0;
            for (double v : x[t]) {
                variance += (v - mean) * (v - mean) / 3;
                square += v * v;
            }
            for (int c = 0; c < 3; c++) {
                b[t][c] = (x[t][c] - of("bn.running_mean")[c])
                                / Math.sqrt(of("bn.running_var")[c] + 0.01)
                                * of("bn.weight")[c]
                        + of("bn.bias")[c];
                p[t][c] = (x[t][c] - of("plain.running_mean")[c]) / Math.sqrt(of("plain.running_var")[c] + 1e-5);
                l[t][c] = (x[t][c] - mean) / Math.sqrt(variance + 1e-5) * of("ln.weight")[c] + of("ln.bias")[c];
                n[t][c] = x[t][c] / Math.sqrt(square);
            }
        }
        Map<String, double[]> results = run(
                "{\"b\": [{\"batch_norm\": \"bn\", \"eps\": 0.01}], \"p\": [{\"batch_norm\": \"plain\"}],"
                        + " \"l\": [{\"layer_norm\": \"ln\"}], \"n\": [\"normalize\"],"
                        + " \"soft\": [\"softmax\"], \"over\": [{\"softmax\": \"steps\"}], \"log\": [\"log_softmax\"]}",
                Map.of("features", x));
        equal(results.get("b"), flat(b));
        equal(results.get("p"), flat(p));
        equal(results.get("l"), flat(l));
        equal(results.get("n"), flat(n));
        double[][] soft = new double[STEPS][];
        for (int t = 0; t < STEPS; t++) {
            soft[t] = softmax(x[t]);
        }
        equal(results.get("soft"), flat(soft));
        equal(results.get("log"), flat(map(soft, Math::log)));
        double[][] columns = turned(x);
        for (int c = 0; c < 3; c++) {
            columns[c] = softmax(columns[c]);
        }
        equal(results.get("over"), flat(turned(columns)));
    }

    @Test
    void aRowsNumbersMeetSteps() {
        linear("fc", 5, 2).tensor("segment_embedding.weight", 4, 2).tensor("query", 5);
        double[][] x = random(STEPS, 2);
        double[][] profile = random(1, 1);
        double[][] segment = {{3}};
        double[][] row = beside(
                profile, new double[][] {{of("segment_embedding.weight")[6], of("segment_embedding.weight")[7]}});
        double[][] all = beside(x, row);
        double[][] y = linear("fc", all);
        Map<String, double[]> results = run(
                "{\"all\": [{\"concat\": [\"features\", {\"row\": \"profile\", \"width\": 1},"
                        + " {\"embedding\": \"segment_embedding\", \"of\": {\"row\": \"segment\"}}]}],"
                        + " \"y\": [\"all\", {\"linear\": \"fc\"}],"
                        + " \"sum\": [\"y\", {\"add\": [\"before\", {\"slice\": [0, 1]}, 2]}],"
                        + " \"less\": [\"y\", {\"subtract\": [\"before\", [\"last\"]]}],"
                        + " \"twice\": [\"y\", \"reverse\", {\"multiply\": [\"before\", \"y\"]}],"
                        + " \"dots\": [\"all\", {\"dot\": [\"before\", {\"parameter\": \"query\"}]}],"
                        + " \"again\": [\"y\", \"last\", \"repeat\"]}",
                Map.of("features", x, "profile", profile, "segment", segment));
        double[][] sum = new double[STEPS][2];
        double[][] less = new double[STEPS][2];
        double[][] twice = new double[STEPS][2];
        double[] dots = new double[STEPS];
        double[][] again = new double[STEPS][];
        for (int t = 0; t < STEPS; t++) {
            for (int c = 0; c < 2; c++) {
                sum[t][c] = y[t][c] + y[t][0] + 2;
                less[t][c] = y[t][c] - y[STEPS - 1][c];
                twice[t][c] = y[t][c] * y[STEPS - 1 - t][c];
            }
            dots[t] = dot(of("query"), 0, all[t]);
            again[t] = y[STEPS - 1];
        }
        equal(results.get("sum"), flat(sum));
        equal(results.get("less"), flat(less));
        equal(results.get("twice"), flat(twice));
        equal(results.get("dots"), dots);
        equal(results.get("again"), flat(again));
    }

    @Test
    void anEmbeddingGivesScoresOfItsItems() {
        tensor("items.weight", 6, 2).tensor("out.bias", 6);
        double[][] x = random(STEPS, 2);
        String network = "[\"last\", {\"scores\": \"items\"}]";
        equal(score(network, x), flat(linear("items", last(x))));
        weights.put("items.bias", of("out.bias"));
        shapes.put("items.bias", new int[] {6});
        equal(score("[\"last\", {\"scores\": \"items\", \"bias\": \"out.bias\"}]", x), flat(linear("items", last(x))));
    }

    @Test
    void aDecoderBeginsWithTheEncodersStates() {
        recurrent("encoder", 4, 2, 3, "_l0").recurrent("whole", 4, 2, 3, "_l0").recurrent("up", 4, 3, 3, "_l0");
        for (String kind : new String[] {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
            weights.put("whole." + kind + "_l0", of("encoder." + kind + "_l0"));
        }
        double[][] x = random(STEPS, 2);
        Map<String, double[]> results = run(
                "{\"e\": [{\"lstm\": \"encoder\"}], \"h\": [\"e\", \"h_n\"], \"c\": [\"e\", \"c_n\"],"
                        + " \"again\": [\"features\", {\"lstm\": \"whole\", \"h_0\": \"h\", \"c_0\": \"c\"}, \"last\"]}",
                Map.of("features", x));
        double[][] twice = new double[2 * STEPS][];
        System.arraycopy(x, 0, twice, 0, STEPS);
        System.arraycopy(x, 0, twice, STEPS, STEPS);
        equal(results.get("again"), lstm("encoder", twice)[2 * STEPS - 1]);
    }

    @Test
    void layersBeginWithLearnedStates() {
        recurrent("deep", 3, 2, 3, "_l0").recurrent("deep", 3, 3, 3, "_l1");
        recurrent("low", 3, 2, 3, "_l0").recurrent("up", 3, 3, 3, "_l0");
        for (String kind : new String[] {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
            weights.put("low." + kind + "_l0", of("deep." + kind + "_l0"));
            weights.put("up." + kind + "_l0", of("deep." + kind + "_l1"));
        }
        tensor("rnn.h0", 2, 1, 3).tensor("h_low", 3).tensor("h_up", 3).tensor("narrow", 2, 2);
        weights.put("h_low", Arrays.copyOf(of("rnn.h0"), 3));
        weights.put("h_up", Arrays.copyOfRange(of("rnn.h0"), 3, 6));
        Map<String, double[]> results = run(
                "{\"all\": [\"features\", {\"gru\": \"deep\", \"h_0\": {\"parameter\": \"h0\"}}],"
                        + " \"each\": [\"features\", {\"gru\": \"low\", \"h_0\": {\"parameter\": \"h_low\"}},"
                        + " {\"gru\": \"up\", \"h_0\": {\"parameter\": \"h_up\"}}],"
                        + " \"zeros\": [\"features\", {\"gru\": \"deep\"}]}",
                Map.of("features", random(STEPS, 2)));
        equal(results.get("all"), java.util.Objects.requireNonNull(results.get("each")));
        assertThat(results.get("zeros")).isNotEqualTo(results.get("all"));
        assertThatThrownBy(() -> run(
                        "[{\"gru\": \"deep\", \"h_0\": {\"parameter\": \"narrow\"}}]",
                        Map.of("features", random(STEPS, 2))))
                .hasMessageContaining(
                        "tensor narrow is [2, 2]; expected [2, 1, 3], a state for each layer and direction");
    }

    /** As nn.LSTM has it: gates i, f, g, o. */
    private double[][] lstm(String name, double[][] x) {
        int hidden = of(name + ".bias_ih_l0").length / 4;
        double[] h = new double[hidden];
        double[] c = new double[hidden];
        double[][] y = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            double[] next = new double[hidden];
            for (int j = 0; j < hidden; j++) {
                double[] gate = new double[4];
                for (int g = 0; g < 4; g++) {
                    int r = g * hidden + j;
                    gate[g] = dot(of(name + ".weight_ih_l0"), r, x[t])
                            + of(name + ".bias_ih_l0")[r]
                            + dot(of(name + ".weight_hh_l0"), r, h)
                            + of(name + ".bias_hh_l0")[r];
                    gate[g] = g == 2 ? Math.tanh(gate[g]) : 1 / (1 + Math.exp(-gate[g]));
                }
                c[j] = gate[1] * c[j] + gate[0] * gate[2];
                next[j] = gate[3] * Math.tanh(c[j]);
            }
            h = next;
            y[t] = h;
        }
        return y;
    }

    @Test
    void aSingleCellRunsOverTheSteps() {
        recurrent("cell", 4, 2, 3, "_l0");
        double[][] x = random(STEPS, 2);
        double[] expected = flat(lstm("cell", x));
        for (String kind : new String[] {"weight_ih", "weight_hh", "bias_ih", "bias_hh"}) {
            shapes.put("cell." + kind, Objects.requireNonNull(shapes.remove("cell." + kind + "_l0")));
            weights.put("cell." + kind, of("cell." + kind + "_l0"));
        }
        equal(score("[{\"lstm\": \"cell\"}]", x), expected);
        assertThat(open("[\"last\"]").network(ModelOptions.none()).model())
                .hasToString("nn.LSTM, input_size 2, hidden_size 3, num_layers 1");
        recurrent("other", 1, 2, 2, "_l0");
        equal(score("[{\"lstm\": \"cell\"}]", x), expected);
        assertThat(open("[\"last\"]").prefixes())
                .as("cells are none beside layers")
                .containsExactly("other.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"relu\" | 0, 0, 0.5, 3.5",
                "\"tanh\" | -0.99816778, -0.60436777, 0.46211715, 0.99817789",
                "{\"leaky_relu\": 0.1} | -0.35, -0.07, 0.5, 3.5",
                "\"leaky_relu\" | -0.035, -0.007, 0.5, 3.5",
                "\"elu\" | -0.96980262, -0.50341470, 0.5, 3.5",
                "{\"elu\": 2} | -1.93960523, -1.00682939, 0.5, 3.5",
                "\"selu\" | -1.70500960, -0.88504672, 0.52535050, 3.67745349",
                "\"silu\" | -0.10259265, -0.23226852, 0.31122967, 3.39740735",
                "\"swish\" | -0.10259265, -0.23226852, 0.31122967, 3.39740735",
                "\"gelu\" | -0.00081420, -0.16937457, 0.34573123, 3.49918580",
                "\"softplus\" | 0.02975042, 0.40318605, 0.97407698, 3.52975042",
                "\"softsign\" | -0.77777778, -0.41176471, 0.33333333, 0.77777778",
                "\"hard_sigmoid\" | 0, 0.38333333, 0.58333333, 1",
                "\"hard_swish\" | 0, -0.26833333, 0.29166667, 3.5",
                "\"hard_tanh\" | -1, -0.7, 0.5, 1",
                "\"relu6\" | 0, 0, 0.5, 3.5",
                "\"exp\" | 0.03019738, 0.49658530, 1.64872127, 33.11545196",
                "\"abs\" | 3.5, 0.7, 0.5, 3.5",
                "\"neg\" | 3.5, 0.7, -0.5, -3.5",
                "\"square\" | 12.25, 0.49, 0.25, 12.25",
                "\"log_sigmoid\" | -3.52975042, -1.10318605, -0.47407698, -0.02975042",
                "\"hard_shrink\" | -3.5, -0.7, 0, 3.5",
                "\"glu\" | -2.17860615, -0.67947832",
                "{\"clip\": [-1, 0.25]} | -1, -0.7, 0.25, 0.25",
                "\"ReLU\" | 0, 0, 0.5, 3.5",
                "\"nn.LeakyReLU\" | -0.035, -0.007, 0.5, 3.5",
                "{\"Dropout\": 0.5} | -3.5, -0.7, 0.5, 3.5",
                "\"flatten\" | -3.5, -0.7, 0.5, 3.5",
                "\"identity\" | -3.5, -0.7, 0.5, 3.5"
            })
    void functions(String word, String expected) {
        double[] wanted = java.util.Arrays.stream(expected.split(",", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        double[][] x = new double[STEPS][];
        java.util.Arrays.fill(x, new double[] {-3.5, -0.7, 0.5, 3.5});
        tensor("unused.weight", 1, 1);
        assertThat(score("[{\"steps\": \"features\", \"width\": 4}, \"last\", " + word + "]", x))
                .containsExactly(wanted, within(2e-5));
    }

    // ---- what people call it ----

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{\"rnn\": \"rnn\"}, \"last\", {\"linear\": \"fc\"}] | [{\"nn.RNN\": \"rnn\"}, \"last_step\", {\"Dense\": \"fc\"}]",
                "[{\"rnn\": \"rnn\"}, \"h_n\", {\"linear\": \"fc\"}, \"tanh\"] | [{\"RNN\": \"rnn\"}, \"last_hidden\", {\"fc\": \"fc\", \"activation\": \"Tanh\"}]",
                "[{\"rnn\": \"rnn\"}, {\"layer_norm\": \"ln\"}, \"mean\"] | [{\"rnn\": \"rnn\"}, {\"LayerNorm\": \"ln\"}, \"AdaptiveAvgPool1d\"]",
                "[{\"rnn\": \"rnn\"}, \"mean\", {\"linear\": \"fc\"}, \"softmax\"] | [{\"rnn\": \"rnn\"}, \"mean_pooling\", {\"linear\": \"fc\", \"activation\": \"softmax\"}]",
                "[{\"rnn\": \"rnn\"}, {\"concat\": [\"mean\", \"max\"]}] | [{\"rnn\": \"rnn\"}, {\"torch.cat\": [\"mean\", \"max\"]}]"
            })
    void wordsOfPyTorchAndKeras(String ours, String theirs) {
        recurrent("rnn", 1, 3, 4, "_l0")
                .linear("fc", 4, 2)
                .tensor("ln.weight", 4)
                .tensor("ln.bias", 4);
        double[][] x = random(STEPS, 3);
        equal(score(theirs, x), score(ours, x));
    }

    @Test
    void aColumnMayBeCalledAsAModuleIs() {
        linear("fc", 5, 2);
        assertRead(
                "[{\"concat\": [{\"steps\": \"a\", \"width\": 3}, \"position\"]}, {\"linear\": \"fc\"}]",
                "[a [T, 3], position [T, 2]]",
                "[score [T, 2]]");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void selfAttentionWithPlaces(boolean causal) {
        tensor("pos.weight", 20, 4)
                .tensor("attn.in_proj_weight", 12, 4)
                .tensor("attn.in_proj_bias", 12)
                .tensor("attn.out_proj.weight", 4, 4)
                .tensor("attn.out_proj.bias", 4);
        double[][] x = random(STEPS, 4);
        double[][] placed = new double[STEPS][4];
        for (int t = 0; t < STEPS; t++) {
            for (int i = 0; i < 4; i++) {
                placed[t][i] = x[t][i] + of("pos.weight")[4 * t + i];
            }
        }
        double[] expected = new double[4 * STEPS];
        for (int t = 0; t < STEPS; t++) {
            double[] heads = new double[4];
            for (int h = 0; h < 2; h++) {
                int keys = causal ? t + 1 : STEPS;
                double[] a = new double[keys];
                double total = 0;
                for (int s = 0; s < keys; s++) {
                    for (int d = 2 * h; d < 2 * h + 2; d++) {
                        a[s] += projected(placed[t], d) * projected(placed[s], 4 + d) / Math.sqrt(2);
                    }
                    a[s] = Math.exp(a[s]);
                    total += a[s];
                }
                for (int d = 2 * h; d < 2 * h + 2; d++) {
                    for (int s = 0; s < keys; s++) {
                        heads[d] += a[s] / total * projected(placed[s], 8 + d);
                    }
                }
            }
            for (int o = 0; o < 4; o++) {
                expected[4 * t + o] = of("attn.out_proj.bias")[o];
                for (int d = 0; d < 4; d++) {
                    expected[4 * t + o] += of("attn.out_proj.weight")[4 * o + d] * heads[d];
                }
            }
        }
        equal(
                score(
                        "[{\"positions\": \"pos\"}, {\"self_attention\": \"attn\", \"heads\": 2, \"causal\": " + causal
                                + "}]",
                        x),
                expected);
    }

    private double projected(double[] x, int row) {
        double y = of("attn.in_proj_bias")[row];
        for (int i = 0; i < 4; i++) {
            y += of("attn.in_proj_weight")[4 * row + i] * x[i];
        }
        return y;
    }

    @Test
    void normsAndRunningSums() {
        tensor("gn.weight", 4).tensor("gn.bias", 4).tensor("rms.weight", 4).linear("hazard", 4, 1);
        double[][] x = random(STEPS, 4);
        double[] grouped = new double[4 * STEPS];
        double[] rms = new double[4 * STEPS];
        for (int g = 0; g < 2; g++) {
            double mean = 0;
            double variance = 0;
            for (double[] step : x) {
                mean += (step[2 * g] + step[2 * g + 1]) / (2 * STEPS);
            }
            for (double[] step : x) {
                variance += (Math.pow(step[2 * g] - mean, 2) + Math.pow(step[2 * g + 1] - mean, 2)) / (2 * STEPS);
            }
            for (int i = 0; i < grouped.length; i++) {
                if (i % 4 / 2 == g) {
                    grouped[i] = (x[i / 4][i % 4] - mean) / Math.sqrt(variance + 1e-5) * of("gn.weight")[i % 4]
                            + of("gn.bias")[i % 4];
                }
            }
        }
        for (int i = 0; i < rms.length; i++) {
            double squares = java.util.Arrays.stream(x[i / 4]).map(v -> v * v).sum();
            rms[i] = x[i / 4][i % 4] / Math.sqrt(squares / 4 + 1e-6) * of("rms.weight")[i % 4];
        }
        equal(score("[{\"group_norm\": \"gn\", \"groups\": 2}]", x), grouped);
        equal(score("[{\"GroupNorm\": \"gn\", \"groups\": 2}, \"identity\"]", x), grouped);
        equal(score("[{\"rms_norm\": \"rms\"}]", x), rms);
        // survival: the sum of the logarithms of what is left
        double[][] hazard = linear("hazard", x);
        double[] expected = new double[STEPS];
        double sum = 0;
        for (int t = 0; t < STEPS; t++) {
            sum += Math.log(1 / (1 + Math.exp(hazard[t][0])));
            expected[t] = Math.exp(sum);
        }
        equal(score("[{\"linear\": \"hazard\"}, \"neg\", \"log_sigmoid\", \"cumsum\", \"exp\"]", x), expected);
    }

    @Test
    void whatStandsBesideANetworkInACheckpointIsNoPartOfIt() throws IOException {
        String network = "[{\"lstm\": \"model.lstm\"}, \"last\", {\"linear\": \"model.classifier.0\"}, \"relu\","
                + " {\"linear\": \"model.classifier.3\"}]";
        recurrent("model.lstm", 4, 3, 4, "_l0")
                .linear("model.classifier.0", 4, 3)
                .linear("model.classifier.3", 3, 2)
                .tensor("criterion.weight", 2)
                .tensor("train_acc.total", 1)
                .tensor("optimizer.state.0.exp_avg", 16, 3)
                .tensor("class_weights", 2);
        assertThat(suggested()).contains(network);
        recurrent("ema.module.lstm", 4, 3, 4, "_l0")
                .linear("ema.module.classifier.0", 4, 3)
                .linear("ema.module.classifier.3", 3, 2);
        assertThat(suggested()).contains(network);
    }

    // ---- what may be one ----

    @Test
    void namesAndShapesSuggestANetwork() throws IOException {
        tensor("net.mcc_embedding.weight", 9, 3)
                .tensor("net.bn.running_mean", 5)
                .tensor("net.bn.running_var", 5);
        recurrent("net.rnn", 3, 5, 4, "_l0").linear("net.fc.0", 4, 3).linear("net.fc.3", 3, 1);
        String likely = "[{\"concat\": [\"features\", {\"embedding\": \"net.mcc_embedding\", \"of\": \"mcc\"}]},"
                + " {\"batch_norm\": \"net.bn\"}, {\"gru\": \"net.rnn\"}, \"last\", {\"linear\": \"net.fc.0\"},"
                + " \"relu\", {\"linear\": \"net.fc.3\"}]";
        assertThat(suggested()).contains(likely);
        assertRead(likely, "[features [T, 2], mcc [T] of indices below 9]", "[score [1]]");
        assertThat(open(likely).likelyNetwork()).as("one is said").isEmpty();
        linear("net.other", 77, 2);
        assertThat(suggested()).as("widths that do not follow each other").isEmpty();
        shapes.keySet().removeIf(name -> !name.startsWith("net.rnn"));
        assertThat(suggested()).as("layers alone").isEmpty();
    }

    private java.util.Optional<String> suggested() throws IOException {
        open("[\"last\"]");
        Files.delete(folder.resolve("file.json"));
        return ModelFile.open(folder.resolve("file"), "net").likelyNetwork();
    }

    // ---- the documentation ----

    private static java.util.List<String> documented() {
        String text;
        try {
            text = Files.readString(Path.of("docs/models.md"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        java.util.List<String> networks = new java.util.ArrayList<>();
        java.util.regex.Matcher block = java.util.regex.Pattern.compile(
                        "```json\\n\\{\"network\": (.*?)\\}\\n```", java.util.regex.Pattern.DOTALL)
                .matcher(text);
        while (block.find()) {
            networks.add(block.group(1));
        }
        return networks;
    }

    @Test
    void theNetworksOfTheDocumentationAreRead() {
        java.util.List<String> networks = documented();
        assertThat(networks).hasSize(11);
        recurrent("lstm", 4, 5, 6, "_l0").linear("fc1", 6, 4).linear("fc2", 4, 1);
        assertRead(networks.get(0), "[features [T, 5]]", "[score [1]]");
        recurrent("encoder", 4, 3, 8, "_l0")
                .recurrent("decoder", 4, 8, 8, "_l0")
                .linear("out", 8, 3);
        assertRead(networks.get(1), "[features [T, 3]]", "[reconstruction [T, 3]]");
        recurrent("rnn", 4, 5, 3, "_l0", "_l0_reverse");
        assertRead(networks.get(2), "[features [T, 5]]", "[score [1]]");
        recurrent("lstm", 4, 5, 3, "_l0", "_l0_reverse")
                .linear("att", 6, 4)
                .linear("v", 4, 1)
                .linear("fc", 6, 3);
        assertRead(networks.get(3), "[features [T, 5]]", "[attention [T], score [3]]");
        tensor("bn.running_mean", 6).tensor("bn.running_var", 6).recurrent("gru", 3, 6, 5, "_l0");
        linear("mlp.0", 5, 4).linear("mlp.3", 4, 4);
        assertRead(networks.get(4), "[features [T, 6]]", "[score [4]]");
        shapes.keySet().removeIf(name -> name.startsWith("lstm"));
        tensor("conv.weight", 6, 4, 3).recurrent("lstm", 4, 6, 6, "_l0").linear("fc", 6, 2);
        assertRead(networks.get(5), "[features [T, 4]]", "[score [2]]");
        tensor("mcc_embedding.weight", 40, 2).tensor("channel_embedding.weight", 6, 1);
        assertRead(
                networks.get(6),
                "[amounts [T, 3], mcc [T] of indices below 40, channel [T] of indices below 6]",
                "[score [2]]");
        tensor("item_embedding.weight", 60, 6).recurrent("gru", 3, 6, 6, "_l0");
        assertRead(networks.get(7), "[items [T] of indices below 60]", "[logits [60]]");
        recurrent("lstm1", 4, 7, 6, "_l0").recurrent("lstm2", 4, 6, 8, "_l0");
        tensor("ln1.weight", 6).tensor("ln2.weight", 8).tensor("ln2.bias", 8);
        assertRead(networks.get(8), "[features [T, 7]]", "[tags [T, 3]]");
        tensor("segment_embedding.weight", 7, 4).linear("fc1", 15, 4);
        assertRead(networks.get(9), "[features [T, 6], profile [5], segment [1] of indices below 7]", "[score [1]]");
        linear("mean", 12, 2).linear("spread", 12, 2);
        assertRead(networks.get(10), "[features [T, 6]]", "[mean [2], log_variance [2]]");
    }

    private void assertRead(String network, String inputs, String outputs) {
        Graph graph = graph(network);
        assertThat(graph.inputs().toString()).isEqualTo(inputs);
        assertThat(graph.outputs().toString()).isEqualTo(outputs);
    }

    @Test
    void allWordsAreDocumentedAndWrittenAsTheirExamples() throws IOException {
        String text = Files.readString(Path.of("docs/models.md"));
        for (SidecarWords word : SidecarWords.values()) {
            assertThat(text).containsPattern("[`\"]" + word + "[`\"]");
            assertThat(word.example()).contains("\"" + word + "\"");
            for (String option : word.options()) {
                assertThat(text).contains("\"" + option + "\"");
            }
        }
    }

    // ---- what is wrong ----

    private AbstractThrowableAssert<?, ? extends Throwable> refused(String network) {
        return assertThatThrownBy(() -> graph(network))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("net: file.json beside it: ");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{\"rnn\": \"rnn\"}, \"lasst\"] | network[1]: unknown word \"lasst\" (did you mean \"last\"?); expected one of steps, row,",
                "[{\"lstmm\": \"rnn\"}] | network[0]: unknown word \"lstmm\" (did you mean \"lstm\"?); expected one of",
                "[{\"rnn\": \"rnn\"}, \"last\", {\"linear\": \"fcc\"}] | network[2]: no tensor fcc.weight in the file; modules with a weight are: fc, wide, items, conv, ln",
                "[{\"rnn\": \"gru\"}] | network[0]: \"rnn\": \"gru\": no recurrent network under the prefix 'gru'",
                "[{\"lstm\": \"rnn\"}] | expected {\"rnn\": \"rnn\"}",
                "[{\"rnn\": \"rnn\"}, \"last\", {\"linear\": \"wide\"}] | network[2]: wide.weight [2, 7] takes 7 numbers, but what stands before it has 4",
                "[{\"concat\": [\"a\", \"b\"]}, {\"rnn\": \"rnn\"}] | several inputs give together, and how many each has is not found: a, b. Say it of all but one, as in {\"steps\": \"a\", \"width\": 3}",
                "[{\"concat\": [\"a\", {\"steps\": \"b\", \"width\": 3}]}, {\"rnn\": \"rnn\"}] | takes 3 numbers, but what stands before it has 3 without those of the input \"a\"",
                "[{\"linear\": \"fc\"}, \"last\", \"last\"] | network[2]: \"last\" goes over the steps, but what stands before it is of the row",
                "[{\"linear\": \"fc\"}, \"h_n\"] | network[1]: \"h_n\" takes what stands directly before it, which is no recurrent layer",
                "[{\"rnn\": \"rnn\"}, \"c_n\"] | which is no LSTM, and has no cell state",
                "[\"last\"] | how many numbers the input \"features\" has is not found from the weights",
                "[{\"linear\": \"fc\", \"bias\": 1}] | unknown key \"bias\" beside \"linear\"; known are activation, of",
                "[{\"linear\": \"fc\", \"tanh\": 1}] | an object of several words, linear, tanh",
                "[{\"linear\": 7}] | \"linear\" is written {\"linear\": \"fc\"}",
                "[\"linear\"] | \"linear\" is written {\"linear\": \"fc\"}",
                "[{\"relu\": \"fc\"}] | \"relu\" is written \"relu\"",
                "[{\"embedding\": \"items\"}] | network[0]: an embedding at the beginning has to say of which column",
                "[{\"linear\": \"fc\"}, {\"embedding\": \"items\"}] | an embedding takes the indices of a column",
                "[{\"linear\": \"fc\"}, {\"embedding\": \"items\", \"of\": \"i\"}] | network[1]: does not take what stands before it",
                "[{\"concat\": [{\"embedding\": \"items\", \"of\": \"i\"}, \"i\"]}, {\"linear\": \"fc\"}] | the input \"i\" is taken both as numbers and as the indices",
                "[{\"concat\": [\"p\", {\"row\": \"p\"}]}] | the input \"p\" is taken as one of the row, and elsewhere as one of each step",
                "{\"a\": [\"b\", {\"linear\": \"fc\"}], \"b\": [{\"linear\": \"fc\"}]} | network.b: \"b\" is an input of the network already; expected another name. If it was taken before it is computed here, move this up",
                "[{\"linear\": \"fc\"}, {\"name\": \"score\"}, \"relu\"] | \"score\" is the name of another value already",
                "[{\"linear\": \"fc\"}, []] | network[1]: an empty list",
                "[{\"linear\": \"fc\"}, 7] | network[1]: expected a word, a name in double quotes",
                "[{\"linear\": \"fc\"}, {\"slice\": [1, 5]}] | what stands before it has 3 numbers; expected 0 <= first < end <= 3",
                "[{\"conv1d\": \"conv\", \"padding\": \"valid\"}] | \"padding\" is \"valid\"; expected a whole number, \"same\" or \"causal\"",
                "[{\"conv1d\": \"conv\", \"stride\": 0}] | \"stride\" is 0.0; expected a whole number of 1",
                "[{\"concat\": [{\"conv1d\": \"conv\"}, {\"linear\": \"fc\"}]}] | the network does not fit together: concat 'network[0]'",
                "[{\"batch_norm\": \"ln\"}] | no tensor ln.running_mean in the file; modules with a running_mean are: none; the file has: rnn.weight_ih_l0",
                "[{\"rnn\": \"rnn\", \"nonlinearity\": \"gelu\"}] | \"nonlinearity\" is gelu; expected \"tanh\" or \"relu\"",
                "[{\"row\": \"p\"}, {\"linear\": \"fc\"}] | the network takes no input of steps",
                "[{\"linear\": \"fc\"}, \"repeat\"] | what stands before it is of each step already"
            })
    void whatIsWrongIsSaidWithItsPlace(String network, String message) {
        recurrent("rnn", 1, 3, 4, "_l0").linear("fc", 3, 3).linear("wide", 7, 2).tensor("items.weight", 9, 3);
        tensor("conv.weight", 3, 3, 3).tensor("ln.weight", 3);
        refused(network).hasMessageContaining(message);
    }

    @Test
    void otherFilesSayTheirNetworksThemselves() throws IOException {
        Path onnx = folder.resolve("other.onnx");
        try (java.util.stream.Stream<Path> files = Files.walk(Path.of("src/test/resources"))) {
            Files.copy(
                    files.filter(file -> file.toString().endsWith(".onnx"))
                            .sorted()
                            .findFirst()
                            .orElseThrow(),
                    onnx);
        }
        Files.writeString(folder.resolve("other.onnx.json"), "{\"network\": [\"last\"]}");
        assertThatThrownBy(() -> ModelFile.open(onnx, "other.onnx").whole())
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("leave the key out");
    }

    @Test
    void featuresOfTheSidecarAreThoseOfTheWholeNetworkNotOfItsLayers() {
        linear("up", 3, 5).recurrent("lstm", 4, 5, 4, "_l0").linear("fc", 4, 2);
        ModelFile file = open(
                "[{\"linear\": \"up\"}, {\"lstm\": \"lstm\"}, \"last\", {\"linear\": \"fc\"}], \"features\": [\"a\", \"b\", \"c\"]");
        Network network = file.network(ModelOptions.none(), file.whole().orElseThrow());
        assertThat(Objects.requireNonNull(network.graph()).stepWidth()).isEqualTo(3);
        assertThat(network.model().inputSize()).isEqualTo(5);
        assertThatThrownBy(() -> file.network(ModelOptions.none()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("\"features\" has 3 entries", "input_size is 5");
    }
}
