package io.sparkrnn.format.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.keras.KerasEquations.Weights;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.model.Precision;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole Keras models against the equations of Keras' documentation, in plain loops in float64. */
class KerasWholeTest {
    private static final int UNITS = 4;

    @TempDir
    Path folder;

    // ---- what a graph gives ----

    static double[] run(Graph graph, String output, double[][] steps, double... row) {
        Engine engine = GraphEngines.of(graph, Precision.FLOAT64, KernelChoice.REFERENCE)
                .engine();
        double[] flat = Arrays.stream(steps).flatMapToDouble(Arrays::stream).toArray();
        engine.add(steps.length, NumberSource.of(flat), row.length == 0 ? null : NumberSource.of(row), null, null);
        engine.run();
        assertThat(engine.problem(0)).isNull();
        int index = graph.outputs().stream().map(each -> each.name()).toList().indexOf(output);
        int width = graph.outputs().get(index).width();
        int rows = engine.outputSteps(index, 0);
        ByteBuffer bytes = ByteBuffer.allocate(rows * width * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        engine.copyOutput(index, 0, bytes, 0, width * Double.BYTES);
        double[] values = new double[rows * width];
        bytes.asDoubleBuffer().get(values);
        return values;
    }

    private Graph read(KerasFile file, String config) {
        Path path = file.whole(folder.resolve("model.h5"), config);
        return ModelFile.open(path, "model.h5").whole().orElseThrow().graph();
    }

    static void gives(double[] found, double[] expected) {
        assertThat(found).containsExactly(expected, within(1e-12));
    }

    // ---- the equations ----

    static double[][] random(int steps, int width) {
        Random random = new Random(31L * steps + width);
        double[][] x = new double[steps][width];
        for (double[] step : x) {
            Arrays.setAll(step, i -> random.nextDouble() * 4 - 2);
        }
        return x;
    }

    static KerasFile recurrent(KerasFile file, String kind, String name, int inputs, String config) {
        int gates = gates(kind);
        file.layer(
                kind,
                name,
                "\"units\":4,\"recurrent_activation\":\"sigmoid\",\"activation\":\"tanh\",\"reset_after\":true,\"use_bias\":true"
                        + (config.isEmpty() ? "" : "," + config));
        return weights(file, kind, name, "", inputs, gates);
    }

    private static int gates(String kind) {
        return kind.equals("LSTM") ? 4 : kind.equals("GRU") ? 3 : 1;
    }

    static KerasFile weights(KerasFile file, String kind, String name, String prefix, int inputs, int gates) {
        return file.weight(name, prefix + "kernel", inputs, gates * UNITS)
                .weight(name, prefix + "recurrent_kernel", UNITS, gates * UNITS)
                .weight(name, prefix + "bias", kind.equals("GRU") ? 2 : 1, gates * UNITS);
    }

    static Weights of(KerasFile file, String kind, String name, String prefix) {
        double[] bias = Arrays.stream(file.get(name, prefix + "bias"))
                .flatMapToDouble(Arrays::stream)
                .toArray();
        return new Weights(
                kind,
                file.get(name, prefix + "kernel"),
                file.get(name, prefix + "recurrent_kernel"),
                bias,
                true,
                Math::tanh,
                KerasEquations::sigmoid);
    }

    static double[] dense(KerasFile file, String name, double[] x, DoubleUnaryOperator function) {
        double[][] kernel = file.get(name, "kernel");
        double[] y = file.vector(name, "bias").clone();
        for (int j = 0; j < y.length; j++) {
            for (int i = 0; i < x.length; i++) {
                y[j] += x[i] * kernel[i][j];
            }
            y[j] = function.applyAsDouble(y[j]);
        }
        return y;
    }

    static double[] softmax(double[] x) {
        double[] powers = Arrays.stream(x).map(Math::exp).toArray();
        double total = Arrays.stream(powers).sum();
        return Arrays.stream(powers).map(power -> power / total).toArray();
    }

    private static double[][] keptSteps(double[][] x, boolean[] mask) {
        List<double[]> kept = new ArrayList<>();
        for (int t = 0; t < x.length; t++) {
            if (mask[t]) {
                kept.add(x[t]);
            }
        }
        return kept.toArray(double[][]::new);
    }

    /** What was computed of the steps that count, at its place: a masked step repeats the one before. */
    private static double[][] carried(double[][] kept, boolean[] mask, boolean backward) {
        double[][] all = new double[mask.length][];
        double @Nullable [] last = null;
        int next = backward ? kept.length - 1 : 0;
        for (int i = 0; i < mask.length; i++) {
            int t = backward ? mask.length - 1 - i : i;
            if (mask[t]) {
                last = kept[next];
                next += backward ? -1 : 1;
            }
            all[t] = last == null ? new double[UNITS] : last;
        }
        return all;
    }

    // ---- recurrent layers and what follows ----

    @ParameterizedTest
    @ValueSource(strings = {"SimpleRNN", "LSTM", "GRU"})
    void aDenseLayerMakesPredictionsOfTheLastState(String kind) {
        KerasFile file = recurrent(new KerasFile(1, "2.4.0"), kind, "rnn", 3, "\"batch_input_shape\":[null,null,3]")
                .layer("Dropout", "drop", "")
                .layer("Dense", "score", "\"activation\":\"softmax\",\"use_bias\":true")
                .weight("score", "kernel", UNITS, 2)
                .weight("score", "bias", 1, 2);
        Graph graph = read(file, file.sequential());
        assertThat(graph.inputs().toString()).isEqualTo("[rnn_input [T, 3]]");
        assertThat(graph.outputs().toString()).isEqualTo("[score [2]]");
        for (int steps : new int[] {1, 5, 9}) {
            double[][] x = random(steps, 3);
            double[][] h = KerasEquations.run(of(file, kind, "rnn", ""), x, false);
            gives(run(graph, "score", x), softmax(dense(file, "score", h[steps - 1], v -> v)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"concat", "sum", "mul", "ave"})
    void theTwoDirectionsAreMergedAsSaid(String mode) {
        KerasFile file = new KerasFile(2, "2.4.0");
        file.layer(
                "Bidirectional",
                "both",
                "\"batch_input_shape\":[null,null,3],\"merge_mode\":\"" + mode
                        + "\",\"layer\":{\"class_name\":\"LSTM\",\"config\":"
                        + "{\"name\":\"lstm\",\"units\":4,\"return_sequences\":true,\"activation\":\"tanh\","
                        + "\"recurrent_activation\":\"sigmoid\",\"use_bias\":true}}");
        weights(file, "LSTM", "both", "forward_lstm/", 3, 4);
        weights(file, "LSTM", "both", "backward_lstm/", 3, 4);
        file.layer(
                        "TimeDistributed",
                        "tags",
                        "\"layer\":{\"class_name\":\"Dense\",\"config\":{\"activation\":\"tanh\"}}")
                .weight("tags", "kernel", mode.equals("concat") ? 2 * UNITS : UNITS, 2)
                .weight("tags", "bias", 1, 2);
        Graph graph = read(file, file.sequential());
        double[][] x = random(6, 3);
        double[][] forward = KerasEquations.run(of(file, "LSTM", "both", "forward_lstm/"), x, false);
        double[][] backward =
                KerasEquations.reversed(KerasEquations.run(of(file, "LSTM", "both", "backward_lstm/"), x, true));
        double[] expected = new double[0];
        for (int t = 0; t < x.length; t++) {
            double[] merged = new double[mode.equals("concat") ? 2 * UNITS : UNITS];
            for (int u = 0; u < UNITS; u++) {
                double a = forward[t][u];
                double b = backward[t][u];
                switch (mode) {
                    case "concat" -> {
                        merged[u] = a;
                        merged[UNITS + u] = b;
                    }
                    case "sum" -> merged[u] = a + b;
                    case "mul" -> merged[u] = a * b;
                    default -> merged[u] = (a + b) / 2;
                }
            }
            expected = joined(expected, dense(file, "tags", merged, Math::tanh));
        }
        gives(run(graph, "tags", x), expected);
    }

    static double[] joined(double[] a, double... b) {
        double[] both = Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        return both;
    }

    // ---- masks ----

    @ParameterizedTest
    @ValueSource(strings = {"11111", "01101", "00110", "11000", "10001", "00000"})
    void maskedStepsCarryTheStateAndRepeatTheOutput(String steps) {
        KerasFile file = new KerasFile(3, "2.2.0");
        file.layer("Masking", "masking", "\"mask_value\":-2.0,\"batch_input_shape\":[null,null,3]");
        recurrent(file, "LSTM", "first", 3, "\"return_sequences\":true");
        recurrent(file, "GRU", "second", UNITS, "\"go_backwards\":true");
        Graph graph = read(file, file.sequential());
        boolean[] mask = new boolean[steps.length()];
        double[][] x = random(mask.length, 3);
        for (int t = 0; t < mask.length; t++) {
            mask[t] = steps.charAt(t) == '1';
            if (!mask[t]) {
                Arrays.fill(x[t], -2);
            }
        }
        double[][] first =
                carried(KerasEquations.run(of(file, "LSTM", "first", ""), keptSteps(x, mask), false), mask, false);
        double[][] kept = KerasEquations.run(of(file, "GRU", "second", ""), keptSteps(first, mask), true);
        gives(run(graph, "second", x), kept.length == 0 ? new double[UNITS] : kept[kept.length - 1]);
    }

    @Test
    void aBidirectionalLayerRepeatsInItsOwnDirectionAndAMeanIsOfWhatCounts() {
        KerasFile file = new KerasFile(4, "2.2.0");
        file.layer("Masking", "masking", "\"mask_value\":0.0,\"batch_input_shape\":[null,null,3]");
        file.layer(
                "Bidirectional",
                "both",
                "\"merge_mode\":\"concat\",\"layer\":{\"class_name\":\"LSTM\",\"config\":{\"name\":\"lstm\",\"units\":4,"
                        + "\"return_sequences\":true,\"activation\":\"tanh\",\"recurrent_activation\":\"sigmoid\"}}");
        weights(file, "LSTM", "both", "forward_lstm/", 3, 4);
        weights(file, "LSTM", "both", "backward_lstm/", 3, 4);
        String every = file.sequential();
        file.layer("GlobalAveragePooling1D", "mean", "");
        boolean[] mask = {false, true, false, true, true, false};
        double[][] x = random(mask.length, 3);
        for (int t = 0; t < mask.length; t++) {
            if (!mask[t]) {
                Arrays.fill(x[t], 0);
            }
        }
        double[][] forward = carried(
                KerasEquations.run(of(file, "LSTM", "both", "forward_lstm/"), keptSteps(x, mask), false), mask, false);
        double[][] backward = carried(
                KerasEquations.reversed(
                        KerasEquations.run(of(file, "LSTM", "both", "backward_lstm/"), keptSteps(x, mask), true)),
                mask,
                true);
        double[] steps = new double[0];
        double[] mean = new double[2 * UNITS];
        for (int t = 0; t < mask.length; t++) {
            double[] both = joined(forward[t], backward[t]);
            steps = joined(steps, both);
            for (int u = 0; u < both.length && mask[t]; u++) {
                mean[u] += both[u] / 3;
            }
        }
        gives(run(read(file, file.sequential()), "mean", x), mean);
        gives(run(read(file, every), "both", x), steps);
    }

    @Test
    void aLayerThatIsCalledWithNothingIsRefused() {
        KerasFile file =
                new KerasFile(9, "2.4.0").layer("InputLayer", "numbers", "\"batch_input_shape\":[null,null,3]");
        file.layer(
                "LSTM", "rnn", "\"units\":4,\"activation\":\"tanh\",\"recurrent_activation\":\"sigmoid\"", "numbers");
        weights(file, "LSTM", "rnn", "", 3, 4).layer("Concatenate", "both", "\"axis\":-1", "rnn");
        String config = file.functional("[\"numbers\",0,0]", "[\"both\",0,0]").replace("[[\"rnn\",0,0,{}]]", "[[]]");
        assertThatThrownBy(() -> read(file, config))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("'both' (Concatenate) is called with nothing");
    }

    // ---- functional models ----

    @Test
    void embeddingsNumbersAndWhatARowHasAreJoined() {
        KerasFile file = new KerasFile(5, "2.4.0");
        file.layer("InputLayer", "codes", "\"batch_input_shape\":[null,null],\"dtype\":\"int32\"")
                .layer("InputLayer", "amounts", "\"batch_input_shape\":[null,null,2]")
                .layer("InputLayer", "profile", "\"batch_input_shape\":[null,3]")
                .layer("Embedding", "table", "\"input_dim\":7,\"output_dim\":3,\"mask_zero\":true", "codes")
                .weight("table", "embeddings", 7, 3)
                .layer("Concatenate", "steps", "\"axis\":-1", "table", "amounts")
                .layer(
                        "GRU",
                        "gru",
                        "\"units\":4,\"reset_after\":true,\"activation\":\"tanh\",\"recurrent_activation\":\"sigmoid\"",
                        "steps");
        weights(file, "GRU", "gru", "", 5, 3);
        file.layer("Concatenate", "all", "\"axis\":-1", "gru", "profile")
                .layer("Dense", "risk", "\"activation\":\"sigmoid\"", "all")
                .weight("risk", "kernel", 7, 1)
                .weight("risk", "bias", 1, 1)
                .layer("Dense", "value", "\"activation\":\"relu\"", "all")
                .weight("value", "kernel", 7, 2)
                .weight("value", "bias", 1, 2)
                .layer("Lambda", "training only", "", "gru");
        Graph graph = read(
                file,
                file.functional(
                        "[\"codes\",0,0],[\"amounts\",0,0],[\"profile\",0,0]", "[\"risk\",0,0],[\"value\",0,0]"));
        assertThat(graph.inputs().toString()).isEqualTo("[codes [T] of indices below 7, amounts [T, 2], profile [3]]");
        int[] codes = {0, 3, 6, 0, 2};
        double[][] amounts = random(codes.length, 2);
        double[] profile = {0.5, -1, 2};
        boolean[] mask = new boolean[codes.length];
        double[][] given = new double[codes.length][];
        double[][] x = new double[codes.length][];
        for (int t = 0; t < codes.length; t++) {
            mask[t] = codes[t] != 0;
            given[t] = joined(new double[] {codes[t]}, amounts[t]);
            x[t] = joined(file.get("table", "embeddings")[codes[t]], amounts[t]);
        }
        double[][] h = KerasEquations.run(of(file, "GRU", "gru", ""), keptSteps(x, mask), false);
        double[] all = joined(h[h.length - 1], profile);
        gives(run(graph, "risk", given, profile), dense(file, "risk", all, KerasEquations::sigmoid));
        gives(run(graph, "value", given, profile), dense(file, "value", all, v -> Math.max(0, v)));
    }

    @Test
    void anOutputOfStepsByStepsIsLeftOutAndTheUserIsTold() {
        KerasFile file = new KerasFile(13, "2.4.0");
        file.layer("InputLayer", "features", "\"batch_input_shape\":[null,null,3]")
                .layer(
                        "LSTM",
                        "lstm",
                        "\"units\":4,\"return_sequences\":true,\"activation\":\"tanh\",\"recurrent_activation\":\"sigmoid\"",
                        "features");
        weights(file, "LSTM", "lstm", "", 3, 4);
        file.layer("Dot", "alike", "\"axes\":[2,2],\"normalize\":false", "lstm", "lstm")
                .layer("Dense", "score", "\"activation\":\"linear\"", "lstm")
                .weight("score", "kernel", UNITS, 1)
                .weight("score", "bias", 1, 1);
        Path path = file.whole(
                folder.resolve("model.h5"), file.functional("[\"features\",0,0]", "[\"score\",0,0],[\"alike\",0,0]"));
        ModelFile opened = ModelFile.open(path, "model.h5");
        Network network = opened.network(ModelOptions.none(), opened.whole().orElseThrow());
        assertThat(Objects.requireNonNull(network.graph()).outputs().toString()).isEqualTo("[score [T, 1]]");
        assertThat(network.notes()).hasSize(1).first().asString().contains("two axes that count steps", "alike");
    }

    @Test
    void aLayerThatAnOutputNeedsIsRefusedByItsName() {
        KerasFile file = recurrent(new KerasFile(6, "2.4.0"), "LSTM", "lstm", 3, "\"batch_input_shape\":[null,null,3]")
                .layer("Lambda", "twice", "");
        assertThatThrownBy(() -> read(file, file.sequential()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("'twice' (Lambda)", "code of Python", "Dense", "--node");
    }

    // ---- convolutions ----

    @ParameterizedTest
    @CsvSource({"valid, 1, 1", "same, 1, 1", "same, 2, 1", "causal, 1, 1", "causal, 1, 2", "valid, 2, 1"})
    void aConvolutionSeesZerosBeyondTheEnds(String padding, int stride, int dilation) {
        int size = 3;
        int filters = 2;
        KerasFile file = new KerasFile(8, "2.4.0");
        file.layer(
                "Conv1D",
                "conv",
                "\"batch_input_shape\":[null,null,3],\"padding\":\"" + padding + "\",\"strides\":[" + stride
                        + "],\"dilation_rate\":[" + dilation + "],\"activation\":\"relu\",\"kernel_size\":[3]");
        double[][][] kernel = new double[size][3][filters];
        Random random = new Random(9);
        for (double[][] plane : kernel) {
            for (double[] row : plane) {
                Arrays.setAll(row, i -> (float) random.nextGaussian());
            }
        }
        file.kernel("conv", "kernel", kernel).weight("conv", "bias", 1, filters);
        Graph graph = read(recurrent(file, "LSTM", "lstm", filters, "\"return_sequences\":true"), file.sequential());
        for (int steps : new int[] {5, 8}) {
            double[][] x = random(steps, 3);
            int span = dilation * (size - 1) + 1;
            int count = padding.equals("valid") ? (steps - span) / stride + 1 : (steps + stride - 1) / stride;
            int total = Math.max(0, (count - 1) * stride + span - steps);
            int before = padding.equals("valid") ? 0 : padding.equals("causal") ? span - 1 : total / 2;
            double[][] y = new double[count][filters];
            for (int t = 0; t < count; t++) {
                for (int f = 0; f < filters; f++) {
                    double sum = file.vector("conv", "bias")[f];
                    for (int k = 0; k < size; k++) {
                        int at = t * stride + k * dilation - before;
                        for (int c = 0; c < 3 && at >= 0 && at < steps; c++) {
                            sum += x[at][c] * kernel[k][c][f];
                        }
                    }
                    y[t][f] = Math.max(0, sum);
                }
            }
            double[][] h = KerasEquations.run(of(file, "LSTM", "lstm", ""), y, false);
            gives(
                    run(graph, "lstm", x),
                    Arrays.stream(h).flatMapToDouble(Arrays::stream).toArray());
        }
    }

    // ---- former Kerases ----

    @ParameterizedTest
    @CsvSource({"LSTM, 4", "GRU, 3"})
    void weightsOfCuDnnAreBroughtIntoTheOrderOfTheOthers(String kind, int gates) {
        KerasFile plain = recurrent(new KerasFile(10, "2.2.4"), kind, "rnn", 3, "\"batch_input_shape\":[null,null,3]");
        KerasFile cuDnn = new KerasFile(10, "2.2.4");
        cuDnn.layer("CuDNN" + kind, "rnn", "\"units\":4,\"batch_input_shape\":[null,null,3]");
        // As convert_rnn_weights of Keras has it: kernel.T.reshape(kernel.shape, order='C'), and the transpose.
        double[][] kernel = plain.get("rnn", "kernel");
        double[][] recurrent = plain.get("rnn", "recurrent_kernel");
        double[][] kernelOfCuDnn = new double[3][gates * UNITS];
        double[][] recurrentOfCuDnn = new double[UNITS][gates * UNITS];
        for (int g = 0; g < gates; g++) {
            int n = 0;
            for (int h = 0; h < UNITS; h++) {
                for (int i = 0; i < 3; i++, n++) {
                    kernelOfCuDnn[n / UNITS][g * UNITS + n % UNITS] = kernel[i][g * UNITS + h];
                }
                for (int i = 0; i < UNITS; i++) {
                    recurrentOfCuDnn[i][g * UNITS + h] = recurrent[h][g * UNITS + i];
                }
            }
        }
        double[] bias = Arrays.stream(plain.get("rnn", "bias"))
                .flatMapToDouble(Arrays::stream)
                .toArray();
        double[] both = kind.equals("LSTM") ? joined(bias, new double[bias.length]) : bias;
        cuDnn.weight("rnn", "kernel", kernelOfCuDnn)
                .weight("rnn", "recurrent_kernel", recurrentOfCuDnn)
                .weight("rnn", "bias", new double[][] {both});
        for (KerasFile file : List.of(plain, cuDnn)) {
            file.layer("Flatten", "flat", "");
        }
        double[][] x = random(7, 3);
        gives(run(read(cuDnn, cuDnn.sequential()), "flat", x), run(read(plain, plain.sequential()), "flat", x));
    }

    @Test
    void keras1HasAMatrixForEachGate() {
        KerasFile plain =
                recurrent(new KerasFile(11, "2.0.0"), "LSTM", "lstm_1", 3, "\"batch_input_shape\":[null,null,3]");
        KerasFile first = new KerasFile(11, "1.2.2");
        first.layer(
                "LSTM",
                "lstm_1",
                "\"output_dim\":4,\"batch_input_shape\":[null,null,3],\"activation\":\"tanh\",\"inner_activation\":\"sigmoid\"");
        String[] gates = {"i", "f", "c", "o"};
        for (String g : new String[] {"i", "c", "f", "o"}) {
            int gate = List.of(gates).indexOf(g);
            first.weight("lstm_1", "lstm_1_W_" + g, columns(plain.get("lstm_1", "kernel"), gate))
                    .weight("lstm_1", "lstm_1_U_" + g, columns(plain.get("lstm_1", "recurrent_kernel"), gate))
                    .weight("lstm_1", "lstm_1_b_" + g, columns(plain.get("lstm_1", "bias"), gate));
        }
        first.layer("Dense", "dense_1", "\"output_dim\":2,\"activation\":\"linear\",\"bias\":true")
                .weight("dense_1", "kernel", UNITS, 2)
                .weight("dense_1", "bias", 1, 2);
        double[][] x = random(6, 3);
        double[][] h = KerasEquations.run(of(plain, "LSTM", "lstm_1", ""), x, false);
        gives(run(read(first, first.sequential()), "dense_1", x), dense(first, "dense_1", h[5], v -> v));
    }

    private static double[][] columns(double[][] matrix, int gate) {
        double[][] part = new double[matrix.length][];
        for (int r = 0; r < part.length; r++) {
            part[r] = Arrays.copyOfRange(matrix[r], gate * UNITS, (gate + 1) * UNITS);
        }
        return part;
    }

    @Test
    void weightsAloneAreReadWithTheArchitectureBesideThem() throws IOException {
        KerasFile file = recurrent(new KerasFile(12, "2.0.8"), "LSTM", "lstm", 3, "\"batch_input_shape\":[null,4,3]")
                .layer("Dense", "dense", "\"activation\":\"linear\"")
                .weight("dense", "kernel", UNITS, 1)
                .weight("dense", "bias", 1, 1);
        Path weights = file.weightsAlone(folder.resolve("net.h5"));
        assertThatThrownBy(() -> ModelFile.open(weights, "net.h5"))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("to_json()", "--architecture");
        Files.writeString(folder.resolve("net.json"), file.sequential());
        double[][] x = random(4, 3);
        double[][] h = KerasEquations.run(of(file, "LSTM", "lstm", ""), x, false);
        Graph graph = ModelFile.open(weights, "net.h5").whole().orElseThrow().graph();
        gives(run(graph, "dense", x), dense(file, "dense", h[3], v -> v));
    }
}
