package io.sparkrnn.format.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.TestFiles.Pickle;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.model.Cell;
import io.sparkrnn.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What PyTorch writes besides state dicts: whole modules, TorchScript, torch.export. Their weights are read, no code runs. */
public class TorchModulesTest {
    private static final List<Long> SHAPE = List.of(2L, 2L);

    @TempDir
    Path folder;

    private static Tensors seed() {
        return ModelFile.open(Golden.named("seed_torch_rnn").file("model.pt"), "model.pt")
                .tensors();
    }

    public static Path export(String file) {
        try {
            return Path.of(Objects.requireNonNull(TorchModulesTest.class.getResource("/pt2/" + file))
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void isTheSeed(ModelFile file, String prefix) {
        Tensors expected = seed();
        for (String name : expected.names()) {
            assertThat(file.tensors().shape(prefix + name)).isEqualTo(expected.shape(name));
            assertThat(file.tensors().get(prefix + name).bytes())
                    .as(name)
                    .isEqualTo(expected.get(name).bytes());
        }
        assertThat(file.prefixes()).containsExactly(prefix);
        Network network = file.network(ModelOptions.none());
        assertThat(network.model().toString())
                .isEqualTo(ModelFile.open(Golden.named("seed_torch_rnn").file("model.pt"), "model.pt")
                        .network(ModelOptions.none())
                        .model()
                        .toString());
        assertThat(network.otherTensors()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"model_whole_module.pt", "model_torchscript.pt"})
    void modules(String name) {
        ModelFile file = ModelFile.open(Golden.named("seed_torch_rnn").file(name), name);
        isTheSeed(file, "");
        assertThat(file.saysNonlinearity("")).isTrue();
        assertThat(ModelFile.open(Golden.named("seed_torch_rnn").file("model.pt"), "model.pt")
                        .saysNonlinearity(""))
                .isFalse();
    }

    @Test
    void exports() {
        assertThat(ModelFile.open(export("export.pt2"), "m.pt2").format()).isEqualTo("PyTorch (pt2)");
        isTheSeed(ModelFile.open(export("export.pt2"), "m.pt2"), "rnn.");
        isTheSeed(ModelFile.open(export("export_2_8.pt2"), "m.pt2"), "");
        isTheSeed(ModelFile.open(export("export_2_5.pt2"), "m.pt2"), "");
    }

    /** A module in a module, by hand: an object with a dict of its attributes. */
    private static Pickle module(Pickle pickle, String module, String name, Runnable attributes) {
        pickle.global(module, name).op(')', 0x81, '}');
        attributes.run();
        return pickle.op('b');
    }

    private static Pickle nested(String nonlinearity) {
        Pickle pickle = new Pickle();
        return module(pickle, "__main__", "Net", () -> {
                    pickle.str("hook").global("os", "system").op('s');
                    pickle.str("_parameters").op('}', 's');
                    pickle.str("_modules").op('}').str("rnn");
                    module(pickle, "torch.nn.modules.rnn", "RNN", () -> {
                        pickle.str("nonlinearity").str(nonlinearity).op('s');
                        pickle.str("_parameters").op('}');
                        pickle.tensor("weight_ih_l0", 16, 0, SHAPE, List.of(2L, 1L));
                        pickle.tensor("weight_hh_l0", 16, 4, SHAPE, List.of(2L, 1L));
                        pickle.op('s');
                    });
                    pickle.op('s', 's');
                })
                .op('.');
    }

    private ModelFile open(Pickle pickle) {
        return ModelFile.open(TestFiles.write(folder, TestFiles.torch(pickle, 64)), "f.pt");
    }

    @Test
    void aModuleSaysItsNonlinearity() {
        ModelFile relu = open(nested("relu"));
        assertThat(relu.tensors().names()).containsExactly("rnn.weight_ih_l0", "rnn.weight_hh_l0");
        assertThat(relu.network(ModelOptions.none()).model().cell()).isEqualTo(Cell.RNN_RELU);
        assertThat(relu.network(ModelOptions.none().withNonlinearity(Nonlinearity.TANH))
                        .model()
                        .cell())
                .isEqualTo(Cell.RNN_TANH);
        assertThat(open(nested("tanh")).network(ModelOptions.none()).model().cell())
                .isEqualTo(Cell.RNN_TANH);
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(Pickle pickle) {
        return assertThatThrownBy(() -> open(pickle))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.pt: ");
    }

    @Test
    void objectsAreInert() {
        // Called, a stranger is refused, in whatever way it came to the stack.
        refused(new Pickle().global("__main__", "Net").op(')', 'R', '.')).hasMessageContaining("calls __main__.Net");
        refused(new Pickle()
                        .op('(')
                        .str("module")
                        .global("os", "system")
                        .str("a")
                        .str("b")
                        .op('t', 'Q', ')', 'R', '.'))
                .hasMessageContaining("calls os.system");
        // An object of anything else than a module is no network.
        refused(new Pickle().global("os", "system").op(')', 0x81, '.'))
                .hasMessageContaining("holds an object of os.system");
        refused(new Pickle().global("os", "system").op('}', 'b', '.'))
                .hasMessageContaining("sets attributes of os.system");
        // A module that contains itself.
        refused(new Pickle()
                        .global("__main__", "Net")
                        .op(')', 0x81, 'q', 0, '}')
                        .str("_parameters")
                        .op('}', 's')
                        .str("_modules")
                        .op('}')
                        .str("a")
                        .op('h', 0, 's', 's', 'b', '.'))
                .hasMessageContaining("nested too deeply");
    }

    /** export.pt2 with other text in its records. */
    private AbstractThrowableAssert<?, ? extends Throwable> refusedExport(String from, String to) throws IOException {
        Map<String, byte[]> records = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(export("export.pt2").toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                zip.getInputStream(entry).transferTo(bytes);
                String text = bytes.toString(StandardCharsets.ISO_8859_1).replace(from, to);
                records.put(entry.getName().replace(from, to), text.getBytes(StandardCharsets.ISO_8859_1));
            }
        }
        Path file = TestFiles.write(folder, TestFiles.zip(records));
        return assertThatThrownBy(() -> {
                    Tensors tensors = ModelFile.open(file, "f.pt2").tensors();
                    tensors.names().forEach(tensors::get);
                })
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.pt2: ");
    }

    @Test
    void exportsThatAreRefused() throws IOException {
        refusedExport("\"use_pickle\": false", "\"use_pickle\": true")
                .hasMessageContaining("exported_program.state_dict");
        refusedExport("\"as_int\": 5", "\"as_int\": 5000000000000000000").hasMessageContaining("larger than any file");
        refusedExport("\"as_int\": 5", "\"as_int\": 6").hasMessageContaining("needs 48 elements");
        refusedExport("\"as_int\": 5", "\"as_expr\": 5").hasMessageContaining("not a whole number");
        refusedExport("\"path_name\": \"weight_0\"", "\"path_name\": \"../../weight_0\"")
                .hasMessageContaining("no record model/data/weights/../../weight_0");
        refusedExport("\"dtype\": 7", "\"dtype\": 99").hasMessageContaining("of a type that is not read");
        refusedExport("weights_config", "something").hasMessageContaining("without weights");
        refusedExport("little", "big   ").hasMessageContaining("byte order 'big'");
    }
}
