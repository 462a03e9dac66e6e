package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.graph.operator.ConvTranspose;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pad;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Pool;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Resize;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Tile;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.graph.operator.Window;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** What layers make of steps beside each other, and of all steps: windows, pooling, shapes. */
final class KerasWindows {
    private KerasWindows() {}

    private static int number(JsonNode said, int absent) {
        return (said.isArray() ? said.path(0) : said).asInt(absent);
    }

    private static void channelsLast(KerasCall call, Value x) {
        if (x.rank() != 3
                || call.config().path("data_format").asText("channels_last").equals("channels_first")) {
            throw call.refused(
                    "takes a value of " + x.rank() + " axes, or channels first; expected [batch, steps, channels]");
        }
    }

    private static boolean hasBias(KerasCall call) {
        return call.config().path("use_bias").asBoolean(true);
    }

    /** [batch, steps, channels] as [batch, channels, steps], and back. */
    private static String turned(KerasCall call, String name) {
        return call.node(Transpose.of(0, 2, 1), name);
    }

    /** What the layer's function makes of steps. */
    private static List<Value> activated(KerasCall call, String steps) {
        Value value = new Value(steps, 3, null);
        return List.of(KerasActivations.activated(call, value, call.config().path("activation")));
    }

    private static Window window(KerasCall call, int size, int stride, int dilation, int before) {
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

    static List<Value> convolution(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        boolean bias = hasBias(call);
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 2 : 1);
        Shape kernel = weights.get(0).shape();
        if (kernel.rank() != 3) {
            throw call.refused("has a kernel of shape " + kernel + "; expected [size, channels, filters]");
        }
        int dilation = number(call.config().path("dilation_rate"), 1);
        int stride = number(call.config().path("strides"), 1);
        Window window = window(call, 0, stride, dilation, dilation * ((int) kernel.size(0) - 1));
        String w = call.node(Transpose.of(2, 1, 0), call.constant(weights.get(0)));
        String channels = turned(call, x.name());
        String y = call.node(
                new Conv(window, call.config().path("groups").asInt(1)),
                channels,
                w,
                bias ? call.constant(weights.get(1)) : "");
        return activated(call, turned(call, y));
    }

    /** Each channel by itself, and then, of a SeparableConv1D, all channels of each step. */
    static List<Value> separable(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        boolean separable = call.layer().className().equals("SeparableConv1D");
        boolean bias = hasBias(call);
        List<Tensor> weights = call.whole().weights(call.layer(), (separable ? 2 : 1) + (bias ? 1 : 0));
        Shape kernel = weights.get(0).shape();
        if (kernel.rank() != 3) {
            throw call.refused("has a kernel of shape " + kernel + "; expected [size, channels, multiplier]");
        }
        int dilation = number(call.config().path("dilation_rate"), 1);
        int stride = number(call.config().path("strides"), 1);
        Window window = window(call, 0, stride, dilation, dilation * ((int) kernel.size(0) - 1));
        long channels = kernel.size(1) * kernel.size(2);
        String w = call.node(
                new Reshape(Reshape.Zero.EMPTY),
                call.node(Transpose.of(1, 2, 0), call.constant(weights.get(0))),
                call.wholes(channels, 1, kernel.size(0)));
        String y = call.node(
                new Conv(window, (int) kernel.size(1)),
                turned(call, x.name()),
                w,
                bias && !separable ? call.constant(weights.get(1)) : "");
        String steps = turned(call, y);
        if (separable) {
            String points = call.node(new Squeeze(List.of(0L)), call.constant(weights.get(1)));
            steps = call.node(new MatMul(), steps, points);
            steps = bias ? call.node(new Pair(Pair.Of.ADD), steps, call.constant(weights.get(2))) : steps;
        }
        return activated(call, steps);
    }

