package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Fill;
import io.sparkrnn.graph.operator.Gemm;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Triangle;
import io.sparkrnn.tensor.Shape;
import java.util.Map;

/**
 * Words of transformers: the places of steps, and attention of the steps among each other.
 */
final class SidecarAttention {
    private final SidecarGraph graph;
    private final SidecarTensors tensors;
    private final SidecarArguments arguments;

    SidecarAttention(SidecarGraph graph, SidecarTensors tensors, SidecarArguments arguments) {
        this.graph = graph;
        this.tensors = tensors;
        this.arguments = arguments;
    }

    /** x_t and row t of a table: an embedding, or a buffer [1, length, width] or [length, 1, width]. */
    Value positions(String place, String asked, Value given) {
        Value x = arguments.steps(place, SidecarWords.POSITIONS, given);
        String name = tensors.hasEnding(asked)
                ? tensors.module(place, "", asked) + asked
                : tensors.module(place, asked, "weight") + "weight";
        Shape shape = tensors.shape(name);
        long width = shape.rank() == 0 ? 0 : shape.size(shape.rank() - 1);
        boolean table = shape.rank() == 2 || (shape.rank() == 3 && (shape.size(0) == 1 || shape.size(1) == 1));
        if (!table || width == 0) {
            throw graph.problem(
                    place,
                    "tensor " + name + " is " + shape
                            + "; expected a table of places: [length, width], [1, length, width] or [length, 1, width]");
        }
        graph.fit(place, x, width, name + " " + shape);
        String numbers = graph.numbers(place, x);
        String rows = graph.add(
                place, new Reshape(Reshape.Zero.AS_IT_IS), tensors.constant(place, name), graph.wholes(-1, width));
        String end = graph.add(place, new ShapeOf(0, 1), numbers);
        String own = graph.add(place, Slice.byInputs(), rows, graph.wholes(0), end, graph.wholes(0));
        return graph.like(x, graph.add(place, new Pair(Pair.Of.ADD), numbers, own));
    }

    /** nn.MultiheadAttention of the steps among each other. */
    Value selfAttention(String place, String asked, Map<String, Object> step, Value given) {
        Value x = arguments.steps(place, SidecarWords.SELF_ATTENTION, given);
        String prefix = tensors.module(place, asked, "in_proj_weight");
        Shape in = tensors.shape(place, prefix + "in_proj_weight", 2, "[3 * width, width]");
        long width = in.size(1);
        int heads = arguments.whole(place, step, "heads", 0, 1, 1 << 16);
        boolean causal = arguments.truth(place, step, "causal", false);
        if (in.size(0) != 3 * width || width % heads != 0) {
            throw graph.problem(
                    place,
                    "tensor " + prefix + "in_proj_weight is " + in + "; expected [3 * width, width], and a width of "
                            + heads + " heads");
        }
        graph.fit(place, x, width, prefix + "in_proj_weight " + in);
        String bias = prefix + "in_proj_bias";
        String all = graph.add(
                place,
                new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED),
                graph.numbers(place, x),
                tensors.constant(place, prefix + "in_proj_weight"),
                tensors.has(bias) ? tensors.list(place, bias, 3 * width, prefix + "in_proj_weight is " + in) : "");
        long each = width / heads;
        String[] parts = new String[3];
        for (int i = 0; i < 3; i++) {
            String part = graph.add(
                    place,
                    new Reshape(Reshape.Zero.AS_IT_IS),
                    graph.sliced(place, all, i * width, (i + 1) * width, 1),
                    graph.wholes(0, heads, each));
            parts[i] = graph.add(place, i == 1 ? Transpose.of(1, 2, 0) : Transpose.of(1, 0, 2), part);
        }
        String scores = graph.add(
                place,
                new Pair(Pair.Of.MUL),
                graph.add(place, new MatMul(), parts[0], parts[1]),
                graph.number(1 / Math.sqrt((double) each)));
        if (causal) {
            String ones = graph.add(
                    place, new Fill(1, Cast.To.NUMBERS), graph.add(place, new ShapeOf(0, Long.MAX_VALUE), scores));
            String behind = graph.add(place, new Triangle(Triangle.Kept.UPPER), ones, graph.wholes(1));
            scores = graph.add(
                    place,
                    new Pair(Pair.Of.SUB),
                    scores,
                    graph.add(place, new Pair(Pair.Of.MUL), behind, graph.number(1e9)));
        }
        String weights = graph.add(place, new Softmax(Softmax.Of.SOFTMAX, -1, Softmax.Along.AXIS), scores);
        String sums = graph.add(place, Transpose.of(1, 0, 2), graph.add(place, new MatMul(), weights, parts[2]));
        String flat = graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), sums, graph.wholes(0, width));
        String outBias = prefix + "out_proj.bias";
        if (!tensors.has(prefix + "out_proj.weight")) {
            throw graph.problem(place, "no tensor " + prefix + "out_proj.weight in the file");
        }
        Shape out = tensors.shape(place, prefix + "out_proj.weight", 2, "[width, width]");
        if (!out.is(width, width)) {
            throw graph.problem(
                    place,
                    "tensor " + prefix + "out_proj.weight is " + out + "; expected [" + width + ", " + width + "]");
        }
        String y = graph.add(
                place,
                new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED),
                flat,
                tensors.constant(place, prefix + "out_proj.weight"),
                tensors.has(outBias) ? tensors.list(place, outBias, width, prefix + "out_proj.weight is " + out) : "");
        return new Value(y, Per.STEP, Width.of(width));
    }
}
