package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxAxes.Count;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.format.onnx.OnnxValue.Flow;
import io.sparkrnn.format.onnx.OnnxValue.Other;
import io.sparkrnn.format.onnx.OnnxValue.Sizes;
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

    private final OnnxFiles files;
    private final OnnxConstants constants;
    private final OnnxParts parts;

    OnnxOperators(OnnxFiles files) {
        this.files = files;
        constants = new OnnxConstants(files);
        parts = new OnnxParts(constants);
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
            case "Concat" -> one(parts.concat(node, inputs));
            case "Split" -> parts.split(node, first, inputs);
            case "Gather" -> one(parts.gather(node, first, inputs));
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
            case "Slice" -> parts.slice(node, first, inputs);
            case "Expand", "Tile" ->
                first instanceof Constant constant ? constants.expand(constant, OnnxNumbers.counts(inputs, 1)) : null;
            default -> null;
        };
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
        int start = (int) OnnxNumbers.clamped(node.number("start", 0), counts.size());
        int end = (int) OnnxNumbers.clamped(node.number("end", Long.MAX_VALUE), counts.size());
        return new Sizes(List.copyOf(counts.subList(Math.min(start, end), end)), false);
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
        List<Count> shape = OnnxNumbers.counts(inputs, 1);
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
        List<Long> given = OnnxNumbers.numbers(node, "axes", inputs, 1);
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
        List<Long> given = OnnxNumbers.numbers(node, "axes", inputs, 1);
        if (given == null || given.size() > OnnxNumbers.MOST_SIZES) {
            return null;
        }
        if (first instanceof Sizes sizes) {
            return sizes.scalar() ? new Sizes(sizes.counts(), false) : null;
        }
        int rank = first instanceof Flow flow
                ? flow.axes().rank()
                : first instanceof Constant constant ? constant.shape().rank() : -1;
        if (rank < 0 || rank + given.size() > OnnxNumbers.MOST_SIZES) {
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

    /** An initializer of the graph. */
    OnnxValue initializer(OnnxTensor tensor) {
        return constants.of(tensor, tensor.name());
    }

    OnnxFiles files() {
        return files;
    }
}
