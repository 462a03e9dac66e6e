package io.sparkrnn.format.torch;

import static io.sparkrnn.format.TestFiles.torch;
import static io.sparkrnn.format.TestFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.TestFiles.Pickle;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.tensor.Tensor;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pickles of PyTorch files: every protocol, views of every kind, and those that mean harm. */
@Timeout(20)
class PickleTest {
    @TempDir
    Path folder;

    private ModelFile open(Pickle pickle, int storageBytes) {
        return ModelFile.open(write(folder, torch(pickle, storageBytes)), "f.pt");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(Pickle pickle) {
        return assertThatThrownBy(() -> open(pickle, 64))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.pt: ");
    }

    /** The first bytes of the elements, which are 0, 1, 2, ... in the storage and so tell where each comes from. */
    private static int[] origins(Tensor tensor) {
        ByteBuffer bytes = tensor.bytes();
        int[] origins = new int[(int) tensor.shape().elements()];
        for (int i = 0; i < origins.length; i++) {
            origins[i] = bytes.get(i * 4);
        }
        return origins;
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5})
    void everyProtocol(int protocol) throws Exception {
        URL url = Objects.requireNonNull(PickleTest.class.getResource("/pickle/protocol" + protocol + ".pt"));
        ModelFile file = ModelFile.open(Path.of(url.toURI()), "f.pt");
        assertThat(file.prefixes()).containsExactly("model_state_dict.");
        Network network = file.network(ModelOptions.none());
        assertThat(network.model().inputSize()).isEqualTo(2);
        assertThat(network.model().hiddenSize()).isEqualTo(3);
        assertThat(file.tensors().get("model_state_dict.weight_ih_l0").toFloats())
                .containsExactly(0, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f);
        assertThat(file.tensors().get("model_state_dict.bias_ih_l0").toFloats()).containsExactly(25, 25.125f, 25.25f);
        assertThat(file.tensors().get("model_state_dict.bias_hh_l0").toFloats())
                .containsExactly(37.5f, 37.625f, 37.75f);
    }

    @Test
    void views() {
        Pickle pickle = new Pickle().op('}');
        pickle.tensor("flat", 16, 4, List.of(2L, 3L), List.of(3L, 1L));
        pickle.tensor("transposed", 16, 1, List.of(2L, 3L), List.of(1L, 2L));
        pickle.tensor("strided", 16, 0, List.of(3L), List.of(5L));
        pickle.tensor("single", 16, 15, List.of(), List.of());
        pickle.tensor("none", 16, 99, List.of(0L, 7L), List.of(7L, 1L));
        pickle.tensor("repeated", 16, 2, List.of(2L, 2L), List.of(0L, 1L));
        ModelFile file = open(pickle.op('.'), 64);
        assertThat(origins(file.tensors().get("flat"))).containsExactly(16, 20, 24, 28, 32, 36);
        assertThat(origins(file.tensors().get("transposed"))).containsExactly(4, 12, 20, 8, 16, 24);
        assertThat(origins(file.tensors().get("strided"))).containsExactly(0, 20, 40);
        assertThat(origins(file.tensors().get("single"))).containsExactly(60);
        assertThat(origins(file.tensors().get("none"))).isEmpty();
        assertThat(origins(file.tensors().get("repeated"))).containsExactly(8, 12, 8, 12);
    }

    @Test
    void nothingIsExecuted() {
        refused(new Pickle().global("os", "system").op('(').str("touch x").op('t', 'R', '.'))
                .hasMessageContaining("os.system")
                .hasMessageContaining("at byte 2 of m/data.pkl")
                .hasMessageContaining("torch.save(module.state_dict(), path)");
        refused(new Pickle().global("builtins", "eval").op('.')).hasMessageContaining("builtins.eval");
        refused(new Pickle().str("posix").str("system").op(0x93, '.')).hasMessageContaining("posix.system");
        refused(new Pickle().op('i').text("os\nsystem\n").op('.')).hasMessageContaining("opcode 0x69 ('i')");
    }

