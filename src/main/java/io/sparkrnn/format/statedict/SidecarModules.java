package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.BatchNormalization;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Gemm;
import io.sparkrnn.graph.operator.LayerNormalization;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Words that are modules of the file with weights: tables, products, norms.
 */
final class SidecarModules {
    private final SidecarGraph graph;
    private final SidecarTensors tensors;
    private final SidecarArguments arguments;

    SidecarModules(SidecarGraph graph, SidecarTensors tensors, SidecarArguments arguments) {
        this.graph = graph;
        this.tensors = tensors;
        this.arguments = arguments;
    }

    Value embedding(String place, String asked, Value indices) {
        String weight = tensors.module(place, asked, "weight") + "weight";
        Shape table = tensors.shape(place, weight, 2, "an embedding's table, [rows, width]");
        String rows = graph.indices(place, indices, table.size(0));
        String name = graph.add(place, new Gather(0), tensors.constant(place, weight), rows);
        return new Value(name, indices.per(), Width.of(table.size(1)));
    }

    Value linear(String place, String asked, Value x) {
        String prefix = tensors.module(place, asked, "weight");
        String bias = prefix + "bias";
        return product(place, prefix + "weight", tensors.has(bias) ? bias : null, x);
    }

    Value scores(String place, String asked, Map<String, Object> step, Value x) {
        String weight = tensors.module(place, asked, "weight") + "weight";
        String bias = null;
        if (step.containsKey("bias")) {
            bias = arguments.text(place, SidecarWords.SCORES, step.get("bias"));
            bias = tensors.module(place, "", bias) + bias;
        }
        return product(place, weight, bias, x);
    }

    private Value product(String place, String weight, @Nullable String bias, Value x) {
        Shape matrix = tensors.shape(place, weight, 2, "a matrix [out, in]");
        graph.fit(place, x, matrix.size(1), weight + " " + matrix);
        String b = bias == null ? "" : tensors.list(place, bias, matrix.size(0), weight + " is " + matrix);
        String name = graph.add(
                place,
                new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED),
                graph.numbers(place, x),
                tensors.constant(place, weight),
                b);
        return new Value(name, x.per(), Width.of(matrix.size(0)));
    }

    Value batchNorm(String place, String asked, Map<String, Object> step, Value x) {
        String prefix = tensors.module(place, asked, "running_mean");
        long channels = tensors.shape(place, prefix + "running_mean", 1, "a list of means")
                .size(0);
        String because = prefix + "running_mean has as many";
        graph.fit(place, x, channels, prefix + "running_mean [" + channels + "]");
        if (!tensors.has(prefix + "running_var")) {
            throw graph.problem(place, "no tensor " + prefix + "running_var in the file, beside its running_mean");
        }
        String name = graph.add(
                place,
                new BatchNormalization(1, arguments.epsilon(place, step)),
                graph.numbers(place, x),
                tensors.listOr(place, prefix + "weight", channels, because, 1),
                tensors.listOr(place, prefix + "bias", channels, because, 0),
                tensors.constant(place, prefix + "running_mean"),
                tensors.list(place, prefix + "running_var", channels, because));
        return graph.like(x, name);
    }

    Value layerNorm(String place, @Nullable String asked, Map<String, Object> step, Value x) {
        LayerNormalization operator = new LayerNormalization(-1, arguments.epsilon(place, step));
        if (asked == null) {
            return graph.like(x, graph.add(place, operator, graph.numbers(place, x)));
        }
        String prefix = tensors.module(place, asked, "weight");
        long width = tensors.shape(place, prefix + "weight", 1, "[width], one number for each of a step's")
                .size(0);
        graph.fit(place, x, width, prefix + "weight [" + width + "]");
        String bias = prefix + "bias";
        return graph.like(
                x,
                graph.add(
                        place,
                        operator,
                        graph.numbers(place, x),
                        tensors.constant(place, prefix + "weight"),
                        tensors.has(bias) ? tensors.list(place, bias, width, prefix + "weight has as many") : ""));
    }

    Value prelu(String place, String asked, Value x) {
        String weight = tensors.module(place, asked, "weight") + "weight";
        long count = tensors.shape(place, weight, 1, "[1] or [width]").size(0);
        if (count != 1) {
            graph.fit(place, x, count, weight + " [" + count + "]");
        }
        return graph.like(
                x, graph.add(place, new Pair(Pair.Of.PRELU), graph.numbers(place, x), tensors.constant(place, weight)));
    }

    /** {@code x / sqrt(mean of squares + eps) weight}. */
    Value rmsNorm(String place, String asked, Map<String, Object> step, Value x) {
        String prefix = tensors.module(place, asked, "weight");
        long width = tensors.shape(place, prefix + "weight", 1, "[width]").size(0);
        graph.fit(place, x, width, prefix + "weight [" + width + "]");
        String numbers = graph.numbers(place, x);
        String squares = graph.add(place, new Pair(Pair.Of.MUL), numbers, numbers);
        Reduce mean = new Reduce(Reduce.Of.MEAN, List.of(-1L), Reduce.Keep.STAY, Reduce.None.NOTHING);
        double epsilon = step.containsKey("eps") ? arguments.epsilon(place, step) : 1e-6;
        String sum = graph.add(place, new Pair(Pair.Of.ADD), graph.add(place, mean, squares), graph.number(epsilon));
        String normal =
                graph.add(place, new Pair(Pair.Of.DIV), numbers, graph.add(place, new Function(Function.Of.SQRT), sum));
        return graph.like(
                x, graph.add(place, new Pair(Pair.Of.MUL), normal, tensors.constant(place, prefix + "weight")));
    }
}
