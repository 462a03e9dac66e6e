package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Flow;
import io.sparkrnn.format.onnx.OnnxValue.Other;
import io.sparkrnn.model.CellType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent node of a graph (<a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">LSTM</a>, <a
 * href="https://onnx.ai/onnx/operators/onnx__GRU.html">GRU</a>, <a
 * href="https://onnx.ai/onnx/operators/onnx__RNN.html">RNN</a>) and what its inputs are. D directions, G gates, H hidden
 * units, I inputs, T steps, B sequences:
 *
 * <pre>
 *   0 X [T, B, I], with layout 1 [B, T, I]     1 W [D, G*H, I]     2 R [D, G*H, H]     3 B [D, 2*G*H]
 *   4 sequence_lens [B]     5 initial_h [D, B, H], with layout 1 [B, D, H]     6 initial_c likewise     7 P [D, 3*H]
 * </pre>
 *
 * @param id its number among those of the file
 * @param name what chooses it, no other's
 * @param within the node whose body it is in; null in the graph itself
 * @param inputs null for those left out
 */
record OnnxRecurrent(int id, String name, @Nullable Node within, Node node, List<@Nullable OnnxValue> inputs) {
    CellType type() {
        return CellType.valueOf(node.opType());
    }

    @Nullable
    OnnxValue input(int index) {
        return index < inputs.size() ? inputs.get(index) : null;
    }

    /** For messages: {@code LSTM 'encoder'}. */
    String label() {
        return node.opType() + " '" + name + "'";
    }

    String direction() {
        Attribute direction = node.attributes().get("direction");
        return direction == null || direction.text().isEmpty() ? "forward" : direction.text();
    }

    int directions() {
        return direction().equals("bidirectional") ? 2 : 1;
    }

    /** Whether sequences come first in X, not steps. */
    boolean batchFirst() {
        return node.number("layout", 0) == 1;
    }

    /** H; -1 when it cannot be told. */
    long hiddenSize() {
        if (input(2) instanceof Constant weights && weights.shape().rank() == 3) {
            return weights.shape().size(2);
        }
        return node.number("hidden_size", -1);
    }

    /** What the dimensions of X stand for; null when it has not three of them. */
    @Nullable
    OnnxAxes axes() {
        OnnxValue x = input(0);
        OnnxAxes axes = x instanceof Flow flow ? flow.axes() : x instanceof Other other ? other.axes() : null;
        return axes == null || axes.rank() != 3 ? null : axes;
    }

    /** The factors of the steps and of the sequences in X. */
    @Nullable
    List<List<OnnxAxes.Factor>> stepsAndSequences() {
        OnnxAxes axes = axes();
        return axes == null
                ? null
                : batchFirst()
                        ? List.of(axes.axis(1), axes.axis(0))
                        : axes.axes().subList(0, 2);
    }

    /** Y [T, D, B, H], with layout 1 [B, T, D, H]. */
    @Nullable
    Flow output() {
        OnnxAxes axes = axes();
        if (axes == null) {
            return null;
        }
        boolean both = directions() == 2;
        List<OnnxAxes.Factor> directions = both ? List.of(new OnnxAxes.Directions(id, 2)) : List.of();
        List<List<OnnxAxes.Factor>> result = new ArrayList<>();
        result.add(axes.axis(0));
        if (batchFirst()) {
            result.add(axes.axis(1));
            result.add(directions);
        } else {
            result.add(directions);
            result.add(axes.axis(1));
        }
        result.add(List.of(new OnnxAxes.Units(id, both ? -1 : 0, hiddenSize())));
        return new Flow(new OnnxAxes(List.copyOf(result)), null, 0, false);
    }
}
