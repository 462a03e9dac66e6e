package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Pool;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.model.Activation;
import io.sparkrnn.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The <a href="https://keras.io/api/layers/">layers of Keras</a> that are run, by their classes. */
final class KerasLayers {
    /** What a layer makes of what it takes. */
    private interface Layer {
        List<Value> call(KerasCall call);
    }

    /** A layer that takes one value and gives one, with the same mask. */
    private interface Simple {
        Value call(KerasCall call, Value x);
    }

    private static final Map<String, Layer> LAYERS = layers();

    private KerasLayers() {}

    /** The names of all classes that are run. */
    static List<String> names() {
        return List.copyOf(LAYERS.keySet());
    }

    /** Calls a layer: adds its nodes to the graph. */
    static List<Value> call(
            KerasWhole whole, KerasLayer layer, List<Value> values, List<Value> states, JsonNode arguments) {
        Layer found = LAYERS.get(layer.className());
        if (found == null) {
            throw whole.refused(
                    layer,
                    "is of a class that is not run" + because(layer.className()) + "; run are "
                            + String.join(", ", names()));
        }
        return found.call(new KerasCall(whole, layer, values, states, arguments));
    }

    /** Why, and what to do, where that is known. */
    private static String because(String className) {
        return switch (className) {
            case "Lambda" ->
                ": it is code of Python. Write it with layers or keras.ops, load the weights into that model, and save it";
            case "StringLookup",
                    "IntegerLookup",
                    "TextVectorization",
                    "Hashing",
                    "Discretization",
                    "CategoryEncoding" ->
                ": it makes numbers of a table's values. Save what follows it, in Python: keras.Model(layer.output,"
                        + " model.outputs), and let the table have the numbers that it gives";
            case "ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D" -> ": export the model to ONNX, where its loop is run";
            default -> "";
        };
    }

    private static Map<String, Layer> layers() {
        Map<String, Layer> layers = new TreeMap<>();
        for (String nothing : List.of(
                "InputLayer",
                "Dropout",
                "SpatialDropout1D",
                "GaussianNoise",
                "GaussianDropout",
                "AlphaDropout",
                "Identity",
                "ActivityRegularization")) {
            simple(layers, nothing, (call, x) -> x);
        }
        layers.put("Masking", KerasSteps::masking);
        layers.put("Embedding", KerasSteps::embedding);
        simple(layers, "Dense", KerasSteps::dense);
        layers.put("TimeDistributed", KerasSteps::timeDistributed);
        activations(layers);
        simple(layers, "BatchNormalization", KerasSteps::batchNormalization);
        simple(layers, "LayerNormalization", KerasSteps::layerNormalization);
        simple(layers, "UnitNormalization", KerasSteps::unitNormalization);
        simple(layers, "RMSNormalization", KerasSteps::rmsNormalization);
        simple(layers, "GroupNormalization", KerasSteps::groupNormalization);
        simple(layers, "Normalization", KerasSteps::normalization);
        simple(layers, "Rescaling", KerasSteps::rescaling);
        layers.put("Conv1D", KerasWindows::convolution);
        layers.put("Convolution1D", KerasWindows::convolution);
        layers.put("MaxPooling1D", call -> KerasWindows.pooling(call, Pool.Of.MAX));
        layers.put("AveragePooling1D", call -> KerasWindows.pooling(call, Pool.Of.MEAN));
        layers.put("GlobalMaxPooling1D", call -> KerasWindows.global(call, Reduce.Of.MAX));
        layers.put("GlobalAveragePooling1D", call -> KerasWindows.global(call, Reduce.Of.MEAN));
        layers.put("ZeroPadding1D", KerasWindows::zeroPadding);
        layers.put("Cropping1D", KerasWindows::cropping);
        layers.put("SeparableConv1D", KerasWindows::separable);
        layers.put("DepthwiseConv1D", KerasWindows::separable);
        layers.put("Conv1DTranspose", KerasWindows::transposed);
        layers.put("LocallyConnected1D", KerasWindows::local);
        layers.put("UpSampling1D", KerasWindows::upSampling);
        layers.put("Flatten", call -> KerasWindows.reshaped(call, 2, 0, -1));
        layers.put("Reshape", KerasWindows::reshape);
        layers.put("Permute", KerasWindows::permute);
        layers.put("RepeatVector", KerasWindows::repeatVector);
        layers.put("Concatenate", KerasMerges::concatenate);
        layers.put("Add", call -> KerasMerges.merge(call, Pair.Of.ADD));
        layers.put("Subtract", call -> KerasMerges.merge(call, Pair.Of.SUB));
        layers.put("Multiply", call -> KerasMerges.merge(call, Pair.Of.MUL));
        layers.put("Average", call -> KerasMerges.merge(call, Pair.Of.MEAN));
        layers.put("Maximum", call -> KerasMerges.merge(call, Pair.Of.MAX));
        layers.put("Minimum", call -> KerasMerges.merge(call, Pair.Of.MIN));
        layers.put("Dot", KerasMerges::dot);
        layers.put("Attention", KerasMerges::attention);
        layers.put("AdditiveAttention", KerasMerges::attention);
        layers.put("MultiHeadAttention", KerasMerges::multiHeadAttention);
        layers.put("RNN", KerasRecurrent::cells);
        for (String recurrent : List.of("SimpleRNN", "LSTM", "GRU", "CuDNNLSTM", "CuDNNGRU", "Bidirectional")) {
            layers.put(recurrent, KerasRecurrent::recurrent);
        }
        return layers;
    }

    private static void simple(Map<String, Layer> layers, String name, Simple simple) {
        layers.put(name, call -> {
            Value x = call.x();
            return List.of(simple.call(call, x).masked(x.mask()));
        });
    }

    private static void activations(Map<String, Layer> layers) {
        simple(
                layers,
                "Activation",
                (call, x) -> KerasActivations.activated(call, x, call.config().path("activation")));
        simple(layers, "ReLU", KerasActivations::relu);
        simple(
                layers,
                "LeakyReLU",
                (call, x) -> KerasActivations.function(
                        call,
                        x,
                        Activation.Kind.LEAKY_RELU,
                        call.config()
                                .path("negative_slope")
                                .asDouble(call.config().path("alpha").asDouble(0.3)),
                        0));
        simple(
                layers,
                "ELU",
                (call, x) -> KerasActivations.function(
                        call,
                        x,
                        Activation.Kind.ELU,
                        call.config().path("alpha").asDouble(1),
                        0));
        simple(
                layers,
                "ThresholdedReLU",
                (call, x) -> KerasActivations.function(
                        call,
                        x,
                        Activation.Kind.THRESHOLDED_RELU,
                        call.config().path("theta").asDouble(1),
                        0));
        simple(layers, "PReLU", (call, x) -> {
            Tensor alpha = call.whole().weights(call.layer(), 1).get(0);
            return new Value(call.node(new Pair(Pair.Of.PRELU), x.name(), call.constant(alpha)), x.rank(), null);
        });
        simple(layers, "Softmax", (call, x) -> {
            if (x.mask() != null) {
                throw call.refused("is given a mask, which is not computed");
            }
            return KerasActivations.softmax(
                    call, x, Softmax.Of.SOFTMAX, call.config().path("axis").asInt(-1));
        });
    }
}
