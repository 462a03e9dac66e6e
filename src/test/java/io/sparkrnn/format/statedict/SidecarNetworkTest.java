package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.network.ModelOptions;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Networks that a sidecar says of a file of weights, against their equations in float64. */
class SidecarNetworkTest extends SidecarCase {
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
}
