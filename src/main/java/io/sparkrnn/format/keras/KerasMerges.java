package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Fill;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Triangle;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.model.Activation;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
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
        if (call.values().size() != 2) {
            throw call.refused("is of " + call.values().size() + " values; expected two");
        }
        Value a = call.values().get(0);
        Value b = call.values().get(1);
        JsonNode axes = call.config().path("axes");
        int along = axis(axes.isArray() ? axes.path(0) : axes, a.rank());
        int other = axis(axes.isArray() ? axes.path(1) : axes, b.rank());
        if (a.rank() > 3 || b.rank() > 3 || along < 1 || other < 1) {
            throw call.refused("has the axes " + axes + " of values of " + a.rank() + " and " + b.rank() + " axes");
        }
        if (call.config().path("normalize").asBoolean(false)) {
            a = KerasSteps.unit(call, a, List.of((long) along));
            b = KerasSteps.unit(call, b, List.of((long) other));
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
        return KerasCall.one(call.node(new Reshape(Reshape.Zero.AS_IT_IS), product, call.wholes(0, -1)), 2, null);
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
    static List<Value> attention(KerasCall call) {
        boolean additive = call.layer().className().equals("AdditiveAttention");
        JsonNode config = call.config();
        if (call.values().size() < 2
                || call.values().size() > 3
                || !config.path("score_mode").asText("dot").equals("dot")
                || call.values().stream().anyMatch(value -> value.rank() != 3)) {
            throw call.refused("scores otherwise than by a product, or is not given two or three sequences");
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
        scores = masked(call, scores, value.mask(), 1L);
        if (isCausal(call)) {
            scores = causal(call, scores);
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

    private static boolean isCausal(KerasCall call) {
        return call.config().path("causal").asBoolean(false)
                || call.arguments().path("use_causal_mask").asBoolean(false);
    }

    /** Scores [..., queries, keys], with next to nothing for keys behind the query. */
    private static String causal(KerasCall call, String scores) {
        String ones = call.node(new Fill(1, Cast.To.NUMBERS), call.node(new ShapeOf(0, Long.MAX_VALUE), scores));
        String behind = call.node(new Triangle(Triangle.Kept.UPPER), ones, call.wholes(1));
        return less(call, scores, behind);
    }

    /**
     * Scores, with next to nothing for the keys that a mask leaves out.
     *
     * @param mask null for none
     * @param axes those of the scores that the mask does not have
     */
    private static String masked(KerasCall call, String scores, @Nullable String mask, Long... axes) {
        if (mask == null) {
            return scores;
        }
        String left = call.node(new Cast(Cast.To.NUMBERS), call.node(new Function(Function.Of.NOT), mask));
        return less(call, scores, call.node(new Unsqueeze(List.of(axes)), left));
    }

    /** Scores, 1e9 less where another value is 1. */
    private static String less(KerasCall call, String scores, String ones) {
        String penalty = call.node(new Pair(Pair.Of.MUL), ones, call.whole().number(call.layer(), 1e9));
        return call.node(new Pair(Pair.Of.SUB), scores, penalty);
    }

    /**
     * Attention in several heads, each with its own projections (<a
     * href="https://keras.io/api/layers/attention_layers/multi_head_attention/">MultiHeadAttention</a>): {@code softmax(q k /
     * sqrt(key_dim)) v}, all heads together times one more matrix.
     */
    static List<Value> multiHeadAttention(KerasCall call) {
        JsonNode config = call.config();
        int count = call.values().size();
        if (count < 2
                || count > 3
                || call.values().stream().anyMatch(value -> value.rank() != 3)
                || call.arguments().path("return_attention_scores").asBoolean(false)) {
            throw call.refused("gives its scores, or is not given two or three sequences: query, value, key");
        }
        int heads = config.path("num_heads").asInt(1);
        int width = config.path("key_dim").asInt(1);
        boolean bias = config.path("use_bias").asBoolean(true);
        List<Tensor> weights = call.whole().weights(call.layer(), bias ? 8 : 4);
        Value query = call.values().get(0);
        Value value = call.values().get(1);
        Value key = count == 3 ? call.values().get(2) : value;
        int each = bias ? 2 : 1;
        String q = projected(call, query, weights, 0, bias, heads, Transpose.of(0, 2, 1, 3));
        String k = projected(call, key, weights, each, bias, heads, Transpose.of(0, 2, 3, 1));
        String v = projected(call, value, weights, 2 * each, bias, heads, Transpose.of(0, 2, 1, 3));
        String scores = call.node(
                new Pair(Pair.Of.MUL),
                call.node(new MatMul(), q, k),
                call.whole().number(call.layer(), 1 / Math.sqrt(width)));
        scores = masked(call, scores, value.mask(), 1L, 2L);
        if (isCausal(call)) {
            scores = causal(call, scores);
        }
        String chances = call.node(new Softmax(Softmax.Of.SOFTMAX, -1, Softmax.Along.AXIS), scores);
        String sums = call.node(Transpose.of(0, 2, 1, 3), call.node(new MatMul(), chances, v));
        Tensor last = weights.get(3 * each);
        if (last.shape().rank() != 3) {
            throw call.refused("has an output kernel of shape " + last.shape() + "; expected [heads, width, outputs]");
        }
        long out = last.shape().size(2);
        String flat = call.node(
                new Reshape(Reshape.Zero.AS_IT_IS),
                sums,
                call.wholes(0, 0, last.shape().elements() / out));
        String y = call.node(
                new MatMul(), flat, call.constant(reshaped(last, last.shape().elements() / out, out)));
        if (bias) {
            y = call.node(new Pair(Pair.Of.ADD), y, call.constant(weights.get(3 * each + 1)));
        }
        return KerasCall.one(y, 3, query.mask());
    }

    /** [batch, steps, width] in heads. */
    private static String projected(
            KerasCall call, Value x, List<Tensor> weights, int from, boolean bias, int heads, Transpose order) {
        Tensor kernel = weights.get(from);
        if (kernel.shape().rank() != 3 || kernel.shape().size(1) != heads) {
            throw call.refused(
                    "has a kernel of shape " + kernel.shape() + "; expected [inputs, " + heads + " heads, width]");
        }
        long inputs = kernel.shape().size(0);
        long width = kernel.shape().size(2);
        String y = call.node(new MatMul(), x.name(), call.constant(reshaped(kernel, inputs, heads * width)));
        if (bias) {
            y = call.node(new Pair(Pair.Of.ADD), y, call.constant(reshaped(weights.get(from + 1), heads * width)));
        }
        return call.node(order, call.node(new Reshape(Reshape.Zero.AS_IT_IS), y, call.wholes(0, 0, heads, width)));
    }

    private static Tensor reshaped(Tensor tensor, long... shape) {
        return tensor.dtype() == DType.FLOAT64
                ? Tensor.ofDoubles(Shape.of(shape), tensor.toDoubles())
                : Tensor.ofFloats(Shape.of(shape), tensor.toFloats());
    }
}
