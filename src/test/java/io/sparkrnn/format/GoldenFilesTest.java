package io.sparkrnn.format;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every file that PyTorch wrote, in every form: its network is the one of case.json, its bits are those of model.pt. */
class GoldenFilesTest {
    static Stream<Arguments> stateDicts() {
        return Golden.cases().stream()
                .flatMap(c -> c.stateDicts().keySet().stream().map(file -> Arguments.of(c, file)));
    }

    private static Cell cell(Golden.Case c) {
        return switch (c.cell()) {
            case "rnn_tanh" -> Cell.RNN_TANH;
            case "rnn_relu" -> Cell.RNN_RELU;
            case "lstm" -> Cell.LSTM;
            case "gru" -> Cell.GRU;
            default -> throw new IllegalArgumentException(c.cell());
        };
    }

    private static String prefix(Golden.Case c, String file) {
        return Objects.requireNonNull(c.stateDicts().get(file)).fullPrefix();
    }

    private static ModelFile open(Golden.Case c, String file) {
        return ModelFile.open(c.file(file), c.name() + "/" + file);
    }

    @ParameterizedTest
    @MethodSource("stateDicts")
    void networkIsThatOfTheCase(Golden.Case c, String file) {
        String prefix = prefix(c, file);
        Nonlinearity nonlinearity = c.cell().equals("rnn_relu") ? Nonlinearity.RELU : Nonlinearity.TANH;
        ModelFile opened = open(c, file);
        assertThat(opened.prefixes()).contains(prefix);
        Network network =
                opened.network(ModelOptions.none().withStateDictPrefix(prefix).withNonlinearity(nonlinearity));
        RnnModel model = network.model();
        assertThat(network.prefix()).isEqualTo(prefix);
        assertThat(model.cell()).isEqualTo(cell(c));
        assertThat(model.stateSize()).isEqualTo(c.projSize() > 0 ? c.projSize() : c.hiddenSize());
        assertThat(model.inputSize()).isEqualTo(c.inputSize());
        assertThat(model.hiddenSize()).isEqualTo(c.hiddenSize());
        assertThat(model.numLayers()).isEqualTo(c.numLayers());
        assertThat(model.numDirections()).isEqualTo(c.bidirectional() ? 2 : 1);
        assertThat(model.hasBias()).isEqualTo(c.bias());
        assertThat(model.weightsDType()).isEqualTo(c.weightsDtype());
        int used = c.numLayers() * (c.bidirectional() ? 2 : 1) * ((c.bias() ? 4 : 2) + (c.projSize() > 0 ? 1 : 0));
        assertThat(network.otherTensors()).hasSize(opened.tensors().names().size() - used);
    }

    @ParameterizedTest
    @MethodSource("stateDicts")
    void tensorsAreBitForBitThoseOfTheOtherForms(Golden.Case c, String file) {
        Tensors expected = open(c, "model.pt").tensors();
        Tensors got = open(c, file).tensors();
        String prefix = prefix(c, file);
        for (String name : expected.names()) {
            assertThat(got.shape(prefix + name)).isEqualTo(expected.shape(name));
            assertThat(got.dtype(prefix + name)).isEqualTo(c.weightsDtype());
            assertThat(got.get(prefix + name).bytes())
                    .as(name)
                    .isEqualTo(expected.get(name).bytes());
        }
    }

    static Stream<Arguments> graphs() {
        return Golden.cases().stream().flatMap(c -> c.graphs().stream().map(file -> Arguments.of(c, file)));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void networkOfAGraphIsBitForBitThatOfTheTensors(Golden.Case c, String file) {
        ModelFile opened = open(c, file);
        assertThat(opened.prefixes()).hasSize(1);
        Network network = opened.network(ModelOptions.none());
        Nonlinearity nonlinearity = c.cell().equals("rnn_relu") ? Nonlinearity.RELU : Nonlinearity.TANH;
        RnnModel expected = open(c, "model.pt")
                .network(ModelOptions.none().withNonlinearity(nonlinearity))
                .model();
        assertThat(network.model()).hasToString(expected.toString());
        assertThat(network.notes()).isEmpty();
        assertThat(network.otherTensors()).isEmpty();
        assertThat(opened.format()).matches("ONNX \\(opset \\d+, pytorch 1\\.13\\.0\\)");
        for (int l = 0; l < expected.numLayers(); l++) {
            for (int d = 0; d < expected.numDirections(); d++) {
                DirectionWeights got =
                        network.model().layers().get(l).directions().get(d);
                DirectionWeights wanted = expected.layers().get(l).directions().get(d);
                assertThat(got.cell()).isEqualTo(cell(c)).isEqualTo(wanted.cell());
                List<Tensor> tensors = got.tensors().toList();
                assertThat(tensors.stream().map(Tensor::bytes))
                        .isEqualTo(wanted.tensors().map(Tensor::bytes).toList());
                assertThat(got.initialState()).isNull();
                assertThat(got.initialCellState()).isNull();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("stateDicts")
    void formatIsTold(Golden.Case c, String file) {
        String kind = Objects.requireNonNull(c.files().get(file)).kind();
        String expected = kind.equals("safetensors")
                ? "safetensors"
                : kind.startsWith("npz")
                        ? "NumPy (npz)"
                        : kind.startsWith("pt-legacy") ? "PyTorch (legacy)" : "PyTorch (zip)";
        assertThat(open(c, file).format()).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("io.sparkrnn.Golden#cases")
    void referenceVectorsAreTensorsToo(Golden.Case c) {
        Tensors io = open(c, "io.safetensors").tensors();
        assertThat(io.names()).contains("x", "lengths", "output", "h_n", "output_f64", "h_n_f64");
        assertThat(io.has("h0")).isEqualTo(c.hasH0());
        assertThat(io.shape("x").is(c.batch(), c.time(), c.inputSize())).isTrue();
        assertThat(io.get("x").dtype()).isEqualTo(c.dtype());
        assertThat(io.get("lengths").toLongs())
                .containsExactly(
                        c.lengths().stream().mapToLong(Integer::longValue).toArray());
    }

    @ParameterizedTest
    @MethodSource("stateDicts")
    void everyTensorCanBeRead(Golden.Case c, String file) {
        Tensors tensors = open(c, file).tensors();
        Set<DType> types = EnumSet.of(c.weightsDtype(), DType.INT64, DType.FLOAT32);
        for (String name : tensors.names()) {
            assertThat(tensors.get(name).dtype()).isIn(types).isEqualTo(tensors.dtype(name));
            assertThat(tensors.get(name).shape()).isEqualTo(tensors.shape(name));
        }
    }

    @Test
    void casesAreThere() {
        assertThat(Golden.cases()).hasSize(45);
        assertThat(graphs()).hasSizeGreaterThan(40);
        assertThat(Golden.cases().stream().map(Golden.Case::cell).distinct())
                .containsAll(List.of("rnn_tanh", "rnn_relu", "lstm", "gru"));
    }
}
