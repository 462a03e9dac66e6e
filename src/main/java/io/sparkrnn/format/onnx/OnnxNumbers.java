package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxAxes.Count;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Sizes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Lists of whole numbers, which say how other values are cut and shaped. */
final class OnnxNumbers {
    /** Longer lists of whole numbers are no shapes. */
    static final int MOST_SIZES = 64;

    private OnnxNumbers() {}

    /** The whole numbers of an input; null when it is none, or none that are known. */
    static @Nullable List<Count> counts(List<@Nullable OnnxValue> inputs, int index) {
        OnnxValue value = index < inputs.size() ? inputs.get(index) : null;
        return value == null ? null : counts(value);
    }

    static @Nullable List<Count> counts(OnnxValue value) {
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
    static @Nullable List<Long> numbers(Node node, String attribute, List<@Nullable OnnxValue> inputs, int index) {
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

    /** The place of an index in a list of {@code size}, counted from its end when negative; the nearest there is. */
    static long clamped(long index, long size) {
        return Math.max(0, Math.min(index < 0 ? index + size : index, size));
    }
}
