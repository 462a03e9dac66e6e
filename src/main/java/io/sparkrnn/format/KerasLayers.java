package io.sparkrnn.format;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.KerasWhole.Value;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.BatchNormalization;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.KeepSteps;
import io.sparkrnn.graph.operator.LayerNormalization;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pad;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Pool;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Split;
import io.sparkrnn.graph.operator.Tile;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.graph.operator.Window;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The <a href="https://keras.io/api/layers/">layers of Keras</a> that are run, by their classes. */
final class KerasLayers {
    /** What a layer makes of what it takes. */
    private interface Layer {
        List<Value> call(Call call);
    }

    /** A layer that takes one value and gives one, with the same mask. */
    private interface Simple {
        Value call(Call call, Value x);
    }

    /** A call of a layer. */
    private record Call(KerasWhole whole, KerasLayer layer, List<Value> values, List<Value> states) {
        JsonNode config() {
            return layer.config();
        }

        Value x() {
            if (values.size() != 1) {
                throw refused("takes " + values.size() + " values; expected one");
            }
            return values.get(0);
        }

        String node(Operator operator, String... taken) {
            return whole.node(layer, operator, taken);
        }

        String constant(Tensor tensor) {
            return whole.constant(layer, tensor);
        }

        String wholes(long... values) {
            return whole.wholes(layer, values);
        }

        RuntimeException refused(String what) {
            return whole.refused(layer, what);
        }
    }

    private static final Map<String, Layer> LAYERS = layers();

    private KerasLayers() {}

    /** The names of all classes that are run. */
    static List<String> names() {
        return List.copyOf(LAYERS.keySet());
    }

