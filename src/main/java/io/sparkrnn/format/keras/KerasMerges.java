package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.model.Activation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What layers make of several values: side by side, number by number, or by attention. */
final class KerasMerges {
    private KerasMerges() {}

    private static @Nullable String masks(KerasCall call) {
        String mask = null;
        for (Value value : call.values()) {
            mask = KerasSteps.joined(call, mask, value.mask());
        }
        return mask;
    }

    static List<Value> concatenate(KerasCall call) {
        int rank = call.values().get(0).rank();
        int axis = call.config().path("axis").asInt(-1);
        boolean last = axis == -1 || axis == rank - 1;
        String mask = masks(call);
        if (!last && mask != null) {
            throw call.refused("joins masked values along the steps, which is not computed");
        }
        return KerasCall.one(call.node(new Concat(axis), names(call)), rank, mask);
    }

    private static String[] names(KerasCall call) {
        return call.values().stream().map(Value::name).toArray(String[]::new);
    }

    static List<Value> merge(KerasCall call, Pair.Of of) {
        int rank = call.values().stream().mapToInt(Value::rank).max().orElse(0);
        if (call.values().stream().anyMatch(value -> value.rank() != rank)) {
            throw call.refused("merges values of different numbers of axes");
        }
        return KerasCall.one(call.node(new Pair(of), names(call)), rank, masks(call));
    }

    /** Sums of products along an axis of each of two values: {@code [batch, others of a, others of b]}. */
    static List<Value> dot(KerasCall call) {
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
            return KerasCall.one(product, 3, null);
        }
        // [1, T, 1], [1, 1, S] or [1, 1, 1]
        return KerasCall.one(call.node(new Reshape(Reshape.Zero.EMPTY), product, call.wholes(1, -1)), 2, null);
    }

    private static int axis(JsonNode said, int rank) {
        int axis = said.asInt(-1);
        return axis < 0 ? axis + rank : axis;
    }

    /**
     * What is looked up of values by how alike keys and queries are: {@code KerasActivations.softmax(score(q, k)) v}, of <a
     * href="https://keras.io/api/layers/attention_layers/attention/">Attention</a> {@code q k} (times a scale), of <a
     * href="https://keras.io/api/layers/attention_layers/additive_attention/">AdditiveAttention</a> the sum of {@code scale
     * tanh(q + k)}. Masked values get nothing; masked queries give zeros.
     */
    static List<Value> attention(KerasCall call) {
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
        return KerasCall.one(y, 3, queryMask);
    }
}
