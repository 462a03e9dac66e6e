package io.sparkrnn.format.keras;

import static io.sparkrnn.format.keras.KerasEquations.bidirectional;
import static io.sparkrnn.format.keras.KerasEquations.reversed;
import static io.sparkrnn.format.keras.KerasEquations.run;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.keras.KerasEquations.Weights;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.reference.ReferenceNetwork;
import io.sparkrnn.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keras' files: the numbers are those of Keras' own equations over Keras' own arrays. */
public class KerasTest {
    private static final int STEPS = 6;

    @TempDir
    Path folder;

    private static double hardSigmoidOfKeras3(double x) {
        return Math.max(0, Math.min(6, x + 3)) / 6;
    }

    private static double hardSigmoidOfKeras2(double x) {
        return Math.max(0, Math.min(1, 0.2 * x + 0.5));
    }

    private static double relu(double x) {
        return Math.max(0, x);
    }

    public static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(KerasTest.class.getResource("/keras/" + name))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ModelFile open(String name) {
        return ModelFile.open(file(name), name);
    }

    private static double[][] input(int width) {
        Random random = new Random(11);
        double[][] x = new double[STEPS][width];
        for (double[] step : x) {
            Arrays.setAll(step, i -> random.nextDouble() * 4 - 2);
        }
        return x;
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static ReferenceNetwork.Result score(RnnModel model, double[][] x) {
        return new ReferenceNetwork(model)
                .run(
                        flat(x),
                        model.hiddenStates().initialStates(),
                        model.cellStates().initialStates());
    }

    /** hidden_states of a network are these, step by step. */
    private static void gives(RnnModel model, double[][] x, double[][] expected) {
        assertThat(score(model, x).output()).containsExactly(flat(expected), within(1e-12));
    }

    private static RnnModel only(ModelFile file) {
        return file.network(ModelOptions.none()).model();
    }

    private static Weights at(String kind, Tensors tensors, String place, int count) {
        String[] names = new String[count];
        Arrays.setAll(names, i -> place + "/vars/" + i);
        return Weights.of(kind, tensors, names);
    }

    @Test
    void simpleRnn() {
        ModelFile file = open("simple_rnn.keras");
        assertThat(file.format()).isEqualTo("Keras (keras)");
        double[] numbers = file.tensors().get("layers/simple_rnn/cell/vars/1").toDoubles();
        for (int k = 0; k < numbers.length; k++) {
            assertThat(numbers[k]).isEqualTo((float) (0.6 * Math.sin(1.7 + 0.37 * k)));
        }
        Weights weights = at("SimpleRNN", file.tensors(), "layers/simple_rnn/cell", 3)
                .functions(v -> v / (1 + Math.abs(v)), KerasEquations::sigmoid);
        double[][] x = input(3);
        gives(only(file), x, run(weights, x, false));
        Network network = file.network(ModelOptions.none());
        assertThat(network.prefix()).isEqualTo("simple_rnn_7");
        assertThat(network.otherTensors()).isEmpty();
        assertThat(network.notes()).isEmpty();
    }

    @Test
    void stackOfLstm() {
        double[][] x = input(3);
        ModelFile file = open("lstm_stack.keras");
        Tensors tensors = file.tensors();
        Weights upper = at("LSTM", tensors, "layers/lstm_1/cell", 3);
        double[][] middle = run(at("LSTM", tensors, "layers/lstm/cell", 3), x, false);
        gives(only(file), x, run(upper.functions(KerasTest::relu, KerasTest::hardSigmoidOfKeras3), middle, false));
        Network network = file.network(ModelOptions.none());
        assertThat(network.otherTensors()).containsExactly("layers/dense/vars/0", "layers/dense/vars/1");
        assertThat(network.notes())
                .anySatisfy(note -> assertThat(note).contains("Dense 'head'"))
                .anySatisfy(note -> assertThat(note).contains("Masking"));
        assertThat(network.model().layers()).hasSize(2);

        // The same network in the older form, whose hard_sigmoid is another.
        ModelFile older = open("lstm_stack.h5");
        assertThat(older.format()).isEqualTo("Keras (h5)");
        gives(only(older), x, run(upper.functions(KerasTest::relu, KerasTest::hardSigmoidOfKeras2), middle, false));
    }

    @Test
    void gruWithTheResetAfterOrBefore() {
        double[][] x = input(3);
        ModelFile after = open("gru.keras");
        Weights weights = at("GRU", after.tensors(), "layers/gru/cell", 3);
        gives(
                only(after),
                x,
                run(weights.functions(v -> v > 0 ? v : Math.expm1(v), KerasEquations::sigmoid), x, false));

        ModelFile before = open("gru_before.h5");
        String place = "model_weights/gru/gru/gru_cell/";
        weights =
                Weights.of("GRU", before.tensors(), place + "kernel:0", place + "recurrent_kernel:0", place + "bias:0");
        gives(only(before), x, run(weights.resetBefore(), x, false));
        assertThat(only(before).cell().resetGate()).isEqualTo(Cell.ResetGate.BEFORE_PRODUCT);
        assertThat(before.network(ModelOptions.none()).otherTensors()).contains("optimizer_weights/Adam/iter:0");

        ModelFile noBias = open("gru_before_nobias.keras");
        weights = at("GRU", noBias.tensors(), "layers/gru/cell", 2);
        gives(
                only(noBias),
                x,
                run(weights.resetBefore().functions(Math::tanh, KerasTest::hardSigmoidOfKeras3), x, false));
        assertThat(only(noBias).hasBias()).isFalse();
    }

    @Test
    void bothWays() {
        double[][] x = input(3);
        ModelFile file = open("bidirectional.keras");
        Tensors tensors = file.tensors();
        String place = "layers/bidirectional";
        double[][] lower = bidirectional(
                at("LSTM", tensors, place + "/forward_layer/cell", 3),
                at("LSTM", tensors, place + "/backward_layer/cell", 3),
                x);
        Weights forward = at("GRU", tensors, place + "_1/forward_layer/cell", 3);
        Weights backward = at("GRU", tensors, place + "_1/backward_layer/cell", 3);
        gives(only(file), x, bidirectional(forward, backward, lower));
        gives(only(open("bidirectional.h5")), x, bidirectional(forward, backward, lower));
        // What Keras gives without return_sequences: each direction's own last state.
        double[] last = score(only(file), x).finalStates();
        double[][] reverse = run(backward, reversed(lower), false);
        assertThat(Arrays.copyOfRange(last, 8, 10)).containsExactly(reverse[STEPS - 1], within(1e-12));
    }

    @Test
    void backwardLayersAndWhatIsAboveThem() {
        double[][] x = input(3);
        ModelFile file = open("backwards.keras");
        Tensors tensors = file.tensors();
        double[][] first = run(at("SimpleRNN", tensors, "layers/simple_rnn/cell", 3), x, true);
        double[][] second = run(at("LSTM", tensors, "layers/lstm/cell", 3), first, false);
        double[][] third = bidirectional(
                at("GRU", tensors, "layers/bidirectional/forward_layer/cell", 3),
                at("GRU", tensors, "layers/bidirectional/backward_layer/cell", 3),
                second);
        double[][] fourth = run(at("GRU", tensors, "layers/gru/cell", 3), third, true);
        // Turned around twice: Keras gives the steps in the input's order.
        gives(only(file), x, fourth);
        assertThat(file.network(ModelOptions.none()).notes()).isEmpty();
    }

    @Test
    void aLastLayerThatSeesTheStepsBackward() {
        double[][] x = input(3);
        ModelFile file = open("backwards_last.keras");
        Tensors tensors = file.tensors();
        double[][] first = run(at("SimpleRNN", tensors, "layers/simple_rnn/cell", 3), x, true);
        double[][] second = bidirectional(
                at("GRU", tensors, "layers/bidirectional/forward_layer/cell", 3),
                at("GRU", tensors, "layers/bidirectional/backward_layer/cell", 3),
                first);
        double[][] expected = reversed(second);
        for (double[] step : expected) {
            double[] keras = step.clone();
            System.arraycopy(keras, 2, step, 0, 2);
            System.arraycopy(keras, 0, step, 2, 2);
        }
        gives(only(file), x, expected);
        assertThat(file.network(ModelOptions.none()).notes())
                .anySatisfy(note -> assertThat(note).contains("step t of the input"))
                .anySatisfy(note -> assertThat(note).contains("backward_layer come first"));
    }

    @Test
    void functionalModels() {
        double[][] x = input(3);
        ModelFile file = open("functional.keras");
        assertThat(file.prefixes()).containsExactly("first", "other");
        assertThatThrownBy(() -> file.network(ModelOptions.none()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("--node: first > second, other");
        Tensors tensors = file.tensors();
        Network tower = file.network(ModelOptions.none().withNode("second"));
        double[][] lower = run(at("LSTM", tensors, "layers/lstm/cell", 3), x, false);
        gives(tower.model(), x, run(at("LSTM", tensors, "layers/lstm_1/cell", 3), lower, false));
        assertThat(tower.prefix()).isEqualTo("first");
        gives(
                file.network(ModelOptions.none().withNode("other")).model(),
                x,
                run(at("GRU", tensors, "layers/gru/cell", 3), x, false));
        assertThatThrownBy(() -> file.network(ModelOptions.none().withNode("none")))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("no recurrent layer 'none'");
    }

    /** A file with other records, or others' contents. */
    private Path changed(String name, Map<String, String> changes) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipFile zip = new ZipFile(file(name).toFile());
                ZipOutputStream out = new ZipOutputStream(bytes)) {
            for (ZipEntry entry : zip.stream().toList()) {
                byte[] record = zip.getInputStream(entry).readAllBytes();
                if (entry.getName().endsWith(".json")) {
                    String text = new String(record, StandardCharsets.UTF_8);
                    for (Map.Entry<String, String> change : changes.entrySet()) {
                        text = text.replace(change.getKey(), change.getValue());
                    }
                    record = text.getBytes(StandardCharsets.UTF_8);
                }
                out.putNextEntry(new ZipEntry(entry.getName()));
                out.write(record);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return TestFiles.write(folder, bytes.toByteArray());
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(String name, String from, String to) {
        Path file = changed(name, Map.of(from, to));
        return assertThatThrownBy(() -> {
                    ModelFile opened = ModelFile.open(file, "f.keras");
                    opened.network(ModelOptions.none());
                })
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.keras: ");
    }

    @Test
    void whatIsRefused() {
        refused("bidirectional.keras", "\"concat\"", "\"sum\"").hasMessageContaining("merge_mode sum");
        refused("simple_rnn.keras", "softsign", "gelu").hasMessageContaining("activation 'gelu'");
        refused("simple_rnn.keras", "\"softsign\"", "{\"class_name\": \"function\", \"config\": \"mine\"}")
                .hasMessageContaining("activation 'mine'");
        refused("simple_rnn.keras", "\"SimpleRNN\"", "\"RNN\"").hasMessageContaining("no SimpleRNN, LSTM or GRU");
        refused("simple_rnn.keras", "\"layers\"", "\"parts\"").hasMessageContaining("of its own code");
        refused("simple_rnn.keras", "\"units\": 4", "\"units\": 5").hasMessageContaining("of 5 units");
        refused("simple_rnn.keras", "\"use_bias\": true", "\"use_bias\": false").hasMessageContaining("and no bias");
        refused("gru.keras", "\"reset_after\": true", "\"reset_after\": false")
                .hasMessageContaining("should have [12]");
        refused("gru.keras", "{", "[").hasMessageContaining("not sound JSON");
        assertThatThrownBy(() -> open("only.weights.h5"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("save_weights")
                .hasMessageContaining("model.save('model.keras')");
    }

    @Test
    void functionsAsLayers() {
        Path file = changed(
                "simple_rnn.keras",
                Map.of("\"softsign\"", "{\"class_name\": \"LeakyReLU\", \"config\": {\"negative_slope\": 0.125}}"));
        assertThat(only(ModelFile.open(file, "f")).cell().toString()).contains("leaky_relu(0.125)");
    }

    @Test
    void namesOfClasses() {
        assertThat(KerasConfig.numbered("SimpleRNN", 0)).isEqualTo("simple_rnn");
        assertThat(KerasConfig.numbered("LSTM", 2)).isEqualTo("lstm_2");
        assertThat(KerasConfig.numbered("GRU", 1)).isEqualTo("gru_1");
        assertThat(KerasConfig.numbered("Bidirectional", 0)).isEqualTo("bidirectional");
        assertThat(KerasConfig.numbered("TimeDistributed", 0)).isEqualTo("time_distributed");
    }

    @Test
    void bombs() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("config.json"));
            zip.write("{}".getBytes(StandardCharsets.UTF_8));
            zip.putNextEntry(new ZipEntry("model.weights.h5"));
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < 100; i++) {
                zip.write(zeros);
            }
        }
        Path file = Files.write(folder.resolve("bomb"), bytes.toByteArray());
        assertThatThrownBy(() -> ModelFile.open(file, "f.keras"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("would unpack");
    }
}
