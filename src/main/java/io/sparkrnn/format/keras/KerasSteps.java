package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.BatchNormalization;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.LayerNormalization;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
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
        String mask = call.node(new Reshape(Reshape.Zero.AS_IT_IS), kept, call.wholes(1, -1));
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

    /** What a layer makes of each step: of those that make the same of a whole sequence. */
    static Value timeDistributed(KerasCall call, Value x) {
        JsonNode inner = call.config().path("layer");
        JsonNode config = inner.path("config");
        return switch (inner.path("class_name").asText()) {
            case "Dense" ->
                dense(
                        call,
                        x,
                        config,
                        config.path("use_bias").asBoolean(config.path("bias").asBoolean(true)));
            case "Activation" -> KerasActivations.activated(call, x, config.path("activation"));
            case "Dropout" -> x;
            default ->
                throw call.refused("wraps a " + inner.path("class_name").asText()
                        + "; run are TimeDistributed of Dense, Activation and Dropout");
        };
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

    static Value rescaling(KerasCall call, Value x) {
        double[] scale = numbers(call.config().path("scale"));
        double[] offset = numbers(call.config().path("offset"));
        if (scale.length != 1 || offset.length > 1) {
            throw call.refused("has a scale of several numbers, which is not computed");
        }
        return KerasActivations.function(call, x, Activation.Kind.AFFINE, scale[0], offset.length == 0 ? 0 : offset[0]);
    }
}
