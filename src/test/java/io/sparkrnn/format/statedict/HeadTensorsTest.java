package io.sparkrnn.format.statedict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.HeadOptions;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.model.Head;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

/** From names and shapes to a head, and what is said when they do not make one. */
class HeadTensorsTest {
    private static final HeadOptions HEAD = HeadOptions.of("head");

    private static Map<String, long[]> rnn(String prefix) {
        return TestFiles.stack(prefix, 1, 5, 8, 1);
    }

    private static Map<String, long[]> with(String prefix, Object... namesAndShapes) {
        Map<String, long[]> shapes = rnn(prefix);
        for (int i = 0; i < namesAndShapes.length; i += 2) {
            shapes.put((String) namesAndShapes[i], (long[]) namesAndShapes[i + 1]);
        }
        return shapes;
    }

    private static long[] shape(long... sizes) {
        return sizes;
    }

    private static Network read(Map<String, long[]> shapes, HeadOptions options) {
        StateDict dict = new StateDict("f.pt", 1000, TestFiles.zeros(shapes));
        return dict.withHead(
                        dict.network(ModelOptions.none()
                                .withStateDictPrefix(
                                        shapes.containsKey("model.decoder.rnn.weight_ih_l0")
                                                ? "model.decoder.rnn"
                                                : null)),
                        options)
                .orElseThrow();
    }

    private static NamedHead head(Map<String, long[]> shapes, HeadOptions options) {
        return Objects.requireNonNull(read(shapes, options).head());
    }

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(
            Map<String, long[]> shapes, HeadOptions options) {
        return assertThatThrownBy(() -> read(shapes, options))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.pt: ");
    }

    private static HeadOptions layers(HeadOptions.Module... modules) {
        return HEAD.withLayers(List.of(modules));
    }

    @Test
    void aLinearLayer() {
        Network network = read(with("rnn.", "head.weight", shape(2, 8), "head.bias", shape(2), "x", shape(1)), HEAD);
        NamedHead head = Objects.requireNonNull(network.head());
        assertThat(head.prefix()).isEqualTo("head");
        assertThat(head.head()).hasToString("linear 8 to 2, on h_n");
        assertThat(network.otherTensors()).containsExactly("x");
        assertThat(head(with("rnn.", "head.weight", shape(3, 8)), HeadOptions.of("head."))
                        .head())
                .hasToString("linear 8 to 3 (no bias), on h_n");
        Head chosen = head(
                        with("rnn.", "head.weight", shape(3, 8)),
                        new HeadOptions("head", List.of(), Head.Source.HIDDEN_STATES, Head.Finish.SOFTMAX))
                .head();
        assertThat(chosen).hasToString("linear 8 to 3 (no bias), on hidden_states, then softmax");
        assertThat(read(rnn("rnn."), HeadOptions.of("")).head()).isNull();
    }

    @Test
    void aPrefixIsLookedForWithAndWithoutWhatIsBeforeTheNetwork() {
        Map<String, long[]> shapes = with(
                "model.decoder.rnn.",
                "model.decoder.head.weight",
                shape(1, 8),
                "model.head.weight",
                shape(2, 8),
                "other.head.weight",
                shape(3, 8));
        assertThat(head(shapes, HEAD).prefix()).as("the nearest").isEqualTo("model.decoder.head");
        assertThat(head(shapes, HeadOptions.of("model.head")).prefix()).isEqualTo("model.head");
        assertThat(head(shapes, HeadOptions.of("other.head")).prefix()).isEqualTo("other.head");
        shapes.put("head.weight", shape(4, 8));
        assertThat(head(shapes, HEAD).prefix()).as("exact first").isEqualTo("head");
        assertThat(head(with("rnn.", "a.head.weight", shape(1, 8)), HEAD).prefix())
                .isEqualTo("a.head");
        refused(with("rnn.", "a.head.weight", shape(1, 8), "b.head.weight", shape(1, 8)), HEAD)
                .hasMessageContaining("'head' fits 2 heads; give one of these in full: a.head, b.head");
        // A module of an nn.Sequential that the network is in, too.
        assertThat(head(with("net.0.", "net.1.weight", shape(1, 8)), HeadOptions.of("net.1"))
                        .prefix())
                .isEqualTo("net.1");
    }

