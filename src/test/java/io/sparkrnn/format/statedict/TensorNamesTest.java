package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks whose file does not use PyTorch's names, or has its matrices the other way round. */
class TensorNamesTest {
    @TempDir
    Path folder;

    private final Map<String, Tensor> file = new LinkedHashMap<>();
    private final Random random = new Random(7);

    private TensorNamesTest with(String name, long... sizes) {
        Shape shape = Shape.of(sizes);
        file.put(name, Tensor.ofDoubles(shape, random.doubles(shape.elements()).toArray()));
        return this;
    }

    private Network network(Map<String, String> names) {
        Tensors.Builder tensors = Tensors.builder("f.npz");
        file.forEach((name, tensor) -> tensors.add(name, tensor.dtype(), tensor.shape(), () -> tensor));
        return new StateDict("f.npz", 1 << 20, tensors.build())
                .network(ModelOptions.none().withTensorNames(names));
    }

    private static DirectionWeights weights(Network network) {
        return Objects.requireNonNull(network.model().layers().get(0).forward());
    }

    private static double[] values(Tensor tensor) {
        return tensor.toDoubles();
    }

    private double[] of(String name) {
        return values(Objects.requireNonNull(file.get(name)));
    }

    private double[] turned(String name) {
        Tensor tensor = Objects.requireNonNull(file.get(name));
        int rows = (int) tensor.shape().size(0);
        int columns = (int) tensor.shape().size(1);
        double[] values = tensor.toDoubles();
        double[] turned = new double[values.length];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                turned[j * rows + i] = values[i * columns + j];
            }
        }
        return turned;
    }

    @Test
    void plainNamesAsTheyStand() {
        Network network =
                with("W_x", 8, 5).with("W_h", 8, 8).with("b", 8).with("V", 3, 8).network(Map.of());
        assertThat(network.model().cell()).isEqualTo(Cell.RNN_TANH);
        assertThat(values(weights(network).weightIh())).isEqualTo(of("W_x"));
        assertThat(values(weights(network).weightHh())).isEqualTo(of("W_h"));
        assertThat(values(Objects.requireNonNull(weights(network).biasIh()))).isEqualTo(of("b"));
        assertThat(weights(network).biasHh()).isNull();
        assertThat(network.model().parameters()).isEqualTo(40 + 64 + 8);
        assertThat(network.otherTensors()).containsExactly("V");
        assertThat(network.notes())
                .singleElement()
                .asString()
                .contains("weight_ih_l0=W_x,weight_hh_l0=W_h,bias_ih_l0=b")
                .contains("--tensor-names");
    }

    @Test
    void plainNamesTheOtherWayRound() {
        Network network = with("Wx", 5, 8)
                .with("Wh", 8, 8)
                .with("b_h", 1, 8)
                .with("by", 2)
                .network(Map.of());
        assertThat(weights(network).weightIh().shape().is(8, 5)).isTrue();
        assertThat(values(weights(network).weightIh())).isEqualTo(turned("Wx"));
        assertThat(values(weights(network).weightHh())).isEqualTo(turned("Wh"));
        assertThat(weights(network).biasIh()).isNotNull();
        assertThat(network.notes())
                .anySatisfy(
                        note -> assertThat(note).contains("the other way round").contains("Wx is [5, 8]"));
    }

    @Test
    void squareOnesAreTakenAsTheyStandWithANote() {
        Network network = with("Wxh", 4, 4)
                .with("Whh", 4, 4)
                .with("bh", 4, 1)
                .with("bx", 4)
                .network(Map.of());
        assertThat(values(weights(network).weightIh())).isEqualTo(of("Wxh"));
        assertThat(weights(network).biasHh()).isNotNull();
        assertThat(network.notes())
                .anySatisfy(note -> assertThat(note).contains("weight_hh_l0=Whh.T,weight_ih_l0=Wxh.T"));
        Network said = network(Map.of("weight_ih_l0", "Wxh.T", "weight_hh_l0", "Whh.T", "bias_ih_l0", "bh"));
        assertThat(values(weights(said).weightIh())).isEqualTo(turned("Wxh"));
        assertThat(values(weights(said).weightHh())).isEqualTo(turned("Whh"));
        assertThat(said.notes()).isEmpty();
        assertThat(said.otherTensors()).containsExactly("bx");
    }

    @Test
    void whatIsSaidToBeTurnedIsTurnedAndNothingElse() {
        Network network =
                with("W_x", 5, 8).with("W_h", 8, 8).network(Map.of("weight_ih_l0", "W_x.T", "weight_hh_l0", "W_h"));
        assertThat(values(weights(network).weightIh())).isEqualTo(turned("W_x"));
        assertThat(values(weights(network).weightHh())).isEqualTo(of("W_h"));
        assertThat(network.model().hasBias()).isFalse();
    }

    @Test
    void lettersOfTheBooks() {
        Network network = with("U", 8, 5).with("W", 8, 8).with("V", 2, 8).network(Map.of());
        assertThat(values(weights(network).weightIh())).isEqualTo(of("U"));
        file.clear();
        network = with("W", 5, 8).with("U", 8, 8).with("b", 8).network(Map.of());
        assertThat(values(weights(network).weightIh())).isEqualTo(turned("W"));
        file.clear();
        network = with("W", 8, 8).with("U", 8, 8).network(Map.of());
        assertThat(network.notes()).anySatisfy(note -> assertThat(note).contains("if it is W x + U h"));
    }

    @Test
    void gatesTellWhichWayRound() {
        Network network = with("k", 6, 32)
                .with("r", 8, 32)
                .with("c", 32)
                .network(Map.of("rnn.weight_ih_l0", "k", "rnn.weight_hh_l0", "r", "rnn.bias_ih_l0", "c"));
        assertThat(network.prefix()).isEqualTo("rnn.");
        assertThat(network.model().cell()).isEqualTo(Cell.LSTM);
        assertThat(values(weights(network).weightHh())).isEqualTo(turned("r"));
        assertThat(values(weights(network).weightIh())).isEqualTo(turned("k"));
    }

    @Test
    void whatCannotBe() {
        with("Wx", 5, 24).with("Wh", 8, 24);
        assertThatThrownBy(() -> network(Map.of()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("not square")
                .hasMessageContaining("PyTorch's order");
        assertThatThrownBy(() -> network(Map.of("weight_ih", "Wx")))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("'weight_ih' is not a name of PyTorch's");
        assertThatThrownBy(() -> network(Map.of("weight_ih_l0", "W_y")))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("no tensor 'W_y'; the file has: Wx, Wh");
        with("W_x", 5, 8);
        assertThatThrownBy(() -> network(Map.of()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("several tensors could be weight_ih_l0: Wx, W_x");
    }

    /** An array file of float64 as numpy.save writes it. */
    private static byte[] npy(Tensor tensor) {
        String header = "{'descr': '<f8', 'fortran_order': False, 'shape': ("
                + tensor.shape().toString().replaceAll("[\\[\\]]", "") + ",), }\n";
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        byte[] data = new byte[tensor.bytes().remaining()];
        tensor.bytes().get(data);
        byte[] bytes = new byte[10 + text.length + data.length];
        byte[] start = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, 0};
        System.arraycopy(start, 0, bytes, 0, 10);
        System.arraycopy(text, 0, bytes, 10, text.length);
        System.arraycopy(data, 0, bytes, 10 + text.length, data.length);
        return bytes;
    }

    @Test
    void foldersOfArrays() throws IOException {
        with("weight_ih_l0", 8, 5)
                .with("weight_hh_l0", 8, 8)
                .with("bias_ih_l0", 8)
                .with("bias_hh_l0", 8);
        for (Map.Entry<String, Tensor> entry : file.entrySet()) {
            Files.write(folder.resolve(entry.getKey() + ".npy"), npy(entry.getValue()));
        }
        Files.writeString(folder.resolve("notes.txt"), "not an array");
        ModelFile opened = ModelFile.open(folder, "lake://folder");
        assertThat(opened.format()).isEqualTo("NumPy (folder of npy)");
        assertThat(values(weights(opened.network(ModelOptions.none())).weightIh()))
                .isEqualTo(of("weight_ih_l0"));
        Files.write(folder.resolve("bias_hh_l0.npy"), new byte[] {(byte) 0x93, 'N', 'U'});
        assertThatThrownBy(() -> ModelFile.open(folder, "lake://folder"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("bias_hh_l0");
    }

    /** The weights of a network in NumPy that has W_x, W_h, and one bias b: PyTorch's numbers from them. */
    @Test
    void goldenCaseByItsPlainNames() throws IOException {
        Golden.Case golden = Golden.named("seed_np_rnn_weights");
        Tensors tensors = ModelFile.open(golden.file("model.npz"), "model.npz").tensors();
        Map<String, byte[]> records = new LinkedHashMap<>();
        records.put("W_x.npy", npy(tensors.get("weight_ih_l0")));
        records.put("W_h.npy", npy(tensors.get("weight_hh_l0")));
        records.put("b.npy", npy(tensors.get("bias_ih_l0")));
        Path plain = TestFiles.write(folder, TestFiles.zip(records));
        Network expected = ModelFile.open(golden.file("model.pt"), "model.pt").network(ModelOptions.none());
        Network network = ModelFile.open(plain, "np_rnn.npz").network(ModelOptions.none());
        assertThat(values(weights(network).weightIh()))
                .isEqualTo(values(weights(expected).weightIh()));
        assertThat(values(weights(network).weightHh()))
                .isEqualTo(values(weights(expected).weightHh()));
        // PyTorch's second bias is zero in this case, so one bias is the same network.
        assertThat(values(Objects.requireNonNull(weights(expected).biasHh()))).containsOnly(0);
    }
}
