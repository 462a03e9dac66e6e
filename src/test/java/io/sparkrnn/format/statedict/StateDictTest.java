package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.LinkedHashMap;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** From names and shapes to a network, and what is said when they do not make one. */
class StateDictTest {
    private static StateDict of(Map<String, long[]> shapes) {
        return new StateDict("f.pt", 1000, TestFiles.zeros(shapes));
    }

    private static ModelOptions prefix(@Nullable String prefix) {
        return ModelOptions.none().withStateDictPrefix(prefix);
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(StateDict dict, ModelOptions options) {
        return assertThatThrownBy(() -> dict.network(options))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.pt: ");
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(Map<String, long[]> shapes) {
        return refused(of(shapes), ModelOptions.none());
    }

    private static Map<String, long[]> rnn() {
        return TestFiles.stack("", 1, 5, 8, 2);
    }

    @Test
    void theOnlyNetworkNeedsNoPrefix() {
        Map<String, long[]> shapes = TestFiles.stack("module.rnn.", 1, 5, 8, 2);
        shapes.put("module.head.weight", new long[] {1, 8});
        Network network = of(shapes).network(ModelOptions.none());
        assertThat(network.prefix()).isEqualTo("module.rnn.");
        assertThat(network.otherTensors()).containsExactly("module.head.weight");
        assertThat(network.model().numLayers()).isEqualTo(2);
        assertThat(network.model().cell()).isEqualTo(Cell.RNN_TANH);
        assertThat(of(shapes)
                        .network(ModelOptions.none().withNonlinearity(Nonlinearity.RELU))
                        .model()
                        .cell())
                .isEqualTo(Cell.RNN_RELU);
    }

    @Test
    void aPrefixMayLackItsDotAndItsBeginning() {
        Map<String, long[]> shapes = TestFiles.stack("model_state_dict.encoder.rnn.", 1, 5, 8, 1);
        shapes.putAll(TestFiles.stack("model_state_dict.decoder.rnn.", 1, 3, 8, 1));
        shapes.putAll(TestFiles.stack("rnn.", 1, 2, 8, 1));
        StateDict dict = of(shapes);
        for (String asked : new String[] {
            "model_state_dict.encoder.rnn.", "model_state_dict.encoder.rnn", "encoder.rnn", "encoder.rnn."
        }) {
            assertThat(dict.network(prefix(asked)).model().inputSize())
                    .as(asked)
                    .isEqualTo(5);
        }
        assertThat(dict.network(prefix("rnn")).model().inputSize())
                .as("exact first")
                .isEqualTo(2);
        refused(dict, prefix("coder.rnn")).hasMessageContaining("coder.rnn.weight_ih_l0");
        refused(dict, prefix("")).hasMessageContaining("no recurrent network under the prefix ''");
        refused(dict, ModelOptions.none())
                .hasMessageContaining("--state-dict-prefix")
                .hasMessageContaining("'model_state_dict.encoder.rnn.', 'model_state_dict.decoder.rnn.', 'rnn.'");
    }

    @Test
    void aPrefixThatFitsTwoIsRefused() {
        Map<String, long[]> shapes = TestFiles.stack("a.rnn.", 1, 5, 8, 1);
        shapes.putAll(TestFiles.stack("b.rnn.", 1, 5, 8, 1));
        refused(of(shapes), prefix("rnn")).hasMessageContaining("fits 2").hasMessageContaining("'a.rnn.', 'b.rnn.'");
    }

    @Test
    void theEmptyPrefixIsTheTopLevel() {
        Map<String, long[]> shapes = rnn();
        shapes.putAll(TestFiles.stack("a.", 1, 3, 8, 1));
        assertThat(of(shapes).network(prefix("")).model().inputSize()).isEqualTo(5);
        refused(of(shapes), ModelOptions.none()).hasMessageContaining("'' (the top level), 'a.'");
    }

    @Test
    void twoNetworksOfOneFile() {
        Golden.Case c = Golden.named("m10_rnn_relu_l1_nobias_b17_i1_h8");
        for (String file : new String[] {"model_full_prefix.pt", "model_full_prefix.safetensors"}) {
            ModelFile opened = ModelFile.open(c.file(file), "f.pt");
            assertThat(opened.prefixes()).containsExactlyInAnyOrder("encoder.rnn.", "decoder.rnn.");
            assertThatThrownBy(() -> opened.network(ModelOptions.none()))
                    .hasMessageContaining("--state-dict-prefix")
                    .hasMessageContaining("'decoder.rnn.'")
                    .hasMessageContaining("'encoder.rnn.'");
            assertThat(opened.network(prefix("encoder.rnn")).prefix()).isEqualTo("encoder.rnn.");
        }
    }

    @Test
    void missingTensorsAreNamed() {
        Map<String, long[]> shapes = rnn();
        shapes.remove("bias_hh_l1");
        refused(shapes).hasMessageContaining("missing is tensor bias_hh_l1").hasMessageContaining("num_layers 2");

        Map<String, long[]> gap = rnn();
        gap.put("weight_ih_l3", new long[] {8, 8});
        refused(gap).hasMessageContaining("weight_ih_l2").hasMessageContaining("num_layers 4");

        Map<String, long[]> oneDirection = rnn();
        oneDirection.put("weight_ih_l0_reverse", new long[] {8, 5});
        refused(oneDirection).hasMessageContaining("weight_hh_l0_reverse").hasMessageContaining("bidirectional");

        refused(Map.of("weight_ih_l9999", new long[] {1, 1})).hasMessageContaining("more");
    }

    @Test
    void shapesAreHeldAgainstEachOther() {
        Map<String, long[]> shapes = rnn();
        shapes.put("weight_ih_l1", new long[] {8, 7});
        refused(shapes)
                .hasMessageContaining("tensor weight_ih_l1 is [8, 7], but should be [8, 8]")
                .hasMessageContaining("hidden_size 8 (by weight_hh_l0 [8, 8])");
        Map<String, long[]> bias = rnn();
        bias.put("bias_ih_l0", new long[] {8, 1});
        refused(bias).hasMessageContaining("tensor bias_ih_l0 is [8, 1], but should be [8]");
        refused(Map.of("weight_ih_l0", new long[] {8, 5}, "weight_hh_l0", new long[] {8}))
                .hasMessageContaining("two dimensions");
        refused(Map.of("weight_ih_l0", new long[] {0, 5}, "weight_hh_l0", new long[] {0, 0}))
                .hasMessageContaining("without hidden units");
        refused(Map.of("weight_ih_l0", new long[] {16, 5}, "weight_hh_l0", new long[] {16, 8}))
                .hasMessageContaining("weight_hh_l0 is [16, 8]");
    }

    @Test
    void theNumberOfGatesTellsTheCell() {
        for (String name : new String[] {"lstm_proj3", "trained_gru_classifier"}) {
            Golden.Case c = Golden.named(name);
            RnnModel model = ModelFile.open(c.file("model.pt"), "f.pt")
                    .network(ModelOptions.none())
                    .model();
            assertThat(model.cell()).isEqualTo(c.projSize() > 0 ? Cell.LSTM : Cell.GRU);
            assertThat(model.hiddenSize()).isEqualTo(c.hiddenSize());
            assertThat(model.stateSize()).isEqualTo(c.projSize() > 0 ? c.projSize() : c.hiddenSize());
        }
    }

    @Test
    void noNetwork() {
        refused(Map.of("head.weight", new long[] {8, 5}))
                .hasMessageContaining("expected tensors called weight_ih_l0")
                .hasMessageContaining("The file has: head.weight");
        refused(Map.of("weight_ih", new long[] {8, 5})).hasMessageContaining("nn.RNNCell");
        refused(Map.of()).hasMessageContaining("no tensor at all");
    }

    @Test
    void onlyFloatsAreWeights() {
        Tensors.Builder tensors = Tensors.builder("f.pt");
        tensors.add(
                "weight_ih_l0", DType.INT8, Shape.of(2, 3), () -> Tensor.of(DType.INT8, Shape.of(2, 3), new byte[6]));
        tensors.add("weight_hh_l0", DType.FLOAT32, Shape.of(2, 2), () -> Tensor.ofFloats(Shape.of(2, 2), new float[4]));
        refused(new StateDict("f.pt", 100, tensors.build()), ModelOptions.none())
                .hasMessageContaining("weight_ih_l0 is of type int8");
    }

    @Test
    void floatTypesMayBeMixed() {
        Map<String, long[]> shapes = new LinkedHashMap<>(rnn());
        Tensors.Builder tensors = Tensors.builder("f.pt");
        shapes.forEach((name, sizes) -> {
            Shape shape = Shape.of(sizes);
            DType type = name.startsWith("bias") ? DType.FLOAT64 : DType.FLOAT16;
            byte[] bytes = new byte[(int) shape.elements() * type.byteSize()];
            tensors.add(name, type, shape, () -> Tensor.of(type, shape, bytes));
        });
        assertThat(new StateDict("f.pt", 1000, tensors.build())
                        .network(ModelOptions.none())
                        .model()
                        .weightsDType())
                .isEqualTo(DType.FLOAT64);
    }
}
