package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.BatchNormalization;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.GroupNormalization;
import io.sparkrnn.graph.operator.LayerNormalization;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.model.Activation;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What layers make of each step by itself: masks, embeddings, products, norms. */
final class KerasSteps {
    private KerasSteps() {}

    /** Steps of which every number is mask_value are masked, and zero from here on. */
    static List<Value> masking(KerasCall call) {
        Value x = call.x();
        if (x.rank() != 3) {
            throw call.refused("masks a value of " + x.rank() + " axes; expected [batch, steps, features]");
        }
        String value = call.whole()
                .number(call.layer(), (float) call.config().path("mask_value").asDouble(0));
        String other = call.node(new Function(Function.Of.NOT), call.node(new Pair(Pair.Of.EQUAL), x.name(), value));
        String kept = call.node(new Reduce(Reduce.Of.MAX, List.of(2L), Reduce.Keep.STAY, Reduce.None.ALL), other);
        String mask = call.node(new Squeeze(List.of(2L)), kept);
        String y = call.node(new Pair(Pair.Of.MUL), x.name(), call.node(new Cast(Cast.To.NUMBERS), kept));
        return KerasCall.one(y, 3, joined(call, mask, x.mask()));
    }

    /** Both masks together. */
    static @Nullable String joined(KerasCall call, @Nullable String a, @Nullable String b) {
        return a == null ? b : b == null ? a : call.node(new Pair(Pair.Of.MUL), a, b);
    }

    static List<Value> embedding(KerasCall call) {
        Value x = call.x();
        Tensor table = call.whole().weights(call.layer(), 1).get(0);
        String wholes = call.node(new Cast(Cast.To.WHOLES), x.name());
        String y = call.node(new Gather(0), call.constant(table), wholes);
        String mask = null;
        if (call.config().path("mask_zero").asBoolean(false) && x.rank() == 2) {
            mask = call.node(new Function(Function.Of.NOT), call.node(new Pair(Pair.Of.EQUAL), wholes, call.wholes(0)));
        }
        return KerasCall.one(y, x.rank() + 1, mask);
    }

    static Value dense(KerasCall call, Value x) {
        boolean bias = call.config()
                .path("use_bias")
                .asBoolean(call.config().path("bias").asBoolean(true));
        return dense(call, x, call.config(), bias);
    }

