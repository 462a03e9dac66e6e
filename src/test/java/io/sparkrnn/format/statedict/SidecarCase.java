package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.model.Precision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.StringJoiner;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.io.TempDir;

/** A state dict and a sidecar that says its network, and the same in plain equations of float64. */
abstract class SidecarCase {
    static final int STEPS = 7;

    @TempDir
    Path folder;

    final Random random = new Random(1);
    final Map<String, int[]> shapes = new LinkedHashMap<>();
    final Map<String, double[]> weights = new LinkedHashMap<>();

    // ---- the file, and what is run ----

    SidecarCase tensor(String name, int... shape) {
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

    SidecarCase linear(String name, int in, int out) {
        return tensor(name + ".weight", out, in).tensor(name + ".bias", out);
    }

    SidecarCase recurrent(String name, int gates, int in, int hidden, String... suffixes) {
        for (String suffix : suffixes) {
            tensor(name + ".weight_ih" + suffix, gates * hidden, in);
            tensor(name + ".weight_hh" + suffix, gates * hidden, hidden);
            tensor(name + ".bias_ih" + suffix, gates * hidden);
            tensor(name + ".bias_hh" + suffix, gates * hidden);
        }
        return this;
    }

    ModelFile open(String network) {
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

    Graph graph(String network) {
        return open(network).whole().orElseThrow().graph();
    }

    /** What the outputs are for a row whose inputs are these, [T][width] or [1][width]. */
    Map<String, double[]> run(String network, Map<String, double[][]> row) {
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
        engine.add(STEPS, NumberSource.of(flat(steps)), once.length == 0 ? null : NumberSource.of(once), null, null);
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

    double[] score(String network, double[][] features) {
        return Objects.requireNonNull(run(network, Map.of("features", features)).get("score"));
    }

    static void equal(double @org.jspecify.annotations.Nullable [] actual, double... expected) {
        assertThat(actual).hasSize(expected.length);
        assertThat(actual).containsExactly(expected, within(1e-12));
    }

    // ---- equations ----

    double[][] random(int rows, int columns) {
        double[][] x = new double[rows][];
        for (int r = 0; r < rows; r++) {
            x[r] = random.doubles(columns, -2, 2).toArray();
        }
        return x;
    }

    static double[] flat(double[][] x) {
        return java.util.Arrays.stream(x)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray();
    }

    static double[][] beside(double[][] a, double[][] b) {
        double[][] y = new double[a.length][];
        for (int r = 0; r < a.length; r++) {
            double[] right = b.length == 1 ? b[0] : b[r];
            y[r] = java.util.Arrays.copyOf(a[r], a[r].length + right.length);
            System.arraycopy(right, 0, y[r], a[r].length, right.length);
        }
        return y;
    }

    static double[][] map(double[][] x, DoubleUnaryOperator f) {
        double[][] y = new double[x.length][];
        for (int r = 0; r < x.length; r++) {
            y[r] = java.util.Arrays.stream(x[r]).map(f).toArray();
        }
        return y;
    }

    double[] of(String name) {
        return Objects.requireNonNull(weights.get(name));
    }

    /** W x + b of each row. */
    double[][] linear(String name, double[][] x) {
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

    static double dot(double[] w, int row, double[] x) {
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            sum += w[row * x.length + i] * x[i];
        }
        return sum;
    }

    /** h = tanh(W x + b + U h + c), in one direction; the states are those of the steps they belong to. */
    double[][] rnn(String name, String suffix, double[][] x) {
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

    static double[][] last(double[][] x) {
        return new double[][] {x[x.length - 1]};
    }

    static double[][] turned(double[][] x) {
        double[][] y = new double[x[0].length][x.length];
        for (int r = 0; r < x.length; r++) {
            for (int c = 0; c < x[r].length; c++) {
                y[c][r] = x[r][c];
            }
        }
        return y;
    }

    static double[] softmax(double[] x) {
        double[] e = java.util.Arrays.stream(x).map(Math::exp).toArray();
        double sum = java.util.Arrays.stream(e).sum();
        return java.util.Arrays.stream(e).map(v -> v / sum).toArray();
    }

    // ---- networks ----

    /** As nn.LSTM has it: gates i, f, g, o. */
    double[][] lstm(String name, double[][] x) {
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

    void assertRead(String network, String inputs, String outputs) {
        Graph graph = graph(network);
        assertThat(graph.inputs().toString()).isEqualTo(inputs);
        assertThat(graph.outputs().toString()).isEqualTo(outputs);
    }
}