    @Test
    void viewsBeyondTheirStorage() {
        long huge = Long.MAX_VALUE;
        refused(new Pickle()
                        .op('}')
                        .tensor("a", 16, 11, List.of(2L, 3L), List.of(3L, 1L))
                        .op('.'))
                .hasMessageContaining("needs 17 elements of storage '0', which has 16");
        refused(new Pickle()
                        .op('}')
                        .tensor("a", 16, 0, List.of(huge, huge), List.of(1L, 1L))
                        .op('.'))
                .hasMessageContaining("larger than any file");
        refused(new Pickle()
                        .op('}')
                        .tensor("a", 16, 0, List.of(3L), List.of(huge))
                        .op('.'))
                .hasMessageContaining("larger than any file");
        refused(new Pickle()
                        .op('}')
                        .tensor("a", 16, -1, List.of(3L), List.of(1L))
                        .op('.'))
                .hasMessageContaining("the offset of a tensor is -1");
        refused(new Pickle()
                        .op('}')
                        .tensor("a", 16, 0, List.of(3L), List.of(-1L))
                        .op('.'))
                .hasMessageContaining("the stride of a tensor is -1");
        refused(new Pickle()
                        .op('}')
                        .tensor("a", 17, 0, List.of(3L), List.of(1L))
                        .op('.'))
                .hasMessageContaining("record m/data/0 has 64 bytes, 17 elements of 4 bytes should be there");
        refused(new Pickle()
                        .op('}')
                        .tensor("a", huge, 0, List.of(huge), List.of(1L))
                        .op('.'))
                .hasMessageContaining("larger than any file");
    }

    @Test
    void repeatedElementsDoNotFillTheMemory() {
        Pickle pickle = new Pickle().op('}');
        ModelFile file =
                open(pickle.tensor("a", 16, 0, List.of(1L << 40), List.of(0L)).op('.'), 64);
        assertThatThrownBy(() -> file.tensors().get("a"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("contiguous()");

        Pickle many = new Pickle().op('}');
        for (int l = 0; l < 100; l++) {
            many.tensor("weight_ih_l" + l, 16, 0, List.of(1000L, 1000L), List.of(0L, 0L));
            many.tensor("weight_hh_l" + l, 16, 0, List.of(1000L, 1000L), List.of(0L, 0L));
        }
        assertThatThrownBy(() -> open(many.op('.'), 64).network(ModelOptions.none()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("over and over");
    }

    @Test
    void stackAndMemo() {
        refused(new Pickle().op('.')).hasMessageContaining("takes a value where there is none");
        refused(new Pickle().op('}', '}', '.')).hasMessageContaining("left over");
        refused(new Pickle().op('u', '.')).hasMessageContaining("mark");
        refused(new Pickle().op('h', 7, '.')).hasMessageContaining("recalls value 7");
        refused(new Pickle().op('}', '(', 's', '.')).hasMessageContaining("where there is none");
        refused(new Pickle().op('}', 'N', 'a', '.')).hasMessageContaining("appends to a dict");
        refused(new Pickle().op('N', ')', 'R', '.')).hasMessageContaining("None");
        refused(new Pickle().op('X').int32(-1).text("a")).hasMessageContaining("ends too early");
        refused(new Pickle().op(0x8d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff))
                .hasMessageContaining("18446744073709551615 more bytes");
        refused(new Pickle().op('X').int32(1).op(0xff, '.')).hasMessageContaining("UTF-8");
        refused(new Pickle().op('N', '.')).hasMessageContaining("holds None, not a dict of tensors");
    }

    @Test
    void aDictInItself() {
        refused(new Pickle().op('}', 'q', 0).str("a").op('h', 0, 's', '.')).hasMessageContaining("nested too deeply");
    }

    @Test
    void aDictThatUnfoldsToBillions() {
        Pickle pickle = new Pickle().op('}', 'q', 0, '0');
        for (int depth = 1; depth < 50; depth++) {
            pickle.op('}', 'q', depth, '(');
            for (int i = 0; i < 10; i++) {
                pickle.str("k" + i).op('h', depth - 1);
            }
            pickle.op('u', '0');
        }
        refused(pickle.op('h', 49, '.')).hasMessageContaining("nested too deeply or too often");
    }

    @Test
    void aPickleWithoutEnd() {
        Pickle pickle = new Pickle();
        for (int i = 0; i < 4_100_000; i++) {
            pickle.op('(');
        }
        refused(pickle).hasMessageContaining("too long");
    }

    @Test
    void otherRecords() {
        Map<String, byte[]> records = new LinkedHashMap<>();
        records.put("m/data.pkl", new Pickle().op('}', '.').bytes());
        records.put("m/byteorder", new byte[] {'b', 'i', 'g'});
        Path file = write(folder, TestFiles.zip(records));
        assertThatThrownBy(() -> ModelFile.open(file, "f.pt"))
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("byte order 'big'");
        refused(new Pickle()
                        .op('}')
                        .str("a")
                        .op('(')
                        .str("storage")
                        .global("torch", "FloatStorage")
                        .str("../x")
                        .str("cpu")
                        .integer(1)
                        .op('t', 'Q', '.'))
                .hasMessageContaining("left over");
    }
}
