package io.sparkrnn.format;

import io.sparkrnn.format.OnnxAxes.Count;
import io.sparkrnn.format.OnnxGraph.Attribute;
import io.sparkrnn.format.OnnxGraph.Node;
import io.sparkrnn.format.OnnxValue.Constant;
import io.sparkrnn.format.OnnxValue.Fill;
import io.sparkrnn.format.OnnxValue.Flow;
import io.sparkrnn.format.OnnxValue.Other;
import io.sparkrnn.format.OnnxValue.Sizes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the <a href="https://onnx.ai/onnx/operators/">operators</a> make of values that do not depend on numbers of the
 * input: those that exporters put around recurrent nodes, and between them. What is not understood of them is an {@link
 * Other}, which is an error only where a recurrent node needs it.
 */
final class OnnxOperators {
    private static final Set<String> MOVING = Set.of(
            "Identity",
            "Dropout",
            "Cast",
            "CastLike",
            "Transpose",
            "Reshape",
            "Squeeze",
            "Unsqueeze",
            "Flatten",
            "Slice",
            "Gather",
            "Split",
            "Concat",
            "Expand",
            "Tile",
            "Shape",
            "Size",
            "Constant",
            "ConstantOfShape");

    /** Longer lists of whole numbers are no shapes. */
    private static final int MOST_SIZES = 64;

    private final OnnxFiles files;
    private final OnnxConstants constants;

    OnnxOperators(OnnxFiles files) {
        this.files = files;
        constants = new OnnxConstants(files);
    }

    /** Takes the inputs of a node, null for those left out, and gives its outputs. */
    List<OnnxValue> outputs(Node node, List<@Nullable OnnxValue> inputs) {
        OnnxValue first = inputs.isEmpty() ? null : inputs.get(0);
        List<OnnxValue> results = null;
        if (node.isStandard() && MOVING.contains(node.opType())) {
            results = moved(node, first, inputs);
        }
        if (results == null || results.isEmpty()) {
            results = List.of(other(node, first, inputs));
        }
        // Dropout's mask, or more outputs than the operator has.
        List<OnnxValue> outputs = new ArrayList<>(results);
        while (outputs.size() < node.outputs().size()) {
            outputs.add(other(node, first, inputs));
        }
        return outputs;
    }

    /** What cannot be followed further; it keeps its origin if the node only moves it. */
    private static Other other(Node node, @Nullable OnnxValue first, List<@Nullable OnnxValue> inputs) {
        // A constant by an index of the input is an embedding, which computes something new.
        boolean looksUp =
                first instanceof Constant && inputs.size() > 1 && node.opType().equals("Gather");
        if (node.isStandard() && MOVING.contains(node.opType()) && !looksUp) {
            return first instanceof Other other
                    ? other.passedOn()
                    : Other.of(node.toString(), null).passedOn();
        }
        return Other.of(node.toString(), null);
    }

    private @Nullable List<OnnxValue> moved(Node node, @Nullable OnnxValue first, List<@Nullable OnnxValue> inputs) {
        if (node.opType().equals("Constant")) {
            return one(constants.constant(node));
        }
        if (first == null) {
            return null;
        }
        return switch (node.opType()) {
            case "Identity", "Dropout", "CastLike" -> one(first);
            case "Cast" ->
                one(first instanceof Constant constant ? constants.cast(constant, node.number("to", 0)) : first);
            case "ConstantOfShape" -> one(fill(node));
            case "Shape" -> one(shape(node, first));
            case "Concat" -> one(concat(node, inputs));
            case "Split" -> split(node, first, inputs);
            case "Gather" -> one(gather(node, first, inputs));
            default -> first instanceof Fill ? one(first) : one(shaped(node, first, inputs));
        };
    }

    private static @Nullable List<OnnxValue> one(@Nullable OnnxValue value) {
        return value == null ? null : List.of(value);
    }