    static Value dense(KerasCall call, Value x, JsonNode config, boolean bias) {
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 2 : 1);
        if (weights.get(0).shape().rank() != 2) {
            throw call.refused("has a kernel of shape " + weights.get(0).shape() + "; expected [inputs, units]");
        }
        String y = call.node(new MatMul(), x.name(), call.constant(weights.get(0)));
        if (bias) {
            y = call.node(new Pair(Pair.Of.ADD), y, call.constant(weights.get(1)));
        }
        return KerasActivations.activated(call, new Value(y, x.rank(), null), config.path("activation"));
    }

    /** What a layer makes of each step by itself: the steps are to it what rows are. */
    static List<Value> timeDistributed(KerasCall call) {
        Value x = call.x();
        JsonNode inner = call.config().path("layer");
        if (x.rank() < 3) {
            throw call.refused("is given a value of " + x.rank() + " axes; expected [batch, steps, ...]");
        }
        Value rows = new Value(call.node(new Squeeze(List.of(0L)), x.name()), x.rank() - 1, null);
        List<Value> given = new ArrayList<>();
        for (Value value : call.whole().within(call.layer().wrapped(inner), inner, List.of(rows))) {
            given.add(new Value(call.node(new Unsqueeze(List.of(0L)), value.name()), value.rank() + 1, x.mask()));
        }
        return given;
    }

    static Value unitNormalization(KerasCall call, Value x) {
        return unit(call, x, axes(call.config().path("axis")));
    }

    /** {@code x / sqrt(max(sum of squares, 1e-12))} along axes. */
    static Value unit(KerasCall call, Value x, List<Long> axes) {
        String squares = call.node(new Reduce(Reduce.Of.SUM_SQUARE, axes, Reduce.Keep.STAY, Reduce.None.ALL), x.name());
        return divided(
                call, x, call.node(new Pair(Pair.Of.MAX), squares, call.whole().number(call.layer(), 1e-12)));
    }

    /** {@code x / sqrt(mean of squares + epsilon)}, times a scale. */
    static Value rmsNormalization(KerasCall call, Value x) {
        String squares = call.node(new Pair(Pair.Of.MUL), x.name(), x.name());
        List<Long> axes = axes(call.config().path("axis"));
        String mean = call.node(new Reduce(Reduce.Of.MEAN, axes, Reduce.Keep.STAY, Reduce.None.ALL), squares);
        String epsilon =
                call.whole().number(call.layer(), call.config().path("epsilon").asDouble(1e-6));
        Value y = divided(call, x, call.node(new Pair(Pair.Of.ADD), mean, epsilon));
        Tensor scale = call.whole().weights(call.layer(), 1).get(0);
        return new Value(call.node(new Pair(Pair.Of.MUL), y.name(), call.constant(scale)), x.rank(), null);
    }

    private static Value divided(KerasCall call, Value x, String squares) {
        String length = call.node(new Function(Function.Of.SQRT), squares);
        return new Value(call.node(new Pair(Pair.Of.DIV), x.name(), length), x.rank(), null);
    }

    private static List<Long> axes(JsonNode said) {
        if (!said.isArray()) {
            return List.of(said.asLong(-1));
        }
        List<Long> axes = new ArrayList<>();
        said.forEach(axis -> axes.add(axis.asLong()));
        return axes;
    }

    /** Over the steps and the channels of a group; -1 groups are one a channel. */
    static Value groupNormalization(KerasCall call, Value x) {
        int axis = call.config().path("axis").asInt(-1);
        if (x.rank() != 3 || (axis != -1 && axis != 2)) {
            throw call.refused("is not over the last of three axes");
        }
        boolean center = call.config().path("center").asBoolean(true);
        boolean scale = call.config().path("scale").asBoolean(true);
        List<Tensor> weights = call.whole().weights(call.layer(), (center ? 1 : 0) + (scale ? 1 : 0));
        String y = call.node(
                new GroupNormalization(
                        Math.max(0, call.config().path("groups").asInt(32)),
                        call.config().path("epsilon").asDouble(1e-3)),
                call.node(Transpose.of(0, 2, 1), x.name()),
                scale ? call.constant(weights.get(0)) : "",
                center ? call.constant(weights.get(scale ? 1 : 0)) : "");
        return new Value(call.node(Transpose.of(0, 2, 1), y), 3, null);
    }

    static Value batchNormalization(KerasCall call, Value x) {
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

    static Value layerNormalization(KerasCall call, Value x) {
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
    static Value normalization(KerasCall call, Value x) {
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
        JsonNode axis = call.config().path("axis");
        if (mean.length > 1 && axes(axis).stream().anyMatch(each -> each != -1 && each != x.rank() - 1)) {
            throw call.refused("has a mean for each place of the axes " + axis + "; expected those of the last axis");
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

    private static String list(KerasCall call, double[] numbers) {
        return call.constant(Tensor.ofDoubles(Shape.of(numbers.length), numbers));
    }

    static Value rescaling(KerasCall call, Value x) {
        double[] scale = numbers(call.config().path("scale"));
        double[] offset = numbers(call.config().path("offset"));
        if (scale.length != 1 || offset.length > 1) {
            String y = call.node(new Pair(Pair.Of.MUL), x.name(), list(call, scale));
            return new Value(
                    offset.length == 0 ? y : call.node(new Pair(Pair.Of.ADD), y, list(call, offset)), x.rank(), null);
        }
        return KerasActivations.function(call, x, Activation.Kind.AFFINE, scale[0], offset.length == 0 ? 0 : offset[0]);
    }
}