    /** Calls a layer: adds its nodes to the graph. */
    static List<Value> call(KerasWhole whole, KerasLayer layer, List<Value> values, List<Value> states) {
        Layer found = LAYERS.get(layer.className());
        if (found == null) {
            throw whole.refused(
                    layer,
                    "is of a class that is not run"
                            + (layer.className().equals("Lambda") ? ": it is code of Python" : "") + "; run are "
                            + String.join(", ", names()));
        }
        return found.call(new Call(whole, layer, values, states));
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
                "ActivityRegularization")) {
            simple(layers, nothing, (call, x) -> x);
        }
        layers.put("Masking", KerasLayers::masking);
        layers.put("Embedding", KerasLayers::embedding);
        simple(layers, "Dense", KerasLayers::dense);
        simple(layers, "TimeDistributed", KerasLayers::timeDistributed);
        activations(layers);
        simple(layers, "BatchNormalization", KerasLayers::batchNormalization);
        simple(layers, "LayerNormalization", KerasLayers::layerNormalization);
        simple(layers, "Normalization", KerasLayers::normalization);
        simple(layers, "Rescaling", KerasLayers::rescaling);
        layers.put("Conv1D", KerasLayers::convolution);
        layers.put("Convolution1D", KerasLayers::convolution);
        layers.put("MaxPooling1D", call -> pooling(call, Pool.Of.MAX));
        layers.put("AveragePooling1D", call -> pooling(call, Pool.Of.MEAN));
        layers.put("GlobalMaxPooling1D", call -> global(call, Reduce.Of.MAX));
        layers.put("GlobalAveragePooling1D", call -> global(call, Reduce.Of.MEAN));
        layers.put("ZeroPadding1D", KerasLayers::zeroPadding);
        layers.put("Cropping1D", KerasLayers::cropping);
        layers.put("Flatten", call -> reshaped(call, 2, 1, -1));
        layers.put("Reshape", KerasLayers::reshape);
        layers.put("Permute", KerasLayers::permute);
        layers.put("RepeatVector", KerasLayers::repeatVector);
        layers.put("Concatenate", KerasLayers::concatenate);
        layers.put("Add", call -> merge(call, Pair.Of.ADD));
        layers.put("Subtract", call -> merge(call, Pair.Of.SUB));
        layers.put("Multiply", call -> merge(call, Pair.Of.MUL));
        layers.put("Average", call -> merge(call, Pair.Of.MEAN));
        layers.put("Maximum", call -> merge(call, Pair.Of.MAX));
        layers.put("Minimum", call -> merge(call, Pair.Of.MIN));
        layers.put("Dot", KerasLayers::dot);
        layers.put("Attention", KerasLayers::attention);
        layers.put("AdditiveAttention", KerasLayers::attention);
        for (String recurrent : List.of("SimpleRNN", "LSTM", "GRU", "CuDNNLSTM", "CuDNNGRU", "Bidirectional")) {
            layers.put(recurrent, KerasLayers::recurrent);
        }
        return layers;
    }

    private static void simple(Map<String, Layer> layers, String name, Simple simple) {
        layers.put(name, call -> {
            Value x = call.x();
            return List.of(simple.call(call, x).masked(x.mask()));
        });
    }

    private static List<Value> one(String name, int rank, @Nullable String mask) {
        return List.of(new Value(name, rank, mask));
    }

    // ---- activations ----

    private static void activations(Map<String, Layer> layers) {
        simple(
                layers,
                "Activation",
                (call, x) -> activated(call, x, call.config().path("activation")));
        simple(layers, "ReLU", KerasLayers::relu);
        simple(
                layers,
                "LeakyReLU",
                (call, x) -> function(
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
                (call, x) -> function(
                        call,
                        x,
                        Activation.Kind.ELU,
                        call.config().path("alpha").asDouble(1),
                        0));
        simple(
                layers,
                "ThresholdedReLU",
                (call, x) -> function(
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
            return softmax(call, x, call.config().path("axis").asInt(-1));
        });
    }

    private static Value function(Call call, Value x, Activation.Kind kind, double alpha, double beta) {
        return new Value(call.node(new Function.Activate(new Activation(kind, alpha, beta)), x.name()), x.rank(), null);
    }

    private static Value softmax(Call call, Value x, int axis) {
        return new Value(
                call.node(new Softmax(Softmax.Of.SOFTMAX, axis, Softmax.Along.AXIS), x.name()), x.rank(), null);
    }

    /** {@code max(0, x)}, with a bound, a slope below and a threshold (<a href="https://keras.io/api/layers/activation_layers/relu/">ReLU</a>). */
    private static Value relu(Call call, Value x) {
        double most = call.config().path("max_value").asDouble(Double.POSITIVE_INFINITY);
        double slope = call.config().path("negative_slope").asDouble(0);
        double threshold = call.config().path("threshold").asDouble(0);
        if (threshold != 0) {
            throw call.refused("has a threshold, which is not computed");
        }
        Value y = slope == 0
                ? new Value(call.node(new Function.Activate(Activation.RELU), x.name()), x.rank(), null)
                : function(call, x, Activation.Kind.LEAKY_RELU, slope, 0);
        return Double.isInfinite(most) ? y : clipped(call, y, Double.NEGATIVE_INFINITY, most);
    }

    private static Value clipped(Call call, Value x, double low, double high) {
        return new Value(call.node(new io.sparkrnn.graph.operator.Clip(low, high), x.name()), x.rank(), null);
    }

    /** A function by its name or its configuration; of a name that is missing, or null, nothing. */
    private static Value activated(Call call, Value x, JsonNode said) {
        JsonNode name = said.isObject() && said.path("config").isTextual() ? said.path("config") : said;
        if (said.isMissingNode() || said.isNull() || name.asText().equals("linear")) {
            return x;
        }
        return switch (name.asText().toLowerCase(java.util.Locale.ROOT)) {
            case "softmax" -> softmax(call, x, -1);
            case "log_softmax" ->
                new Value(
                        call.node(new Softmax(Softmax.Of.LOG_SOFTMAX, -1, Softmax.Along.AXIS), x.name()),
                        x.rank(),
                        null);
            case "gelu" -> function(call, x, Function.Of.GELU);
            case "mish" -> function(call, x, Function.Of.MISH);
            case "hard_silu", "hard_swish" -> function(call, x, Function.Of.HARD_SWISH);
            case "relu6" ->
                clipped(
                        call,
                        new Value(call.node(new Function.Activate(Activation.RELU), x.name()), x.rank(), null),
                        Double.NEGATIVE_INFINITY,
                        6);
            default -> {
                Activation function = call.whole().cells.activation(call.layer().name(), said, "linear");
                yield new Value(call.node(new Function.Activate(function), x.name()), x.rank(), null);
            }
        };
    }

    private static Value function(Call call, Value x, Function.Of of) {
        return new Value(call.node(new Function(of), x.name()), x.rank(), null);
    }

    // ---- layers of each step ----

    /** Steps of which every number is mask_value are masked, and zero from here on. */
    private static List<Value> masking(Call call) {
        Value x = call.x();
        if (x.rank() != 3) {
            throw call.refused("masks a value of " + x.rank() + " axes; expected [batch, steps, features]");
        }
        String value = call.whole()
                .number(call.layer(), (float) call.config().path("mask_value").asDouble(0));
        String other = call.node(new Function(Function.Of.NOT), call.node(new Pair(Pair.Of.EQUAL), x.name(), value));
        String kept = call.node(new Reduce(Reduce.Of.MAX, List.of(2L), Reduce.Keep.STAY, Reduce.None.ALL), other);
        String mask = call.node(new Reshape(Reshape.Zero.AS_IT_IS), kept, call.wholes(1, -1));
        String y = call.node(new Pair(Pair.Of.MUL), x.name(), call.node(new Cast(Cast.To.NUMBERS), kept));
        return one(y, 3, joined(call, mask, x.mask()));
    }

    /** Both masks together. */
    private static @Nullable String joined(Call call, @Nullable String a, @Nullable String b) {
        return a == null ? b : b == null ? a : call.node(new Pair(Pair.Of.MUL), a, b);
    }

    private static List<Value> embedding(Call call) {
        Value x = call.x();
        Tensor table = call.whole().weights(call.layer(), 1).get(0);
        String wholes = call.node(new Cast(Cast.To.WHOLES), x.name());
        String y = call.node(new Gather(0), call.constant(table), wholes);
        String mask = null;
        if (call.config().path("mask_zero").asBoolean(false) && x.rank() == 2) {
            mask = call.node(new Function(Function.Of.NOT), call.node(new Pair(Pair.Of.EQUAL), wholes, call.wholes(0)));
        }
        return one(y, x.rank() + 1, mask);
    }

    private static Value dense(Call call, Value x) {
        boolean bias = call.config()
                .path("use_bias")
                .asBoolean(call.config().path("bias").asBoolean(true));
        return dense(call, x, call.config(), bias);
    }

    private static Value dense(Call call, Value x, JsonNode config, boolean bias) {
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 2 : 1);
        if (weights.get(0).shape().rank() != 2) {
            throw call.refused("has a kernel of shape " + weights.get(0).shape() + "; expected [inputs, units]");
        }
        String y = call.node(new MatMul(), x.name(), call.constant(weights.get(0)));
        if (bias) {
            y = call.node(new Pair(Pair.Of.ADD), y, call.constant(weights.get(1)));
        }
        return activated(call, new Value(y, x.rank(), null), config.path("activation"));
    }

    /** What a layer makes of each step: of those that make the same of a whole sequence. */
    private static Value timeDistributed(Call call, Value x) {
        JsonNode inner = call.config().path("layer");
        JsonNode config = inner.path("config");
        return switch (inner.path("class_name").asText()) {
            case "Dense" ->
                dense(
                        call,
                        x,
                        config,
                        config.path("use_bias").asBoolean(config.path("bias").asBoolean(true)));
            case "Activation" -> activated(call, x, config.path("activation"));
            case "Dropout" -> x;
            default ->
                throw call.refused("wraps a " + inner.path("class_name").asText()
                        + "; run are TimeDistributed of Dense, Activation and Dropout");
        };
    }

    private static Value batchNormalization(Call call, Value x) {
        boolean center = call.config().path("center").asBoolean(true);
        boolean scale = call.config().path("scale").asBoolean(true);
        List<Tensor> weights = call.whole().weights(call.layer(), 2 + (center ? 1 : 0) + (scale ? 1 : 0));
        int next = 0;
        Tensor gamma = scale ? weights.get(next++) : null;
        Tensor beta = center ? weights.get(next++) : null;
        Tensor mean = weights.get(next++);
        Tensor variance = weights.get(next);
        int channels = (int) mean.shape().elements();
        JsonNode axis = call.config().path("axis");
        String y = call.node(
                new BatchNormalization(
                        (axis.isArray() ? axis.path(0) : axis).asInt(-1),
                        call.config().path("epsilon").asDouble(1e-3)),
                x.name(),
                call.constant(gamma == null ? all(channels, 1) : gamma),
                call.constant(beta == null ? all(channels, 0) : beta),
                call.constant(mean),
                call.constant(variance));
        return new Value(y, x.rank(), null);
    }

    private static Tensor all(int count, float number) {
        float[] numbers = new float[count];
        java.util.Arrays.fill(numbers, number);
        return Tensor.ofFloats(Shape.of(count), numbers);
    }

    private static Value layerNormalization(Call call, Value x) {
        boolean center = call.config().path("center").asBoolean(true);
        boolean scale = call.config().path("scale").asBoolean(true);
        JsonNode said = call.config().path("axis");
        int axis = (said.isArray() ? said.path(0) : said).asInt(-1);
        if (said.size() > 1
                || (axis != -1 && axis != x.rank() - 1)
                || call.config().path("rms_scaling").asBoolean(false)) {
            throw call.refused("is not over the last axis alone, or scales by the root mean square");
        }
        List<Tensor> weights = call.whole().weights(call.layer(), (center ? 1 : 0) + (scale ? 1 : 0));
        String gamma = scale ? call.constant(weights.get(0)) : "";
        String beta = center ? call.constant(weights.get(scale ? 1 : 0)) : "";
        String y = call.node(
                new LayerNormalization(-1, call.config().path("epsilon").asDouble(1e-3)), x.name(), gamma, beta);
        return new Value(y, x.rank(), null);
    }

    /** {@code (x - mean) / max(sqrt(variance), 1e-7)}, by what adapt() or the configuration left. */
    private static Value normalization(Call call, Value x) {
        if (call.config().path("invert").asBoolean(false)) {
            throw call.refused("is inverted, which is not computed");
        }
        double[] mean = numbers(call.config().path("mean"));
        double[] variance = numbers(call.config().path("variance"));
        if (mean.length == 0) {
            List<Tensor> weights = call.whole().weights(call.layer(), 2);
            mean = weights.get(0).toDoubles();
            variance = weights.get(1).toDoubles();
        }
        if (mean.length != variance.length) {
            throw call.refused("has " + mean.length + " means and " + variance.length + " variances");
        }
        float[] deviations = new float[variance.length];
        float[] means = new float[mean.length];
        for (int i = 0; i < deviations.length; i++) {
            deviations[i] = (float) Math.max(Math.sqrt(variance[i]), 1e-7);
            means[i] = (float) mean[i];
        }
        String centred = call.node(
                new Pair(Pair.Of.SUB), x.name(), call.constant(Tensor.ofFloats(Shape.of(means.length), means)));
        return new Value(
                call.node(
                        new Pair(Pair.Of.DIV),
                        centred,
                        call.constant(Tensor.ofFloats(Shape.of(deviations.length), deviations))),
                x.rank(),
                null);
    }

    private static double[] numbers(JsonNode said) {
        if (said.isNumber()) {
            return new double[] {said.asDouble()};
        }
        List<Double> found = new ArrayList<>();
        flatten(said, found, 0);
        return found.stream().mapToDouble(number -> number).toArray();
    }

    private static void flatten(JsonNode said, List<Double> found, int depth) {
        for (JsonNode inner : said) {
            if (inner.isNumber()) {
                found.add(inner.asDouble());
            } else if (depth < 8) {
                flatten(inner, found, depth + 1);
            }
        }
    }

    private static Value rescaling(Call call, Value x) {
        double[] scale = numbers(call.config().path("scale"));
        double[] offset = numbers(call.config().path("offset"));
        if (scale.length != 1 || offset.length > 1) {
            throw call.refused("has a scale of several numbers, which is not computed");
        }
        return function(call, x, Activation.Kind.AFFINE, scale[0], offset.length == 0 ? 0 : offset[0]);
    }

    // ---- layers over steps ----

    private static int number(JsonNode said, int absent) {
        return (said.isArray() ? said.path(0) : said).asInt(absent);
    }

    private static void channelsLast(Call call, Value x) {
        if (x.rank() != 3
                || call.config().path("data_format").asText("channels_last").equals("channels_first")) {
            throw call.refused(
                    "takes a value of " + x.rank() + " axes, or channels first; expected [batch, steps, channels]");
        }
    }

    private static Window window(Call call, int size, int stride, int dilation, int before) {
        String padding = call.config()
                .path("padding")
                .asText(call.config().path("border_mode").asText("valid"));
        return switch (padding) {
            case "valid" -> new Window(size, stride, dilation, 0, 0, Window.Fit.WHOLE, Window.Pad.SAID);
            case "same" -> new Window(size, stride, dilation, 0, 0, Window.Fit.WHOLE, Window.Pad.SAME_UPPER);
            case "causal" -> new Window(size, stride, dilation, before, 0, Window.Fit.WHOLE, Window.Pad.SAID);
            default -> throw call.refused("has the padding '" + padding + "'; run are valid, same and causal");
        };
    }

    private static List<Value> convolution(Call call) {
        Value x = call.x();
        channelsLast(call, x);
        boolean bias = call.config().path("use_bias").asBoolean(true);
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 2 : 1);
        Shape kernel = weights.get(0).shape();
        if (kernel.rank() != 3) {
            throw call.refused("has a kernel of shape " + kernel + "; expected [size, channels, filters]");
        }
        int dilation = number(call.config().path("dilation_rate"), 1);
        int stride = number(call.config().path("strides"), 1);
        Window window = window(call, 0, stride, dilation, dilation * ((int) kernel.size(0) - 1));
        String w = call.node(Transpose.of(2, 1, 0), call.constant(weights.get(0)));
        String channels = call.node(Transpose.of(0, 2, 1), x.name());
        String y = call.node(
                new Conv(window, call.config().path("groups").asInt(1)),
                channels,
                w,
                bias ? call.constant(weights.get(1)) : "");
        Value steps = new Value(call.node(Transpose.of(0, 2, 1), y), 3, null);
        return List.of(activated(call, steps, call.config().path("activation")).masked(null));
    }

    private static List<Value> pooling(Call call, Pool.Of of) {
        Value x = call.x();
        channelsLast(call, x);
        JsonNode said = call.config().path("pool_size");
        int size = number(said.isMissingNode() ? call.config().path("pool_length") : said, 2);
        JsonNode strides = call.config().path("strides");
        int stride = strides.isNull() || strides.isMissingNode() ? size : number(strides, size);
        String y = call.node(
                new Pool(of, window(call, size, stride, 1, 0), Pool.Beyond.NOTHING),
                call.node(Transpose.of(0, 2, 1), x.name()));
        return one(call.node(Transpose.of(0, 2, 1), y), 3, null);
    }

    private static List<Value> global(Call call, Reduce.Of of) {
        Value x = call.x();
        channelsLast(call, x);
        Reduce.Keep keep = call.config().path("keepdims").asBoolean(false) ? Reduce.Keep.STAY : Reduce.Keep.GO;
        int rank = keep == Reduce.Keep.STAY ? 3 : 2;
        String mask = x.mask();
        if (of == Reduce.Of.MEAN && mask != null) {
            // The mean of the steps that count.
            String counts = call.node(new Cast(Cast.To.NUMBERS), call.node(new Unsqueeze(List.of(2L)), mask));
            String total = call.node(sum(keep), call.node(new Pair(Pair.Of.MUL), x.name(), counts));
            return one(call.node(new Pair(Pair.Of.DIV), total, call.node(sum(keep), counts)), rank, null);
        }
        return one(call.node(new Reduce(of, List.of(1L), keep, Reduce.None.ALL), x.name()), rank, null);
    }

    private static Reduce sum(Reduce.Keep keep) {
        return new Reduce(Reduce.Of.SUM, List.of(1L), keep, Reduce.None.ALL);
    }

    private static List<Value> zeroPadding(Call call) {
        Value x = call.x();
        channelsLast(call, x);
        JsonNode said = call.config().path("padding");
        long before = said.isArray() ? said.path(0).asLong() : said.asLong(1);
        long after = said.isArray() ? said.path(1).asLong() : said.asLong(1);
        return one(call.node(new Pad(Pad.Mode.CONSTANT, List.of(0L, before, 0L, 0L, after, 0L), 0), x.name()), 3, null);
    }

    private static List<Value> cropping(Call call) {
        Value x = call.x();
        channelsLast(call, x);
        JsonNode said = call.config().path("cropping");
        long before = said.isArray() ? said.path(0).asLong() : said.asLong(1);
        long after = said.isArray() ? said.path(1).asLong() : said.asLong(1);
        return one(
                call.node(new Pad(Pad.Mode.CONSTANT, List.of(0L, -before, 0L, 0L, -after, 0L), 0), x.name()), 3, null);
    }

    private static List<Value> reshaped(Call call, int rank, long... shape) {
        return one(call.node(new Reshape(Reshape.Zero.EMPTY), call.x().name(), call.wholes(shape)), rank, null);
    }

    private static List<Value> reshape(Call call) {
        JsonNode target = call.config().path("target_shape");
        long[] shape = new long[target.size() + 1];
        shape[0] = 1;
        for (int i = 1; i < shape.length; i++) {
            shape[i] = target.path(i - 1).asLong(-1);
        }
        return reshaped(call, shape.length, shape);
    }

    private static List<Value> permute(Call call) {
        List<Integer> order = new ArrayList<>(List.of(0));
        call.config().path("dims").forEach(dim -> order.add(dim.asInt()));
        return one(call.node(new Transpose(order), call.x().name()), call.x().rank(), null);
    }

    private static List<Value> repeatVector(Call call) {
        long times = call.config().path("n").asLong(1);
        String steps = call.node(new Unsqueeze(List.of(1L)), call.x().name());
        return one(call.node(new Tile(), steps, call.wholes(1, times, 1)), 3, null);
    }

    // ---- layers of several values ----

    private static @Nullable String masks(Call call) {
        String mask = null;
        for (Value value : call.values()) {
            mask = joined(call, mask, value.mask());
        }
        return mask;
    }

    private static List<Value> concatenate(Call call) {
        int rank = call.values().get(0).rank();
        int axis = call.config().path("axis").asInt(-1);
        boolean last = axis == -1 || axis == rank - 1;
        String mask = masks(call);
        if (!last && mask != null) {
            throw call.refused("joins masked values along the steps, which is not computed");
        }
        return one(call.node(new Concat(axis), names(call)), rank, mask);
    }

    private static String[] names(Call call) {
        return call.values().stream().map(Value::name).toArray(String[]::new);
    }

    private static List<Value> merge(Call call, Pair.Of of) {
        int rank = call.values().stream().mapToInt(Value::rank).max().orElse(0);
        if (call.values().stream().anyMatch(value -> value.rank() != rank)) {
            throw call.refused("merges values of different numbers of axes");
        }
        return one(call.node(new Pair(of), names(call)), rank, masks(call));
    }

    /** Sums of products along an axis of each of two values: {@code [batch, others of a, others of b]}. */
    private static List<Value> dot(Call call) {
        if (call.values().size() != 2 || call.config().path("normalize").asBoolean(false)) {
            throw call.refused("is normalised, or of " + call.values().size() + " values");
        }
        Value a = call.values().get(0);
        Value b = call.values().get(1);
        JsonNode axes = call.config().path("axes");
        int along = axis(axes.isArray() ? axes.path(0) : axes, a.rank());
        int other = axis(axes.isArray() ? axes.path(1) : axes, b.rank());
        if (a.rank() > 3 || b.rank() > 3 || along < 1 || other < 1) {
            throw call.refused("has the axes " + axes + " of values of " + a.rank() + " and " + b.rank() + " axes");
        }
        String left = a.rank() == 2
                ? call.node(new Unsqueeze(List.of(1L)), a.name())
                : along == 2 ? a.name() : call.node(Transpose.of(0, 2, 1), a.name());
        String right = b.rank() == 2
                ? call.node(new Unsqueeze(List.of(2L)), b.name())
                : other == 1 ? b.name() : call.node(Transpose.of(0, 2, 1), b.name());
        String product = call.node(new MatMul(), left, right);
        if (a.rank() == 3 && b.rank() == 3) {
            return one(product, 3, null);
        }
        // [1, T, 1], [1, 1, S] or [1, 1, 1]
        return one(call.node(new Reshape(Reshape.Zero.EMPTY), product, call.wholes(1, -1)), 2, null);
    }

    private static int axis(JsonNode said, int rank) {
        int axis = said.asInt(-1);
        return axis < 0 ? axis + rank : axis;
    }

    /**
     * What is looked up of values by how alike keys and queries are: {@code softmax(score(q, k)) v}, of <a
     * href="https://keras.io/api/layers/attention_layers/attention/">Attention</a> {@code q k} (times a scale), of <a
     * href="https://keras.io/api/layers/attention_layers/additive_attention/">AdditiveAttention</a> the sum of {@code scale
     * tanh(q + k)}. Masked values get nothing; masked queries give zeros.
     */
    private static List<Value> attention(Call call) {
        boolean additive = call.layer().className().equals("AdditiveAttention");
        JsonNode config = call.config();
        if (call.values().size() < 2
                || call.values().size() > 3
                || config.path("causal").asBoolean(false)
                || !config.path("score_mode").asText("dot").equals("dot")
                || call.values().stream().anyMatch(value -> value.rank() != 3)) {
            throw call.refused("is causal, scores otherwise than by a product, or is not given two or three sequences");
        }
        Value query = call.values().get(0);
        Value value = call.values().get(1);
        Value key = call.values().size() == 3 ? call.values().get(2) : value;
        boolean scaled = config.path("use_scale").asBoolean(additive);
        String scale =
                scaled ? call.constant(call.whole().weights(call.layer(), 1).get(0)) : null;
        String scores;
        if (additive) {
            String sum = call.node(
                    new Pair(Pair.Of.ADD),
                    call.node(new Unsqueeze(List.of(2L)), query.name()),
                    call.node(new Unsqueeze(List.of(1L)), key.name()));
            String bent = call.node(new Function.Activate(Activation.TANH), sum);
            String weighed = scale == null ? bent : call.node(new Pair(Pair.Of.MUL), bent, scale);
            scores = call.node(new Reduce(Reduce.Of.SUM, List.of(3L), Reduce.Keep.GO, Reduce.None.ALL), weighed);
        } else {
            scores = call.node(new MatMul(), query.name(), call.node(Transpose.of(0, 2, 1), key.name()));
            scores = scale == null ? scores : call.node(new Pair(Pair.Of.MUL), scores, scale);
        }
        String valueMask = value.mask();
        if (valueMask != null) {
            String left = call.node(new Cast(Cast.To.NUMBERS), call.node(new Function(Function.Of.NOT), valueMask));
            String penalty = call.node(
                    new Pair(Pair.Of.MUL),
                    call.node(new Unsqueeze(List.of(1L)), left),
                    call.whole().number(call.layer(), 1e9));
            scores = call.node(new Pair(Pair.Of.SUB), scores, penalty);
        }
        String chances = call.node(new Softmax(Softmax.Of.SOFTMAX, -1, Softmax.Along.AXIS), scores);
        String y = call.node(new MatMul(), chances, value.name());
        String queryMask = query.mask();
        if (queryMask != null) {
            y = call.node(
                    new Pair(Pair.Of.MUL),
                    y,
                    call.node(new Cast(Cast.To.NUMBERS), call.node(new Unsqueeze(List.of(2L)), queryMask)));
        }
        return one(y, 3, queryMask);
    }

    // ---- recurrent layers ----

    /**
     * A recurrent layer, or one that runs both ways. With a mask it runs over the steps that count; a masked step repeats the
     * output of the one before it.
     */
    private static List<Value> recurrent(Call call) {
        KerasWhole whole = call.whole();
        KerasLayer layer = call.layer();
        JsonNode inner = layer.recurrent();
        if (inner.path("stateful").asBoolean(false)) {
            throw call.refused("is stateful: what it gives for a row depends on the rows before it. Save the model with"
                    + " stateful=False if each row is a sequence of its own");
        }
        if (inner.path("time_major").asBoolean(false)) {
            throw call.refused("takes steps first (time_major), which is not computed");
        }
        if (call.values().isEmpty() || call.values().get(0).rank() != 3) {
            throw call.refused("is not given a sequence");
        }
        Value x = call.values().get(0);
        List<Value> states =
                new ArrayList<>(call.values().subList(1, call.values().size()));
        states.addAll(call.states());
        KerasDirections directions = new KerasDirections(whole.file, whole.tensors, whole.cells, whole.weights, layer);
        io.sparkrnn.model.Layer built = directions.layer(false, false);
        RnnModel model = RnnModel.of(List.of(built));
        int count = built.numDirections();
        boolean lstm = model.hasCellState();
        String mask = x.mask();
        String kept = mask == null ? x.name() : call.node(new KeepSteps(), x.name(), mask);
        List<String> given = new ArrayList<>(List.of(call.node(Transpose.of(1, 0, 2), kept)));
        given.addAll(initial(call, states, count, lstm));
        List<String> results = whole.nodes(layer, new Recurrent(model), 3, given.toArray(String[]::new));
        List<Value> outputs = new ArrayList<>();
        boolean sequences = layer.givesSequences();
        List<String> parts = new ArrayList<>();
        int units = built.stateSize();
        if (sequences) {
            // [T, D, 1, P]
            List<String> each = split(call, results.get(0), 1, count);
            for (int d = 0; d < count; d++) {
                String steps = call.node(new Reshape(Reshape.Zero.EMPTY), each.get(d), call.wholes(1, -1, units));
                boolean backward = built.forward() == null || d == 1;
                if (mask != null) {
                    boolean zero = inner.path("zero_output_for_mask").asBoolean(false);
                    steps = call.node(
                            new KeepSteps.Back(
                                    backward ? KeepSteps.Back.Direction.BACKWARD : KeepSteps.Back.Direction.FORWARD,
                                    zero ? KeepSteps.Back.Masked.ZERO : KeepSteps.Back.Masked.REPEATED),
                            steps,
                            mask);
                }
                if (directions.goesBackwards()) {
                    // Keras gives the last step first.
                    steps = call.node(
                            Slice.byInputs(),
                            steps,
                            call.wholes(-1),
                            call.wholes(Long.MIN_VALUE / 2),
                            call.wholes(1),
                            call.wholes(-1));
                }
                parts.add(steps);
            }
        } else {
            for (String state : split(call, results.get(1), 0, count)) {
                parts.add(call.node(new Reshape(Reshape.Zero.EMPTY), state, call.wholes(1, units)));
            }
        }
        int rank = sequences ? 3 : 2;
        String left = sequences && !directions.goesBackwards() ? mask : null;
        if (sequences && mask != null && directions.goesBackwards()) {
            throw call.refused("runs backward over a mask and gives a sequence, whose mask is not computed");
        }
        merged(call, parts, rank, left, outputs);
        if (inner.path("return_state").asBoolean(false)) {
            List<String> h = split(call, results.get(1), 0, count);
            List<String> c = lstm ? split(call, results.get(2), 0, count) : List.of();
            for (int d = 0; d < count; d++) {
                outputs.add(state(call, h.get(d), units));
                if (lstm) {
                    outputs.add(state(call, c.get(d), built.cellStateSize()));
                }
            }
        }
        return outputs;
    }

    private static Value state(Call call, String state, int units) {
        return new Value(call.node(new Reshape(Reshape.Zero.EMPTY), state, call.wholes(1, units)), 2, null);
    }

    private static List<String> split(Call call, String value, int axis, int count) {
        return count == 1
                ? List.of(value)
                : call.whole().nodes(call.layer(), new Split(axis, List.of(), count), count, value);
    }

    /** The two directions as merge_mode says. */
    private static void merged(Call call, List<String> parts, int rank, @Nullable String mask, List<Value> outputs) {
        if (parts.size() == 1) {
            outputs.add(new Value(parts.get(0), rank, mask));
            return;
        }
        JsonNode said = call.config().path("merge_mode");
        String mode = said.isNull() ? "none" : said.asText("concat");
        String[] both = parts.toArray(String[]::new);
        switch (mode) {
            case "concat" -> outputs.add(new Value(call.node(new Concat(-1), both), rank, mask));
            case "sum" -> outputs.add(new Value(call.node(new Pair(Pair.Of.ADD), both), rank, mask));
            case "mul" -> outputs.add(new Value(call.node(new Pair(Pair.Of.MUL), both), rank, mask));
            case "ave" -> outputs.add(new Value(call.node(new Pair(Pair.Of.MEAN), both), rank, mask));
            case "none" -> parts.forEach(part -> outputs.add(new Value(part, rank, mask)));
            default -> throw call.refused("has the merge_mode '" + mode + "'; run are concat, sum, mul, ave and none");
        }
    }

    /** h_0 and c_0 as a recurrent node takes them; empty names where there are none. */
    private static List<String> initial(Call call, List<Value> states, int directions, boolean lstm) {
        if (states.isEmpty()) {
            return List.of("", "");
        }
        int each = lstm ? 2 : 1;
        if (states.size() != each * directions) {
            throw call.refused("is given " + states.size() + " initial states; expected " + each * directions);
        }
        List<String> h = new ArrayList<>();
        List<String> c = new ArrayList<>();
        for (int d = 0; d < directions; d++) {
            h.add(states.get(d * each).name());
            if (lstm) {
                c.add(states.get(d * each + 1).name());
            }
        }
        return List.of(joined(call, h), lstm ? joined(call, c) : "");
    }

    private static String joined(Call call, List<String> states) {
        return states.size() == 1 ? states.get(0) : call.node(new Concat(0), states.toArray(String[]::new));
    }
}