    private @Nullable OnnxValue shaped(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        return switch (node.opType()) {
            case "Transpose" -> transpose(node, first);
            case "Reshape" -> reshape(node, first, inputs);
            case "Squeeze" -> squeeze(node, first, inputs);
            case "Unsqueeze" -> unsqueeze(node, first, inputs);
            case "Slice" -> slice(node, first, inputs);
            case "Expand", "Tile" ->
                first instanceof Constant constant ? constants.expand(constant, counts(inputs, 1)) : null;
            default -> null;
        };
    }

    // ---- lists of whole numbers ----

    /** The whole numbers of an input; null when it is none, or none that are known. */
    private @Nullable List<Count> counts(List<@Nullable OnnxValue> inputs, int index) {
        OnnxValue value = index < inputs.size() ? inputs.get(index) : null;
        return value == null ? null : counts(value);
    }

    private static @Nullable List<Count> counts(OnnxValue value) {
        if (value instanceof Sizes sizes) {
            return sizes.counts();
        }
        if (value instanceof Constant constant
                && constant.shape().rank() <= 1
                && constant.shape().elements() <= MOST_SIZES
                && OnnxConstants.isWhole(constant.dtype())) {
            List<Count> counts = new ArrayList<>();
            for (long number : constant.get().tensor().toLongs()) {
                counts.add(Count.of(number));
            }
            return Collections.unmodifiableList(counts);
        }
        return null;
    }

    /** The numbers of an attribute, or of an input that later versions have in its place; null when not known. */
    private @Nullable List<Long> numbers(Node node, String attribute, List<@Nullable OnnxValue> inputs, int index) {
        List<Long> own = node.numbers(attribute);
        List<Count> counts = own == null ? counts(inputs, index) : null;
        if (counts == null) {
            return own;
        }
        // A size that is not fixed is of no use as an index.
        return counts.stream().allMatch(count -> count.factors().isEmpty() || count.number() >= 0)
                ? counts.stream().map(Count::number).toList()
                : null;
    }

    private @Nullable OnnxValue shape(Node node, OnnxValue first) {
        List<Count> counts;
        if (first instanceof Flow flow) {
            counts = flow.axes().counts();
        } else if (first instanceof Constant constant) {
            counts = new ArrayList<>();
            for (int d = 0; d < constant.shape().rank(); d++) {
                counts.add(Count.of(constant.shape().size(d)));
            }
        } else {
            return null;
        }
        int start = (int) clamped(node.number("start", 0), counts.size());
        int end = (int) clamped(node.number("end", Long.MAX_VALUE), counts.size());
        return new Sizes(List.copyOf(counts.subList(Math.min(start, end), end)), false);
    }

    private static long clamped(long index, long size) {
        return Math.max(0, Math.min(index < 0 ? index + size : index, size));
    }

    /** Zeros, or what the attribute says. */
    private static @Nullable OnnxValue fill(Node node) {
        Attribute value = node.attributes().get("value");
        if (value == null) {
            return new Fill(0);
        }
        OnnxTensor tensor = value.tensor();
        return tensor == null ? null : OnnxConstants.single(tensor);
    }

    // ---- operators ----

    private @Nullable OnnxValue transpose(Node node, OnnxValue first) {
        int rank = first instanceof Flow flow
                ? flow.axes().rank()
                : first instanceof Constant constant ? constant.shape().rank() : -1;
        if (rank < 0) {
            return null;
        }
        int[] permutation = new int[rank];
        List<Long> given = node.numbers("perm");
        boolean[] seen = new boolean[rank];
        for (int d = 0; d < rank; d++) {
            long from = given == null ? rank - 1 - d : given.size() == rank ? given.get(d) : -1;
            if (from < 0 || from >= rank || seen[(int) from]) {
                return null;
            }
            seen[(int) from] = true;
            permutation[d] = (int) from;
        }
        return first instanceof Flow flow
                ? flow.with(flow.axes().transposed(permutation))
                : constants.transpose((Constant) first, permutation);
    }

    private @Nullable OnnxValue reshape(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        List<Count> shape = counts(inputs, 1);
        if (shape == null || (node.number("allowzero", 0) != 0 && shape.contains(Count.of(0)))) {
            return null;
        }
        if (first instanceof Constant constant) {
            return constants.reshape(constant, shape);
        }
        OnnxAxes axes = first instanceof Flow flow ? flow.axes().reshaped(shape) : null;
        return axes == null ? null : ((Flow) first).with(axes);
    }