    @Test
    void aSequentialNeedsItsModulesWhereTheFileHasGaps() {
        Map<String, long[]> shapes = with(
                "rnn.",
                "head.0.weight",
                shape(16, 8),
                "head.0.bias",
                shape(16),
                "head.3.weight",
                shape(2, 16),
                "head.3.bias",
                shape(2));
        refused(shapes, HEAD)
                .hasMessageContaining("linear layers at [0, 3]")
                .hasMessageContaining("--head-layers linear,relu,relu,linear");
        HeadOptions said = layers(
                HeadOptions.Module.LINEAR,
                HeadOptions.Module.TANH,
                HeadOptions.Module.DROPOUT,
                HeadOptions.Module.LINEAR,
                HeadOptions.Module.SIGMOID);
        Network network = read(shapes, said);
        assertThat(Objects.requireNonNull(network.head()).head())
                .hasToString("linear 8 to 16, tanh, linear 16 to 2, sigmoid, on h_n");
        assertThat(network.otherTensors()).isEmpty();
        refused(shapes, layers(HeadOptions.Module.LINEAR, HeadOptions.Module.RELU, HeadOptions.Module.LINEAR))
                .hasMessageContaining(
                        "linear,relu,linear, with linear ones at [0, 2], but the file has them at [0, 3]");
        assertThat(head(with("rnn.", "head.0.weight", shape(4, 8), "head.1.weight", shape(2, 4)), HEAD)
                        .head())
                .hasToString("linear 8 to 4 (no bias), linear 4 to 2 (no bias), on h_n");
        refused(with("rnn.", "head.1.weight", shape(4, 8)), HEAD).hasMessageContaining("--head-layers relu,linear");
        refused(with("rnn.", "head.weight", shape(4, 8)), layers(HeadOptions.Module.LINEAR, HeadOptions.Module.LINEAR))
                .hasMessageContaining("head is one linear layer");
        assertThat(head(
                                with("rnn.", "head.weight", shape(4, 8)),
                                layers(HeadOptions.Module.LINEAR, HeadOptions.Module.RELU))
                        .head())
                .hasToString("linear 8 to 4 (no bias), relu, on h_n");
    }

    @Test
    void widthsAreHeldAgainstEachOther() {
        refused(with("rnn.", "head.weight", shape(2, 16)), HEAD)
                .hasMessageContaining("tensor head.weight is [2, 16]: it takes 16 numbers, but the network's last layer"
                        + " gives 8");
        refused(with("rnn.", "head.0.weight", shape(4, 8), "head.1.weight", shape(2, 5)), HEAD)
                .hasMessageContaining("head.1.weight is [2, 5]: it takes 5 numbers, but head.0.weight gives 4");
        refused(with("rnn.", "head.weight", shape(2, 8), "head.bias", shape(3)), HEAD)
                .hasMessageContaining("head.bias is [3], but should be [2]");
        refused(with("rnn.", "head.weight", shape(8)), HEAD).hasMessageContaining("head.weight is [8], but");
        refused(with("rnn.", "head.weight", shape(1, 8, 1)), HEAD).hasMessageContaining("two dimensions");
        refused(with("rnn.", "head.weight", shape(0, 8)), HEAD).hasMessageContaining("head.weight is [0, 8]");
    }

    @Test
    void whatIsNoHeadIsSaid() {
        refused(with("rnn.", "fc.weight", shape(2, 8), "deep.0.weight", shape(2, 8)), HEAD)
                .hasMessageContaining("no head under the prefix 'head' (no tensor 'head.weight' or 'head.0.weight')")
                .hasMessageContaining("of a linear layer's shape are: fc, deep");
        refused(rnn("rnn."), HEAD).hasMessageContaining("nothing in the file looks like one");
        refused(with("rnn.", "head.weight", shape(2, 8), "head.running_mean", shape(2)), HEAD)
                .hasMessageContaining("head.running_mean is none of a linear layer's");
        refused(with("rnn.", "head.0.weight", shape(2, 8), "head.1.bias", shape(2)), HEAD)
                .hasMessageContaining("head.1.bias is there without its weight");
        refused(with("rnn.", "head.weight", shape(2, 8), "head.0.weight", shape(2, 8)), HEAD)
                .hasMessageContaining("both head.weight and head.0.weight");
        refused(with("rnn.", "head.weight", shape(100_000_000, 8)), HEAD).hasMessageContaining("over and over");
    }

    @Test
    void aHeadOfIntegersIsRefused() {
        Tensors.Builder tensors = Tensors.builder("f.pt");
        Tensors zeros = TestFiles.zeros(rnn("rnn."));
        zeros.names().forEach(name -> tensors.add(name, zeros.dtype(name), zeros.shape(name), () -> zeros.get(name)));
        Shape shape = Shape.of(1, 8);
        tensors.add("head.weight", DType.INT8, shape, () -> Tensor.of(DType.INT8, shape, new byte[8]));
        StateDict dict = new StateDict("f.pt", 1000, tensors.build());
        assertThatThrownBy(() -> dict.withHead(dict.network(ModelOptions.none()), HEAD))
                .hasMessageContaining("head.weight is of type");
    }

    @Test
    void whatLooksLikeAHeadIsFound() {
        Tensors tensors = TestFiles.zeros(with(
                "net.0.",
                "net.1.weight",
                shape(2, 8),
                "deep.0.weight",
                shape(4, 8),
                "deep.2.weight",
                shape(1, 4),
                "wide.weight",
                shape(2, 9),
                "norm.weight",
                shape(8)));
        assertThat(HeadTensors.likely(tensors, List.copyOf(tensors.names()), 8)).containsExactly("net.1", "deep");
    }
}
