package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.graph.operator.GroupNormalization;
import io.sparkrnn.graph.operator.Pool;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.graph.operator.Window;
import io.sparkrnn.tensor.Shape;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Words that go over the steps by windows: convolution, pooling.
 */
final class SidecarWindows {
    private final SidecarGraph graph;
    private final SidecarTensors tensors;
    private final SidecarArguments arguments;

    SidecarWindows(SidecarGraph graph, SidecarTensors tensors, SidecarArguments arguments) {
        this.graph = graph;
        this.tensors = tensors;
        this.arguments = arguments;
    }

    Value conv(String place, String asked, Map<String, Object> step, Value given) {
        Value x = arguments.steps(place, SidecarWords.CONV1D, given);
        String prefix = tensors.module(place, asked, "weight");
        Shape kernel = tensors.shape(place, prefix + "weight", 3, "a kernel, [out, in / groups, size]");
        int stride = arguments.whole(place, step, "stride", 1, 1, 1 << 20);
        int dilation = arguments.whole(place, step, "dilation", 1, 1, 1 << 20);
        int groups = arguments.whole(place, step, "groups", 1, 1, 1 << 20);
        graph.fit(place, x, kernel.size(1) * groups, prefix + "weight " + kernel);
        if (kernel.size(0) % groups != 0) {
            throw graph.problem(
                    place, prefix + "weight is " + kernel + "; its first size is not of " + groups + " groups");
        }
        long span = dilation * (kernel.size(2) - 1);
        int before;
        int after;
        if ("same".equals(step.get("padding")) || "causal".equals(step.get("padding"))) {
            boolean causal = "causal".equals(step.get("padding"));
            before = (int) Math.min(causal ? span : span / 2, 1 << 20);
            after = causal ? 0 : (int) Math.min(span - span / 2, 1 << 20);
        } else if (step.get("padding") instanceof String text) {
            throw graph.problem(
                    place, "\"padding\" is \"" + text + "\"; expected a whole number, \"same\" or \"causal\"");
        } else {
            before = arguments.whole(place, step, "padding", 0, 0, 1 << 20);
            after = before;
        }
        String bias = prefix + "bias";
        Window window = new Window(0, stride, dilation, before, after, Window.Fit.WHOLE, Window.Pad.SAID);
        String y = graph.add(
                place,
                new Conv(window, groups),
                channels(place, x),
                tensors.constant(place, prefix + "weight"),
                tensors.has(bias) ? tensors.list(place, bias, kernel.size(0), prefix + "weight is " + kernel) : "");
        return new Value(rows(place, y), Per.STEP, Width.of(kernel.size(0)));
    }

    Value pool(String place, SidecarWords word, @Nullable Object argument, Map<String, Object> step, Value given) {
        Value x = arguments.steps(place, word, given);
        int size = arguments.whole(place, step, word.toString(), 0, 1, 1 << 20);
        if (!(argument instanceof Double)) {
            throw arguments.wrong(place, word);
        }
        int padding = arguments.whole(place, step, "padding", 0, 0, size / 2);
        Window window = new Window(
                size,
                arguments.whole(place, step, "stride", size, 1, 1 << 20),
                arguments.whole(place, step, "dilation", 1, 1, 1 << 20),
                padding,
                padding,
                arguments.truth(place, step, "ceil_mode", false) ? Window.Fit.BEGUN : Window.Fit.WHOLE,
                Window.Pad.SAID);
        boolean zeros = word == SidecarWords.AVG_POOL && arguments.truth(place, step, "count_include_pad", true);
        Pool pool = new Pool(
                word == SidecarWords.MAX_POOL ? Pool.Of.MAX : Pool.Of.MEAN,
                window,
                zeros ? Pool.Beyond.ZEROS : Pool.Beyond.NOTHING);
        return graph.like(x, rows(place, graph.add(place, pool, channels(place, x))));
    }

    /** [T, W] as [1, W, T]. */
    private String channels(String place, Value x) {
        String turned = graph.add(place, Transpose.of(1, 0), graph.numbers(place, x));
        return graph.add(place, new Unsqueeze(List.of(0L)), turned);
    }

    /** [1, W, T] as [T, W]. */
    private String rows(String place, String name) {
        return graph.add(place, Transpose.of(1, 0), graph.add(place, new Squeeze(List.of(0L)), name));
    }

    /** Over the steps and the channels of a group; of instance_norm a group is a channel. */
    Value groupNorm(String place, SidecarWords word, @Nullable String asked, Map<String, Object> step, Value given) {
        Value x = arguments.steps(place, word, given);
        String weight = "";
        String bias = "";
        if (asked != null) {
            String prefix = tensors.module(place, asked, "weight");
            long width =
                    tensors.shape(place, prefix + "weight", 1, "[channels]").size(0);
            graph.fit(place, x, width, prefix + "weight [" + width + "]");
            weight = tensors.constant(place, prefix + "weight");
            bias = tensors.has(prefix + "bias")
                    ? tensors.list(place, prefix + "bias", width, prefix + "weight has as many")
                    : "";
        }
        int groups = word == SidecarWords.INSTANCE_NORM ? 0 : arguments.whole(place, step, "groups", 0, 1, 1 << 20);
        String y = graph.add(
                place,
                new GroupNormalization(groups, arguments.epsilon(place, step)),
                channels(place, x),
                weight,
                bias);
        return graph.like(x, rows(place, y));
    }
}