    private @Nullable OnnxValue squeeze(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        List<Long> given = numbers(node, "axes", inputs, 1);
        if (given == null && inputs.size() > 1 && inputs.get(1) != null) {
            return null;
        }
        if (first instanceof Sizes sizes) {
            return sizes.counts().size() == 1 ? new Sizes(sizes.counts(), true) : null;
        }
        if (first instanceof Constant constant) {
            return constants.squeeze(constant, given);
        }
        if (!(first instanceof Flow flow)) {
            return null;
        }
        OnnxAxes axes = flow.axes();
        boolean[] dropped = new boolean[axes.rank()];
        for (int d = 0; d < dropped.length && given == null; d++) {
            dropped[d] = OnnxAxes.size(axes.axis(d)) == 1;
        }
        for (long axis : given == null ? List.<Long>of() : given) {
            int index = OnnxAxes.index(axis, axes.rank());
            if (index < 0 || OnnxAxes.size(axes.axis(index)) != 1) {
                return null;
            }
            dropped[index] = true;
        }
        for (int d = dropped.length - 1; d >= 0; d--) {
            axes = dropped[d] ? axes.replaced(d, null) : axes;
        }
        return flow.with(axes);
    }

    private @Nullable OnnxValue unsqueeze(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        List<Long> given = numbers(node, "axes", inputs, 1);
        if (given == null || given.size() > MOST_SIZES) {
            return null;
        }
        if (first instanceof Sizes sizes) {
            return sizes.scalar() ? new Sizes(sizes.counts(), false) : null;
        }
        int rank = first instanceof Flow flow
                ? flow.axes().rank()
                : first instanceof Constant constant ? constant.shape().rank() : -1;
        if (rank < 0 || rank + given.size() > MOST_SIZES) {
            return null;
        }
        List<Integer> places = new ArrayList<>();
        for (long axis : given) {
            int index = OnnxAxes.index(axis, rank + given.size());
            if (index < 0 || places.contains(index)) {
                return null;
            }
            places.add(index);
        }
        Collections.sort(places);
        if (first instanceof Constant constant) {
            return constants.unsqueeze(constant, places);
        }
        OnnxAxes axes = ((Flow) first).axes();
        for (int place : places) {
            axes = axes.inserted(place);
        }
        return ((Flow) first).with(axes);
    }

    private @Nullable OnnxValue slice(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        List<Long> starts = numbers(node, "starts", inputs, 1);
        List<Long> ends = numbers(node, "ends", inputs, 2);
        List<Long> axes = numbers(node, "axes", inputs, 3);
        List<Long> steps = numbers(node, "steps", inputs, 4);
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
            int from = (int) clamped(start, sizes.counts().size());
            int to = (int) clamped(end, sizes.counts().size());
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
        long from = clamped(start, size);
        return cut(flow, index, from, clamped(end, size) - from);
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

    private @Nullable OnnxValue gather(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
        OnnxValue second = inputs.size() > 1 ? inputs.get(1) : null;
        List<Count> wanted = second == null ? null : counts(second);
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

    private @Nullable List<OnnxValue> split(Node node, OnnxValue first, List<@Nullable OnnxValue> inputs) {
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
        List<Long> given = numbers(node, "split", inputs, 1);
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

    private @Nullable OnnxValue concat(Node node, List<@Nullable OnnxValue> inputs) {
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
            List<Count> counts = input == null ? null : counts(input);
            if (counts == null || all.size() > MOST_SIZES) {
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
                    || parts.size() > MOST_SIZES) {
                return null;
            }
            parts.addAll(own);
        }
        return flows.get(0).with(axes.replaced(index, List.of(new OnnxAxes.Joined(List.copyOf(parts)))));
    }

    /** An initializer of the graph. */
    OnnxValue initializer(OnnxTensor tensor) {
        return constants.of(tensor, tensor.name());
    }

    OnnxFiles files() {
        return files;
    }
}
