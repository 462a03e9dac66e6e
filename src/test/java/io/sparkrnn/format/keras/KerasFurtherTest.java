package io.sparkrnn.format.keras;

import static io.sparkrnn.format.keras.KerasWholeTest.dense;
import static io.sparkrnn.format.keras.KerasWholeTest.gives;
import static io.sparkrnn.format.keras.KerasWholeTest.joined;
import static io.sparkrnn.format.keras.KerasWholeTest.random;
import static io.sparkrnn.format.keras.KerasWholeTest.recurrent;
import static io.sparkrnn.format.keras.KerasWholeTest.run;
import static io.sparkrnn.format.keras.KerasWholeTest.softmax;
import static io.sparkrnn.format.keras.KerasWholeTest.weights;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.graph.Graph;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people build of Keras' layers, against the equations of its documentation in plain loops in float64. */
class KerasFurtherTest {
    private static final int UNITS = 4;
    private static final String RNN = "\"units\":4,\"activation\":\"tanh\",\"recurrent_activation\":\"sigmoid\","
            + "\"reset_after\":true,\"use_bias\":true";

    @TempDir
    Path folder;

    private WholeNetwork whole(KerasFile file, String config) {
        Path path = file.whole(folder.resolve("model.h5"), config);
        return ModelFile.open(path, "model.h5").whole().orElseThrow();
    }

    private Graph read(KerasFile file, String config) {
        return whole(file, config).graph();
    }

