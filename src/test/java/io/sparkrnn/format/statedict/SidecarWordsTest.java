package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each word of a sidecar gives what the module of PyTorch does that it stands for. */
class SidecarWordsTest extends SidecarCase {
    private double projected(double[] x, int row) {
        double y = of("attn.in_proj_bias")[row];
        for (int i = 0; i < 4; i++) {
            y += of("attn.in_proj_weight")[4 * row + i] * x[i];
        }
        return y;
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
}
