package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.HeadOptions;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.VocabularyName;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stands beside a model, and what options make of it. */
class SidecarTest {
    @TempDir
    Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyModel() throws IOException {
        model = folder.resolve("net.pt");
        Files.copy(Path.of("data/weather_rnn.pt"), model);
    }

    private ModelFile open(String json) {
        return open("net.pt.json", json);
    }

    private ModelFile open(String name, String json) {
        try {
            Files.writeString(folder.resolve(name), json);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return ModelFile.open(model, "net.pt");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(String json) {
        return assertThatThrownBy(() -> open(json).network(ModelOptions.none()))
                .isExactlyInstanceOf(ModelException.class);
    }

    @Test
    void saysWhatTheFileCannot() {
        ModelFile file = open("{\"nonlinearity\": \"relu\", \"state_dict_prefix\": \"rnn\", \"node\": \"n\","
                + " \"tensor_names\": {\"weight_ih_l0\": \"W\"},"
                + " \"head\": {\"prefix\": \"head\", \"layers\": [\"linear\", \"tanh\"], \"on\": \"hidden_states\","
                + " \"activation\": \"softmax\"}, \"features\": [\"a\", \"b\", \"c\", \"d\", \"e\"],"
                + " \"mean\": [0, 1, -2.5, 1e6, 0], \"std\": [1, 2, 3, 4, 1e-3]}");
        Sidecar sidecar = file.sidecar();
        assertThat(sidecar.exists()).isTrue();
        assertThat(sidecar.file()).isEqualTo("net.pt.json");
        assertThat(sidecar.options().node()).isEqualTo("n");
        assertThat(sidecar.options().tensorNames()).isEqualTo(Map.of("weight_ih_l0", "W"));
        assertThat(sidecar.features()).containsExactly("a", "b", "c", "d", "e");
        assertThat(sidecar.mean()).containsExactly(0.0, 1.0, -2.5, 1e6, 0.0);
        assertThat(sidecar.std()).containsExactly(1.0, 2.0, 3.0, 4.0, 1e-3);
        Network network =
                open("{\"nonlinearity\": \"relu\", \"head\": {\"prefix\": \"head\", \"layers\": [\"linear\", \"tanh\"],"
                                + " \"on\": \"hidden_states\", \"activation\": \"softmax\"}}")
                        .network(ModelOptions.none());
        assertThat(network.model().cell()).isEqualTo(Cell.RNN_RELU);
        assertThat(Objects.requireNonNull(network.head()).head())
                .hasToString("linear 8 to 2, tanh, on hidden_states, then softmax");
        assertThat(network.sidecar().keys()).containsExactly("nonlinearity", "head");
        assertThat(open("{\"vocabulary\": {\"items\": \"words/items.txt\", \"mcc\": {\"file\": \"mcc.json\","
                                + " \"unknown\": 1}, \"x\": {\"file\": \"x.txt\", \"unknown\": \"1\"}}}")
                        .sidecar()
                        .vocabularies())
                .containsExactlyInAnyOrderEntriesOf(Map.of(
                        "items", new VocabularyName("words/items.txt", null),
                        "mcc", new VocabularyName("mcc.json", new VocabularyName.Unknown(1, null)),
                        "x", new VocabularyName("x.txt", new VocabularyName.Unknown(-1, "1"))));
    }

    @Test
    void optionsWinOverIt() {
        ModelFile file = open("{\"nonlinearity\": \"relu\", \"head\": {\"prefix\": \"head\","
                + " \"layers\": [\"linear\", \"tanh\"], \"activation\": \"softmax\"}}");
        ModelOptions none = ModelOptions.none();
        assertThat(file.network(none.withNonlinearity(Nonlinearity.TANH))
                        .model()
                        .cell())
                .isEqualTo(Cell.RNN_TANH);
        assertThat(head(
                        file,
                        HeadOptions.none().withSource(Head.Source.HIDDEN_STATES).withFinish(Head.Finish.NONE)))
                .isEqualTo("linear 8 to 2, tanh, on hidden_states");
        assertThat(head(file, HeadOptions.of("head")))
                .as("another head: nothing of the sidecar's is taken")
                .isEqualTo("linear 8 to 2, on h_n");
        assertThat(file.network(none.withHead(HeadOptions.of(""))).head()).isNull();
    }

    private static String head(ModelFile file, HeadOptions options) {
        return Objects.requireNonNull(
                        file.network(ModelOptions.none().withHead(options)).head())
                .head()
                .toString();
    }

    @Test
    void isCalledAfterTheFileOrItsStem() throws IOException {
        assertThat(ModelFile.open(model, "net.pt").sidecar()).isEqualTo(Sidecar.NONE);
        assertThat(open("net.json", "{\"node\": \"stem\"}").sidecar().options().node())
                .isEqualTo("stem");
        assertThat(open("net.pt.json", "{\"node\": \"own\"}")
                        .sidecar()
                        .options()
                        .node())
                .as("the file's own first")
                .isEqualTo("own");
        Files.delete(folder.resolve("net.pt.json"));
        Sidecar foreign = open("net.json", "{\"class_name\": \"Sequential\", \"config\": {\"a\": [true, null]}}")
                .sidecar();
        assertThat(foreign.keys()).as("another program's file").isEmpty();
        assertThat(foreign.options()).isEqualTo(ModelOptions.none());
        assertThat(open("net.json", "{\"vocabulary\": {\"the\": 1}}").sidecar()).isEqualTo(Sidecar.NONE);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"headd\": 1} | unknown key \"headd\"; known are nonlinearity, state_dict_prefix, node",
                "{\"head\": \"head\"} | \"head\" is not an object",
                "{\"head\": {}} | \"head\" has no \"prefix\"",
                "{\"head\": {\"prefix\": \"\"}} | \"head\" has no \"prefix\"",
                "{\"head\": {\"prefix\": 7}} | \"head.prefix\" is not text",
                "{\"head\": {\"prefix\": \"h\", \"of\": 1}} | unknown key \"head.of\"",
                "{\"head\": {\"prefix\": \"h\", \"on\": \"c_n\"}} | \"head.on\" is \"c_n\"; expected h_n, hidden_states",
                "{\"head\": {\"prefix\": \"h\", \"activation\": \"relu\"}} | expected none, sigmoid, softmax",
                "{\"head\": {\"prefix\": \"h\", \"layers\": [\"gelu\"]}} | \"head.layers\" has \"gelu\"; expected linear",
                "{\"head\": {\"prefix\": \"h\", \"layers\": \"linear\"}} | \"head.layers\" is not a list of names",
                "{\"nonlinearity\": \"gelu\"} | \"nonlinearity\" is \"gelu\"; expected tanh, relu",
                "{\"nonlinearity\": null} | \"nonlinearity\" is not text",
                "{\"tensor_names\": {\"a\": 1}} | \"tensor_names.a\" is not text",
                "{\"features\": []} | \"features\" is not a list of names",
                "{\"features\": [1, 2, 3, 4, 5]} | \"features\" is not a list of names",
                "{\"features\": [\"a\"]} | \"features\" has 1 entry, but the network's input_size is 5",
                "{\"mean\": [0, 0, 0]} | \"mean\" has 3 entries",
                "{\"mean\": [0, 0, 0, 0, true]} | \"mean\" is not a list of numbers",
                "{\"mean\": [0, 0, 0, 0, 1e999]} | \"mean\" is not a list of numbers",
                "{\"mean\": [0, 0, 0, 0, NaN]} | not sound JSON",
                "{\"std\": [1, 1, 1, 1, 0]} | \"std\" has 0.0; expected numbers above 0",
                "{\"std\": [1, 1, 1, 1, -1]} | \"std\" has -1.0",
                "{\"std\": 1} | \"std\" is not a list of numbers",
                "{\"node\": \"a\", \"node\": \"b\"} | Duplicate field 'node' (line 1, column",
                "{\"node\": \"a\"} x | not sound JSON",
                "{\"node\": \"a\"} {} | something follows the object",
                "{\"node\": \"a\" | not sound JSON",
                "[1] | not a JSON object",
                "{\"a\":{\"a\":{}}} | unknown key \"a\"",
                "{\"vocabulary\": \"items.txt\"} | \"vocabulary\" is not an object",
                "{\"vocabulary\": {\"a\": 1}} | \"vocabulary.a\" is neither the name of a file nor an object",
                "{\"vocabulary\": {\"a\": {}}} | \"vocabulary.a\" has no \"file\"",
                "{\"vocabulary\": {\"a\": {\"file\": \"a.txt\", \"unk\": 1}}} | unknown key \"vocabulary.a.unk\"; known are file",
                "{\"vocabulary\": {\"a\": {\"file\": \"a.txt\", \"unknown\": -1}}} | \"vocabulary.a.unknown\" is -1.0; expected",
                "{\"vocabulary\": {\"a\": {\"file\": \"a.txt\", \"unknown\": 1.5}}} | \"vocabulary.a.unknown\" is 1.5; expected",
                "{\"vocabulary\": {\"a\": \"/etc/words.txt\"}} | expected one in the sidecar's folder or below",
                "{\"vocabulary\": {\"a\": \"b/../../words.txt\"}} | expected one in the sidecar's folder or below",
                "{\"vocabulary\": {\"a\": \"s3a://words.txt\"}} | expected one in the sidecar's folder or below",
                "{\"vocabulary\": {\"a\": \"\"}} | expected one in the sidecar's folder or below",
                "{\"network\": []} | \"network\" is not a list of modules",
                "{\"network\": {\"a\": \"last\"}} | \"network\" is not a list of modules",
                "`` | not a JSON object",
                "7 | not a JSON object",
            })
    void whatIsWrongIsSaidWithFileAndKey(String json, String message) {
        refused(json)
                .hasMessageStartingWith("net.pt")
                .hasMessageContaining("net.pt.json")
                .hasMessageContaining(message);
    }

    @Test
    void oneElsewhereTakesThePlaceOfTheOneBesideTheFile() throws IOException {
        open("net.pt.json", "{\"node\": \"beside\"}");
        Path elsewhere = Files.createDirectory(folder.resolve("conf")).resolve("network.json");
        Files.writeString(elsewhere, "{\"node\": \"elsewhere\"}");
        Sidecar sidecar = ModelFile.open(model, "net.pt", Companions.in(folder), elsewhere, "conf/network.json")
                .sidecar();
        assertThat(sidecar.options().node()).isEqualTo("elsewhere");
        assertThat(sidecar.file()).isEqualTo("conf/network.json");
        Files.writeString(elsewhere, "{\"nodes\": 1}");
        assertThatThrownBy(() -> ModelFile.open(model, "net.pt", Companions.NONE, elsewhere, "conf/network.json"))
                .hasMessageStartingWith("conf/network.json of net.pt: unknown key \"nodes\"");
    }

    @Test
    void isSmallAndText() throws IOException {
        refused("{\"a\":".repeat(40) + "1" + "}".repeat(40)).hasMessageContaining("not sound JSON");
        refused("{\"node\": \"" + "a".repeat(2_000_000) + "\"}").hasMessageContaining("more than 1048576 bytes");
        Files.write(folder.resolve("net.pt.json"), "{\"node\": \"a\"}".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> ModelFile.open(model, "net.pt")).hasMessageContaining("not a JSON object");
        Files.write(folder.resolve("net.pt.json"), new byte[] {'{', '"', (byte) 0xff, '"', ':', '1', '}'});
        assertThatThrownBy(() -> ModelFile.open(model, "net.pt")).hasMessageContaining("not sound JSON");
    }
}
