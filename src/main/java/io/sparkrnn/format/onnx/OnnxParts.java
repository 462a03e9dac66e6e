package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxAxes.Count;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.format.onnx.OnnxValue.Flow;
import io.sparkrnn.format.onnx.OnnxValue.Sizes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The operators that take values apart and put them together along an axis: Slice, Gather, Split and Concat. */
final class OnnxParts {
    private final OnnxConstants constants;

    OnnxParts(OnnxConstants constants) {
        this.constants = constants;
    }

    @Nullable
    OnnxValue slice(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        List<Long> starts = OnnxNumbers.numbers(node, "starts", inputs, 1);
        List<Long> ends = OnnxNumbers.numbers(node, "ends", inputs, 2);
        List<Long> axes = OnnxNumbers.numbers(node, "axes", inputs, 3);
        List<Long> steps = OnnxNumbers.numbers(node, "steps", inputs, 4);
        boolean axesSaid = axes != null || inputs.size() <= 3 || inputs.get(3) == null;
        boolean stepsSaid = steps != null || inputs.size() <= 4 || inputs.get(4) == null;
        if (starts == null || ends == null || !axesSaid || !stepsSaid || starts.size() != ends.size()) {
            return null;
        }
        OnnxValue value = first;
        for (int i = 0; i < starts.size() && value != null; i++) {
            long axis = axes == null ? i : i < axes.size() ? axes.get(i) : Long.MAX_VALUE;
            long step = steps == null ? 1 : i < steps.size() ? steps.get(i) : 0;
            value = sliced(value, axis, starts.get(i), ends.get(i), step);
        }
        return value;
    }

    private @Nullable OnnxValue sliced(OnnxValue value, long axis, long start, long end, long step) {
        if (value instanceof Constant constant) {
            return constants.slice(constant, axis, start, end, step);
        }
        if (value instanceof Sizes sizes && !sizes.scalar() && step == 1 && (axis == 0 || axis == -1)) {
            int from = (int) OnnxNumbers.clamped(start, sizes.counts().size());
            int to = (int) OnnxNumbers.clamped(end, sizes.counts().size());
            return new Sizes(List.copyOf(sizes.counts().subList(Math.min(from, to), to)), false);
        }
        int index =
                value instanceof Flow flow ? OnnxAxes.index(axis, flow.axes().rank()) : -1;
        if (index < 0 || step != 1) {
            return null;
        }
        Flow flow = (Flow) value;
        long size = OnnxAxes.size(flow.axes().axis(index));
        if (size < 0) {
            // All of it, as far as can be told.
            return start == 0 && end >= Integer.MAX_VALUE ? flow : null;
        }
        long from = OnnxNumbers.clamped(start, size);
        return cut(flow, index, from, OnnxNumbers.clamped(end, size) - from);
    }

    /** {@code count} elements of an axis of known size. */
    private static @Nullable Flow cut(Flow flow, int index, long from, long count) {
        List<OnnxAxes.Factor> axis = flow.axes().axis(index);
        if (from == 0 && count == OnnxAxes.size(axis)) {
            return flow;
        }
        if (count < 1 || axis.size() != 1) {
            return null;
        }
        OnnxAxes.Factor factor = axis.get(0);
        if (factor instanceof OnnxAxes.Directions directions && count == 1) {
            List<List<OnnxAxes.Factor>> axes =
                    new ArrayList<>(flow.axes().replaced(index, List.of()).axes());
            axes.replaceAll(factors -> factors.stream()
                    .map(other -> other instanceof OnnxAxes.Units units && units.node() == directions.node()
                            ? new OnnxAxes.Units(units.node(), (int) from, units.size())
                            : other)
                    .toList());
            return flow.with(new OnnxAxes(List.copyOf(axes)));
        }
        if (factor instanceof OnnxAxes.Axis && flow.input() != null && !flow.cut()) {
            List<OnnxAxes.Factor> part =
                    count == 1 ? List.of() : List.of(new OnnxAxes.Axis("part of " + factor, count));
            return new Flow(flow.axes().replaced(index, part), flow.input(), from, true);
        }
        return null;
    }