    private static String inner(String className, String name, String config) {
        return "{\"class_name\":\"" + className + "\",\"config\":{\"name\":\"" + name + "\""
                + (config.isEmpty() ? "" : "," + config) + "}}";
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static double[][][] kernel(int... sizes) {
        Random random = new Random(Arrays.hashCode(sizes));
        double[][][] values = new double[sizes[0]][sizes[1]][sizes[2]];
        for (double[][] plane : values) {
            for (double[] row : plane) {
                Arrays.setAll(row, i -> (float) (random.nextGaussian() * 0.5));
            }
        }
        return values;
    }

    // ---- models in models ----

    @ParameterizedTest
    @ValueSource(strings = {"GRU", "LSTM", "SimpleRNN"})
    void aModelInAModelHasItsWeightsInOneGroup(String kind) {
        KerasFile file = new KerasFile(21, "2.9.0");
        String nested = inner(kind, "rnn", RNN + ",\"return_sequences\":true") + ","
                + inner("Dense", "squeeze", "\"activation\":\"tanh\"");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,3]")
                .layer("Sequential", "encoder", "\"layers\":[" + nested + "]", "x");
        weights(file, kind, "encoder", "rnn/", 3, kind.equals("LSTM") ? 4 : kind.equals("GRU") ? 3 : 1)
                .weight("encoder", "squeeze/kernel", UNITS, 2)
                .weight("encoder", "squeeze/bias", 1, 2)
                .layer("Dense", "score", "\"activation\":\"linear\"", "encoder")
                .weight("score", "kernel", 2, 1)
                .weight("score", "bias", 1, 1);
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"score\",0,0]"));
        double[][] x = random(5, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, kind, "encoder", "rnn/"), x, false);
        double[] expected = new double[0];
        for (double[] state : h) {
            double[][] kernel = file.get("encoder", "squeeze/kernel");
            double[] y = file.vector("encoder", "squeeze/bias").clone();
            for (int j = 0; j < y.length; j++) {
                for (int i = 0; i < UNITS; i++) {
                    y[j] += state[i] * kernel[i][j];
                }
                y[j] = Math.tanh(y[j]);
            }
            expected = joined(expected, dense(file, "score", y, v -> v));
        }
        gives(run(graph, "score", x), expected);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLayerGoesOverThePartsOfEachStep(boolean model) {
        KerasFile file = new KerasFile(22, "2.9.0");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,6,3]");
        String lstm = inner("LSTM", "words", RNN);
        String sequential = inner("Sequential", "sentence", "\"layers\":[" + lstm + "]");
        file.layer("TimeDistributed", "each", "\"layer\":" + (model ? sequential : lstm), "x");
        weights(file, "LSTM", "each", model ? "words/" : "", 3, 4).layer("GRU", "all", RNN, "each");
        weights(file, "GRU", "all", "", UNITS, 3);
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"all\",0,0]"));
        assertThat(graph.inputs().toString()).isEqualTo("[x [T, 18]]");
        for (int steps : new int[] {1, 4}) {
            double[][] x = random(steps, 18);
            double[][] ends = new double[steps][];
            for (int t = 0; t < steps; t++) {
                double[][] words = new double[6][];
                for (int w = 0; w < 6; w++) {
                    words[w] = Arrays.copyOfRange(x[t], 3 * w, 3 * w + 3);
                }
                ends[t] = KerasEquations.run(
                        KerasWholeTest.of(file, "LSTM", "each", model ? "words/" : ""), words, false)[5];
            }
            gives(
                    run(graph, "all", x),
                    KerasEquations.run(KerasWholeTest.of(file, "GRU", "all", ""), ends, false)[steps - 1]);
        }
    }

    @Test
    void cellsAreStacked() {
        KerasFile file = new KerasFile(23, "2.9.0");
        file.layer(
                "RNN",
                "rnn",
                "\"batch_input_shape\":[null,null,3],\"return_sequences\":true,\"cell\":"
                        + inner(
                                "StackedRNNCells",
                                "cells",
                                "\"cells\":[" + inner("LSTMCell", "a", RNN) + "," + inner("GRUCell", "b", RNN) + "]"));
        weights(file, "LSTM", "rnn", "a/", 3, 4);
        weights(file, "GRU", "rnn", "b/", UNITS, 3);
        file.layer("Dense", "score", "\"activation\":\"sigmoid\"")
                .weight("score", "kernel", UNITS, 1)
                .weight("score", "bias", 1, 1);
        double[][] x = random(6, 3);
        double[][] first = KerasEquations.run(KerasWholeTest.of(file, "LSTM", "rnn", "a/"), x, false);
        double[][] second = KerasEquations.run(KerasWholeTest.of(file, "GRU", "rnn", "b/"), first, false);
        double[] expected = new double[0];
        for (double[] state : second) {
            expected = joined(expected, dense(file, "score", state, KerasEquations::sigmoid));
        }
        gives(run(read(file, file.sequential()), "score", x), expected);
    }

    // ---- functions between layers ----

    private static String tensor(String layer) {
        return "{\"class_name\":\"__keras_tensor__\",\"config\":{\"shape\":[null,null,4],\"dtype\":\"float32\","
                + "\"keras_history\":[\"" + layer + "\",0,0]}}";
    }

    private static String op(String className, String name, String config, String args, String kwargs) {
        return "{\"module\":\"keras.src.ops.numpy\",\"class_name\":\"" + className + "\",\"name\":\"" + name
                + "\",\"config\":{\"name\":\"" + name + "\"" + (config.isEmpty() ? "" : "," + config)
                + "},\"inbound_nodes\":[{\"args\":[" + args + "],\"kwargs\":{" + kwargs + "}}]}";
    }

    @Test
    void functionsOfKeras3() {
        KerasFile file = new KerasFile(24, "3.3.3");
        file.layer("InputLayer", "x", "\"batch_shape\":[null,null,3]")
                .layer("GRU", "gru", RNN + ",\"return_sequences\":true", "x");
        weights(file, "GRU", "gru", "", 3, 3);
        String all = "{\"class_name\":\"__slice__\",\"config\":{\"start\":null,\"stop\":null,\"step\":null}}";
        file.raw(op("GetItem", "last", "", tensor("gru") + ",[" + all + ",-1," + all + "]", ""))
                .raw(op("Mean", "mean", "\"axis\":1,\"keepdims\":false", tensor("gru"), ""))
                .raw(op("Multiply", "product", "", tensor("last") + "," + tensor("mean"), ""))
                .raw(op("Add", "more", "", tensor("product") + ",0.5", ""))
                .raw(op("Concatenate", "both", "\"axis\":-1", "[" + tensor("more") + "," + tensor("last") + "]", ""))
                .raw(op("ExpandDims", "wide", "\"axis\":1", tensor("both"), ""))
                .raw(op("Squeeze", "narrow", "\"axis\":1", tensor("wide"), ""));
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"narrow\",0,0]"));
        double[][] x = random(5, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "GRU", "gru", ""), x, false);
        double[] expected = new double[2 * UNITS];
        for (int u = 0; u < UNITS; u++) {
            double mean = 0;
            for (double[] state : h) {
                mean += state[u] / 5;
            }
            expected[u] = h[4][u] * mean + 0.5;
            expected[UNITS + u] = h[4][u];
        }
        gives(run(graph, "narrow", x), expected);
    }

    @Test
    void functionsOfTensorFlow() {
        KerasFile file = new KerasFile(25, "2.9.0");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,3]")
                .layer("LSTM", "lstm", RNN + ",\"return_sequences\":true", "x");
        weights(file, "LSTM", "lstm", "", 3, 4);
        String all = "{\"start\":null,\"stop\":null,\"step\":null}";
        file.raw("{\"class_name\":\"SlicingOpLambda\",\"name\":\"last\",\"config\":{\"name\":\"last\",\"function\":"
                        + "\"__operators__.getitem\"},\"inbound_nodes\":[[\"lstm\",0,0,{\"slice_spec\":[" + all
                        + ",-1," + all + "]}]]}")
                .raw("{\"class_name\":\"TFOpLambda\",\"name\":\"mean\",\"config\":{\"name\":\"mean\",\"function\":"
                        + "\"math.reduce_mean\"},\"inbound_nodes\":[[\"lstm\",0,0,{\"axis\":1}]]}")
                .raw("{\"class_name\":\"TFOpLambda\",\"name\":\"sub\",\"config\":{\"name\":\"sub\",\"function\":"
                        + "\"math.subtract\"},\"inbound_nodes\":[[\"last\",0,0,{\"y\":[\"mean\",0,0],\"name\":null}]]}")
                .raw("{\"class_name\":\"TFOpLambda\",\"name\":\"out\",\"config\":{\"name\":\"out\",\"function\":"
                        + "\"math.multiply\"},\"inbound_nodes\":[[\"sub\",0,0,{\"y\":2.0,\"name\":null}]]}");
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"out\",0,0]"));
        double[][] x = random(4, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "LSTM", "lstm", ""), x, false);
        double[] expected = new double[UNITS];
        for (int u = 0; u < UNITS; u++) {
            expected[u] = 2 * (h[3][u] - (h[0][u] + h[1][u] + h[2][u] + h[3][u]) / 4);
        }
        gives(run(graph, "out", x), expected);
    }

    private static String tf(String function, String name, String from, String named) {
        return "{\"class_name\":\"TFOpLambda\",\"name\":\"" + name + "\",\"config\":{\"name\":\"" + name
                + "\",\"function\":\"" + function + "\"},\"inbound_nodes\":[[\"" + from + "\",0,0,{" + named + "}]]}";
    }

    @Test
    void functionsDoWhatTheyAreTold() {
        KerasFile file = new KerasFile(34, "2.9.0");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,3]")
                .raw(tf("math.cumsum", "sums", "x", "\"axis\":1,\"exclusive\":true,\"reverse\":true"))
                .raw(tf("nn.elu", "bent", "sums", "\"alpha\":0.5"))
                .raw(tf("math.less", "low", "x", "\"y\":0"))
                .raw(tf("where", "chosen", "low", "\"x\":[\"bent\",0,0],\"y\":[\"x\",0,0]"));
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"chosen\",0,0]"));
        double[][] x = random(4, 3);
        double[] expected = new double[12];
        for (int t = 0; t < 4; t++) {
            for (int i = 0; i < 3; i++) {
                double sum = 0;
                for (int later = t + 1; later < 4; later++) {
                    sum += x[later][i];
                }
                double bent = sum < 0 ? 0.5 * Math.expm1(sum) : sum;
                expected[3 * t + i] = x[t][i] < 0 ? bent : x[t][i];
            }
        }
        gives(run(graph, "chosen", x), expected);
    }

    @Test
    void anEquationTakesAValueTwice() {
        KerasFile file = new KerasFile(35, "3.3.3");
        file.layer("InputLayer", "x", "\"batch_shape\":[null,null,3]")
                .raw(op("Einsum", "squares", "\"subscripts\":\"bti,btj->bij\"", tensor("x") + "," + tensor("x"), ""));
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"squares\",0,0]"));
        double[][] x = random(4, 3);
        double[] expected = new double[9];
        for (double[] step : x) {
            for (int i = 0; i < 9; i++) {
                expected[i] += step[i / 3] * step[i % 3];
            }
        }
        gives(run(graph, "squares", x), expected);
    }

    @Test
    void aQuotientOfWholeNumbersIsNone() {
        KerasFile file = new KerasFile(36, "3.3.3");
        file.layer("InputLayer", "x", "\"batch_shape\":[null,null,3]")
                .raw(op("Greater", "above", "", tensor("x") + ",0", ""))
                .raw(op("Cast", "counted", "\"dtype\":\"int32\"", tensor("above"), ""))
                .raw(op("Sum", "count", "\"axis\":1", tensor("counted"), ""))
                .raw(op("Add", "more", "", tensor("count") + "," + tensor("count"), ""))
                .raw(op("Divide", "half", "", tensor("count") + "," + tensor("more"), ""))
                .raw(op("Mean", "mean", "\"axis\":1", tensor("counted"), ""))
                .raw(op("Concatenate", "both", "\"axis\":-1", "[" + tensor("half") + "," + tensor("mean") + "]", ""));
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"both\",0,0]"));
        gives(run(graph, "both", new double[][] {{1, -1, 2}, {1, 1, -2}, {-3, 1, 1}, {-1, -1, 1}}), new double[] {
            0.5, 0.5, 0.5, 0.5, 0.5, 0.75
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"Reshape", "Flip", "Cumsum", "ExpandDims", "Round", "Clip", "Einsum"})
    void aFunctionThatIsToldTooLittleOrTooMuchIsRefused(String kind) {
        String config = switch (kind) {
            case "ExpandDims" -> "\"axis\":[1,2]";
            case "Round" -> "\"decimals\":2";
            case "Clip" -> "\"x_min\":" + tensor("x") + ",\"x_max\":1";
            case "Einsum" -> "\"subscripts\":\"bti,btj->bij\"";
            default -> "";
        };
        KerasFile file = new KerasFile(37, "3.3.3");
        file.layer("InputLayer", "x", "\"batch_shape\":[null,null,3]").raw(op(kind, "odd", config, tensor("x"), ""));
        assertThatThrownBy(() -> whole(file, file.functional("[\"x\",0,0]", "[\"odd\",0,0]")))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("layer 'odd' (" + kind + ")", "cannot be run");
    }

    @Test
    void layersThatNoOutputNeedsAreNotInTheWayOfOthers() {
        KerasFile file = new KerasFile(38, "2.9.0");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,6,3]");
        for (int i = 0; i < 12; i++) {
            file.layer("TimeDistributed", "odd" + i, "\"layer\":" + inner("Lambda", "code", ""), "x");
        }
        file.layer("TimeDistributed", "each", "\"layer\":" + inner("Flatten", "flat", ""), "x");
        Graph graph = read(file, file.functional("[\"x\",0,0]", "[\"each\",0,0]"));
        double[][] x = random(2, 18);
        gives(run(graph, "each", x), flat(x));
    }

    @Test
    void aMeanForEachStepIsRefused() {
        KerasFile file = new KerasFile(39, "2.9.0");
        file.layer(
                "Normalization",
                "norm",
                "\"batch_input_shape\":[null,null,3],\"axis\":[1],\"mean\":[1,2,3],\"variance\":[1,1,1]");
        assertThatThrownBy(() -> whole(file, file.sequential()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll("'norm'", "[1]", "the last axis");
    }

    // ---- windows ----

    @ParameterizedTest
    @ValueSource(strings = {"SeparableConv1D", "DepthwiseConv1D"})
    void channelsByThemselves(String kind) {
        KerasFile file = new KerasFile(26, "2.9.0");
        boolean separable = kind.equals("SeparableConv1D");
        double[][][] depth = kernel(3, 3, 2);
        double[][][] points = kernel(1, 6, 4);
        file.layer(
                kind,
                "conv",
                "\"batch_input_shape\":[null,null,3],\"kernel_size\":[3],\"padding\":\"same\",\"activation\":\"linear\","
                        + "\"use_bias\":true,\"depth_multiplier\":2");
        file.kernel("conv", "depthwise_kernel", depth);
        if (separable) {
            file.kernel("conv", "pointwise_kernel", points);
        }
        file.weight("conv", "bias", 1, separable ? 4 : 6);
        recurrent(file, "LSTM", "lstm", separable ? 4 : 6, "");
        double[][] x = random(5, 3);
        double[] bias = file.vector("conv", "bias");
        double[][] seen = new double[5][bias.length];
        for (int t = 0; t < 5; t++) {
            double[] each = new double[6];
            for (int k = 0; k < 3; k++) {
                for (int c = 0; c < 3 && t + k - 1 >= 0 && t + k - 1 < 5; c++) {
                    for (int m = 0; m < 2; m++) {
                        each[2 * c + m] += x[t + k - 1][c] * depth[k][c][m];
                    }
                }
            }
            for (int f = 0; f < bias.length; f++) {
                seen[t][f] = bias[f] + (separable ? 0 : each[f]);
                for (int i = 0; i < 6 && separable; i++) {
                    seen[t][f] += each[i] * points[0][i][f];
                }
            }
        }
        gives(
                run(read(file, file.sequential()), "lstm", x),
                KerasEquations.run(KerasWholeTest.of(file, "LSTM", "lstm", ""), seen, false)[4]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"valid", "same"})
    void aDecoderWidensAgain(String padding) {
        KerasFile file = new KerasFile(27, "2.9.0");
        double[][][] kernel = kernel(3, 2, UNITS);
        recurrent(file, "GRU", "gru", 3, "\"batch_input_shape\":[null,null,3],\"return_sequences\":true");
        file.layer("UpSampling1D", "twice", "\"size\":2")
                .layer(
                        "Conv1DTranspose",
                        "wide",
                        "\"filters\":2,\"kernel_size\":[3],\"strides\":[2],\"padding\":\"" + padding
                                + "\",\"activation\":\"relu\",\"use_bias\":true");
        file.kernel("wide", "kernel", kernel).weight("wide", "bias", 1, 2);
        double[][] x = random(3, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "GRU", "gru", ""), x, false);
        // each of 6 steps is added at 2 t, 2 t + 1 and 2 t + 2; of "same" the last is cut off
        int length = padding.equals("same") ? 12 : 13;
        double[][] y = new double[13][2];
        for (int t = 0; t < 6; t++) {
            for (int k = 0; k < 3; k++) {
                for (int f = 0; f < 2; f++) {
                    for (int c = 0; c < UNITS; c++) {
                        y[2 * t + k][f] += h[t / 2][c] * kernel[k][f][c];
                    }
                }
            }
        }
        double[] expected = new double[length * 2];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = Math.max(0, y[i / 2][i % 2] + file.vector("wide", "bias")[i % 2]);
        }
        gives(run(read(file, file.sequential()), "wide", x), expected);
    }

    @Test
    void aKernelForEachPlace() {
        KerasFile file = new KerasFile(28, "2.9.0");
        double[][][] kernel = kernel(4, 6, 2);
        file.layer(
                        "LocallyConnected1D",
                        "local",
                        "\"batch_input_shape\":[null,5,3],\"filters\":2,\"kernel_size\":[2],\"strides\":[1],"
                                + "\"padding\":\"valid\",\"activation\":\"linear\",\"use_bias\":true")
                .kernel("local", "kernel", kernel)
                .weight("local", "bias", 4, 2);
        recurrent(file, "LSTM", "lstm", 2, "");
        double[][] x = random(5, 3);
        double[][] y = new double[4][2];
        for (int t = 0; t < 4; t++) {
            for (int f = 0; f < 2; f++) {
                y[t][f] = file.get("local", "bias")[t][f];
                for (int i = 0; i < 6; i++) {
                    y[t][f] += x[t + i / 3][i % 3] * kernel[t][i][f];
                }
            }
        }
        gives(
                run(read(file, file.sequential()), "lstm", x),
                KerasEquations.run(KerasWholeTest.of(file, "LSTM", "lstm", ""), y, false)[3]);
    }

    // ---- attention ----

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void attentionInHeads(boolean causal) {
        KerasFile file = new KerasFile(29, "2.9.0");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,3]")
                .layer("GRU", "gru", RNN + ",\"return_sequences\":true", "x");
        weights(file, "GRU", "gru", "", 3, 3);
        double[][][] q = kernel(4, 2, 3);
        double[][][] k = kernel(UNITS, 2, 3);
        file.raw("{\"class_name\":\"MultiHeadAttention\",\"name\":\"mha\",\"config\":{\"name\":\"mha\",\"num_heads\":2,"
                + "\"key_dim\":3,\"value_dim\":3,\"use_bias\":true},\"inbound_nodes\":[[[\"gru\",0,0,{\"value\":"
                + "[\"gru\",0,0],\"use_causal_mask\":" + causal + "}]]]}");
        double[][][] v = kernel(4, 2, 3);
        double[][][] out = kernel(2, 3, 5);
        file.kernel("mha", "query/kernel", q)
                .weight("mha", "query/bias", 2, 3)
                .kernel("mha", "key/kernel", k)
                .weight("mha", "key/bias", 2, 3)
                .kernel("mha", "value/kernel", v)
                .weight("mha", "value/bias", 2, 3)
                .kernel("mha", "attention_output/kernel", out)
                .weight("mha", "attention_output/bias", 1, 5);
        double[][] x = random(4, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "GRU", "gru", ""), x, false);
        double[] expected = new double[0];
        for (int t = 0; t < 4; t++) {
            double[] y = file.vector("mha", "attention_output/bias").clone();
            for (int head = 0; head < 2; head++) {
                int keys = causal ? t + 1 : 4;
                double[] scores = new double[keys];
                for (int s = 0; s < keys; s++) {
                    for (int d = 0; d < 3; d++) {
                        scores[s] += projected(file, "query", q, h[t], head, d)
                                * projected(file, "key", k, h[s], head, d)
                                / Math.sqrt(3);
                    }
                }
                double[] a = softmax(scores);
                for (int d = 0; d < 3; d++) {
                    double sum = 0;
                    for (int s = 0; s < keys; s++) {
                        sum += a[s] * projected(file, "value", v, h[s], head, d);
                    }
                    for (int o = 0; o < 5; o++) {
                        y[o] += sum * out[head][d][o];
                    }
                }
            }
            expected = joined(expected, y);
        }
        gives(run(read(file, file.functional("[\"x\",0,0]", "[\"mha\",0,0]")), "mha", x), expected);
    }

    private static double projected(KerasFile file, String part, double[][][] kernel, double[] x, int head, int d) {
        double y = file.get("mha", part + "/bias")[head][d];
        for (int i = 0; i < x.length; i++) {
            y += x[i] * kernel[i][head][d];
        }
        return y;
    }

    @Test
    void attentionOfPermutedAndRepeatedValues() {
        KerasFile file = new KerasFile(30, "2.2.4");
        file.layer("InputLayer", "x", "\"batch_input_shape\":[null,null,3]")
                .layer("LSTM", "lstm", RNN + ",\"return_sequences\":true", "x");
        weights(file, "LSTM", "lstm", "", 3, 4)
                .layer("Dense", "e", "\"activation\":\"tanh\"", "lstm")
                .weight("e", "kernel", UNITS, 1)
                .weight("e", "bias", 1, 1)
                .layer("Flatten", "flat", "", "e")
                .layer("Activation", "a", "\"activation\":\"softmax\"", "flat")
                .layer("RepeatVector", "rep", "\"n\":4", "a")
                .layer("Permute", "perm", "\"dims\":[2,1]", "rep")
                .layer("Multiply", "mul", "", "lstm", "perm")
                .layer("GlobalAveragePooling1D", "mean", "", "mul");
        double[][] x = random(6, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "LSTM", "lstm", ""), x, false);
        double[] scores = new double[6];
        for (int t = 0; t < 6; t++) {
            scores[t] = dense(file, "e", h[t], Math::tanh)[0];
        }
        double[] a = softmax(scores);
        double[] expected = new double[UNITS];
        for (int t = 0; t < 6; t++) {
            for (int u = 0; u < UNITS; u++) {
                expected[u] += a[t] * h[t][u] / 6;
            }
        }
        gives(run(read(file, file.functional("[\"x\",0,0]", "[\"mean\",0,0]")), "mean", x), expected);
    }

    // ---- norms ----

    @ParameterizedTest
    @ValueSource(strings = {"UnitNormalization", "RMSNormalization", "GroupNormalization"})
    void normsOfEachKind(String kind) {
        KerasFile file = new KerasFile(31, "3.9.0");
        recurrent(file, "SimpleRNN", "rnn", 3, "\"batch_input_shape\":[null,null,3],\"return_sequences\":true");
        file.layer(kind, "norm", "\"axis\":-1,\"groups\":2,\"epsilon\":0.01");
        if (!kind.equals("UnitNormalization")) {
            file.weight("norm", "gamma", 1, UNITS);
        }
        if (kind.equals("GroupNormalization")) {
            file.weight("norm", "beta", 1, UNITS);
        }
        double[][] x = random(5, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "SimpleRNN", "rnn", ""), x, false);
        double[][] expected = new double[5][UNITS];
        for (int t = 0; t < 5; t++) {
            double squares = Arrays.stream(h[t]).map(v -> v * v).sum();
            for (int u = 0; u < UNITS; u++) {
                expected[t][u] = switch (kind) {
                    case "UnitNormalization" -> h[t][u] / Math.sqrt(squares);
                    case "RMSNormalization" ->
                        h[t][u] / Math.sqrt(squares / UNITS + 0.01) * file.vector("norm", "gamma")[u];
                    default -> {
                        double mean = 0;
                        for (double[] step : h) {
                            mean += (step[u / 2 * 2] + step[u / 2 * 2 + 1]) / 10;
                        }
                        double variance = 0;
                        for (double[] step : h) {
                            for (int i = 0; i < 2; i++) {
                                variance += Math.pow(step[u / 2 * 2 + i] - mean, 2) / 10;
                            }
                        }
                        yield (h[t][u] - mean) / Math.sqrt(variance + 0.01) * file.vector("norm", "gamma")[u]
                                + file.vector("norm", "beta")[u];
                    }
                };
            }
        }
        gives(run(read(file, file.sequential()), "norm", x), flat(expected));
    }

    // ---- what is told ----

    @Test
    void aStatefulLayerStartsFromZerosAndSaysSo() {
        KerasFile file = recurrent(
                        new KerasFile(32, "2.9.0"),
                        "LSTM",
                        "lstm",
                        3,
                        "\"batch_input_shape\":[1,null,3],\"stateful\":true")
                .layer("Dense", "score", "\"activation\":\"linear\"")
                .weight("score", "kernel", UNITS, 1)
                .weight("score", "bias", 1, 1);
        WholeNetwork whole = whole(file, file.sequential());
        assertThat(whole.notes()).anySatisfy(note -> assertThat(note).contains("lstm", "stateful", "reset_states"));
        double[][] x = random(4, 3);
        double[][] h = KerasEquations.run(KerasWholeTest.of(file, "LSTM", "lstm", ""), x, false);
        gives(run(whole.graph(), "score", x), dense(file, "score", h[3], v -> v));
    }

    @ParameterizedTest
    @ValueSource(strings = {"Lambda", "StringLookup", "ConvLSTM1D"})
    void whatIsNotRunIsRefusedWithTheWayThatRemains(String kind) {
        KerasFile file = recurrent(new KerasFile(33, "2.9.0"), "LSTM", "lstm", 3, "\"batch_input_shape\":[1,null,3]")
                .layer(kind, "odd", "");
        assertThatThrownBy(() -> whole(file, file.sequential()))
                .isInstanceOf(ModelException.class)
                .hasMessageContainingAll(
                        "'odd'",
                        kind,
                        kind.equals("Lambda") ? "keras.ops" : kind.equals("StringLookup") ? "keras.Model(" : "ONNX");
    }
}
