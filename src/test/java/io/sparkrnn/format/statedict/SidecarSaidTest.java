package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is proposed, what the documentation shows, and what is wrong with a network that a sidecar says. */
class SidecarSaidTest extends SidecarCase {
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

    private AbstractThrowableAssert<?, ? extends Throwable> refused(String network) {
        return assertThatThrownBy(() -> graph(network))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("net: file.json beside it: ");
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