    static List<Value> transposed(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        boolean bias = hasBias(call);
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 2 : 1);
        Shape kernel = weights.get(0).shape();
        int stride = number(call.config().path("strides"), 1);
        int dilation = number(call.config().path("dilation_rate"), 1);
        JsonNode more = call.config().path("output_padding");
        String padding = call.config().path("padding").asText("valid");
        if (kernel.rank() != 3 || (!more.isNull() && !more.isMissingNode()) || (dilation > 1 && stride > 1)) {
            throw call.refused("has a kernel of shape " + kernel + ", an output_padding, or strides and dilation");
        }
        if (!padding.equals("valid") && !padding.equals("same")) {
            throw call.refused("has the padding '" + padding + "'; run are valid and same");
        }
        int span = dilation * ((int) kernel.size(0) - 1) + 1;
        String y = call.node(
                new ConvTranspose(
                        stride,
                        dilation,
                        0,
                        0,
                        Math.max(0, stride - span),
                        padding.equals("same") ? Window.Pad.SAME_UPPER : Window.Pad.SAID,
                        1),
                turned(call, x.name()),
                call.node(Transpose.of(2, 1, 0), call.constant(weights.get(0))),
                bias ? call.constant(weights.get(1)) : "");
        return activated(call, turned(call, y));
    }

    /** A kernel of its own for each place: what a window sees is put side by side by a convolution of ones and zeros. */
    static List<Value> local(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        int size = number(call.config().path("kernel_size"), 1);
        boolean bias = hasBias(call);
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 2 : 1);
        Shape kernel = weights.get(0).shape();
        if (kernel.rank() != 3 || kernel.size(1) % size != 0 || kernel.size(1) > 1 << 12) {
            throw call.refused("has a kernel of shape " + kernel + "; expected [places, size * channels, filters]");
        }
        int seen = (int) kernel.size(1);
        int channels = seen / size;
        float[] ones = new float[seen * channels * size];
        for (int k = 0; k < size; k++) {
            for (int c = 0; c < channels; c++) {
                ones[((k * channels + c) * channels + c) * size + k] = 1;
            }
        }
        Window window = window(call, 0, number(call.config().path("strides"), 1), 1, size - 1);
        String y = call.node(
                new Conv(window, 1),
                turned(call, x.name()),
                call.constant(Tensor.ofFloats(Shape.of(seen, channels, size), ones)));
        String product = call.node(new MatMul(), call.node(Transpose.of(2, 0, 1), y), call.constant(weights.get(0)));
        String steps = call.node(Transpose.of(1, 0, 2), product);
        steps = bias ? call.node(new Pair(Pair.Of.ADD), steps, call.constant(weights.get(1))) : steps;
        return activated(call, steps);
    }

    static List<Value> upSampling(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        double size = number(call.config().path("size"), 2);
        Resize resize = new Resize(
                Resize.Mode.NEAREST, Resize.Place.ASYMMETRIC, Resize.Nearest.FLOOR, List.of(size), 1, List.of(1L));
        return KerasCall.one(call.node(resize, x.name()), 3, null);
    }

    static List<Value> pooling(KerasCall call, Pool.Of of) {
        Value x = call.x();
        channelsLast(call, x);
        JsonNode said = call.config().path("pool_size");
        int size = number(said.isMissingNode() ? call.config().path("pool_length") : said, 2);
        JsonNode strides = call.config().path("strides");
        int stride = strides.isNull() || strides.isMissingNode() ? size : number(strides, size);
        String y =
                call.node(new Pool(of, window(call, size, stride, 1, 0), Pool.Beyond.NOTHING), turned(call, x.name()));
        return KerasCall.one(turned(call, y), 3, null);
    }

    static List<Value> global(KerasCall call, Reduce.Of of) {
        Value x = call.x();
        channelsLast(call, x);
        Reduce.Keep keep = call.config().path("keepdims").asBoolean(false) ? Reduce.Keep.STAY : Reduce.Keep.GO;
        int rank = keep == Reduce.Keep.STAY ? 3 : 2;
        String mask = x.mask();
        if (of == Reduce.Of.MEAN && mask != null) {
            // The mean of the steps that count.
            String counts = call.node(new Cast(Cast.To.NUMBERS), call.node(new Unsqueeze(List.of(2L)), mask));
            String total = call.node(sum(keep), call.node(new Pair(Pair.Of.MUL), x.name(), counts));
            return KerasCall.one(call.node(new Pair(Pair.Of.DIV), total, call.node(sum(keep), counts)), rank, null);
        }
        return KerasCall.one(call.node(new Reduce(of, List.of(1L), keep, Reduce.None.ALL), x.name()), rank, null);
    }

    private static Reduce sum(Reduce.Keep keep) {
        return new Reduce(Reduce.Of.SUM, List.of(1L), keep, Reduce.None.ALL);
    }

    static List<Value> zeroPadding(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        return padded(call, x, call.config().path("padding"), 1);
    }

    static List<Value> cropping(KerasCall call) {
        Value x = call.x();
        channelsLast(call, x);
        return padded(call, x, call.config().path("cropping"), -1);
    }

    /** @param sign 1 for more steps at both ends, -1 for fewer */
    private static List<Value> padded(KerasCall call, Value x, JsonNode said, int sign) {
        long before = sign * (said.isArray() ? said.path(0) : said).asLong(1);
        long after = sign * (said.isArray() ? said.path(1) : said).asLong(1);
        return KerasCall.one(
                call.node(new Pad(Pad.Mode.CONSTANT, List.of(0L, before, 0L, 0L, after, 0L), 0), x.name()), 3, null);
    }

    static List<Value> reshaped(KerasCall call, int rank, long... shape) {
        return KerasCall.one(
                call.node(new Reshape(Reshape.Zero.AS_IT_IS), call.x().name(), call.wholes(shape)), rank, null);
    }

    static List<Value> reshape(KerasCall call) {
        JsonNode target = call.config().path("target_shape");
        long[] shape = new long[target.size() + 1];
        for (int i = 1; i < shape.length; i++) {
            shape[i] = target.path(i - 1).asLong(-1);
        }
        return reshaped(call, shape.length, shape);
    }

    static List<Value> permute(KerasCall call) {
        List<Integer> order = new ArrayList<>(List.of(0));
        call.config().path("dims").forEach(dim -> order.add(dim.asInt()));
        return KerasCall.one(
                call.node(new Transpose(order), call.x().name()), call.x().rank(), null);
    }

    static List<Value> repeatVector(KerasCall call) {
        long times = call.config().path("n").asLong(1);
        String steps = call.node(new Unsqueeze(List.of(1L)), call.x().name());
        return KerasCall.one(call.node(new Tile(), steps, call.wholes(1, times, 1)), 3, null);
    }
}