    @Nullable
    OnnxValue gather(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        OnnxValue second = inputs.size() > 1 ? inputs.get(1) : null;
        List<Count> wanted = second == null ? null : OnnxNumbers.counts(second);
        if (first instanceof Fill) {
            return first;
        }
        if (wanted == null || !(second instanceof Constant indices)) {
            return null;
        }
        boolean scalar = indices.shape().rank() == 0;
        long axis = node.number("axis", 0);
        if (first instanceof Constant constant) {
            return constants.gather(
                    constant, axis, wanted.stream().map(Count::number).toList(), scalar);
        }
        if (first instanceof Sizes sizes && !sizes.scalar()) {
            List<Count> found = new ArrayList<>();
            for (Count index : wanted) {
                int at = OnnxAxes.index(index.number(), sizes.counts().size());
                if (at < 0) {
                    return null;
                }
                found.add(sizes.counts().get(at));
            }
            return new Sizes(Collections.unmodifiableList(found), scalar);
        }
        int index =
                first instanceof Flow flow ? OnnxAxes.index(axis, flow.axes().rank()) : -1;
        if (index < 0 || wanted.size() != 1) {
            return null;
        }
        long size = OnnxAxes.size(((Flow) first).axes().axis(index));
        int at = size > Integer.MAX_VALUE ? -1 : OnnxAxes.index(wanted.get(0).number(), (int) size);
        Flow cut = at < 0 ? null : cut((Flow) first, index, at, 1);
        return cut == null || !scalar ? cut : cut.with(cut.axes().replaced(index, null));
    }

    @Nullable
    List<OnnxValue> split(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        int count = node.outputs().size();
        if (first instanceof Fill) {
            return Collections.nCopies(count, first);
        }
        int rank = first instanceof Flow flow
                ? flow.axes().rank()
                : first instanceof Constant constant ? constant.shape().rank() : -1;
        int axis = OnnxAxes.index(node.number("axis", 0), rank);
        if (axis < 0 || count == 0) {
            return null;
        }
        long size = first instanceof Flow flow
                ? OnnxAxes.size(flow.axes().axis(axis))
                : ((Constant) first).shape().size(axis);
        List<Long> given = OnnxNumbers.numbers(node, "split", inputs, 1);
        if (size < 0 || (given != null && given.size() != count)) {
            return null;
        }
        long even = (size + count - 1) / count;
        List<OnnxValue> parts = new ArrayList<>();
        long from = 0;
        for (int i = 0; i < count; i++) {
            long part = given == null ? Math.min(even, size - from) : given.get(i);
            if (part < 0 || part > size - from) {
                return null;
            }
            OnnxValue value = sliced(first, axis, from, from + part, 1);
            if (value == null) {
                return null;
            }
            parts.add(value);
            from += part;
        }
        return parts;
    }

    @Nullable
    OnnxValue concat(Node node, List<@Nullable OnnxValue> inputs) {
        OnnxValue first = inputs.get(0);
        if (first instanceof Fill && inputs.stream().allMatch(first::equals)) {
            return first;
        }
        if (inputs.stream().allMatch(Constant.class::isInstance)) {
            return constants.concat(inputs.stream().map(Constant.class::cast).toList(), node.number("axis", 0));
        }
        if (inputs.stream().allMatch(Flow.class::isInstance)) {
            return joined(inputs.stream().map(Flow.class::cast).toList(), node.number("axis", 0));
        }
        List<Count> all = new ArrayList<>();
        for (OnnxValue input : inputs) {
            List<Count> counts = input == null ? null : OnnxNumbers.counts(input);
            if (counts == null || all.size() > OnnxNumbers.MOST_SIZES) {
                return null;
            }
            all.addAll(counts);
        }
        return new Sizes(Collections.unmodifiableList(all), false);
    }

    /** Hidden states side by side. */
    private static @Nullable Flow joined(List<Flow> flows, long axis) {
        OnnxAxes axes = flows.get(0).axes();
        int index = OnnxAxes.index(axis, axes.rank());
        if (index < 0) {
            return null;
        }
        List<OnnxAxes.Units> parts = new ArrayList<>();
        for (Flow flow : flows) {
            List<OnnxAxes.Units> own = flow.axes().rank() == axes.rank() && flow.input() == null
                    ? OnnxAxes.parts(flow.axes().axis(index))
                    : null;
            if (own == null
                    || !flow.axes().replaced(index, List.of()).equals(axes.replaced(index, List.of()))
                    || parts.size() > OnnxNumbers.MOST_SIZES) {
                return null;
            }
            parts.addAll(own);
        }
        return flows.get(0).with(axes.replaced(index, List.of(new OnnxAxes.Joined(List.copyOf(parts)))));
    }
}
