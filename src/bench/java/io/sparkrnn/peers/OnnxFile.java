package io.sparkrnn.peers;

import io.sparkrnn.model.Activation;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A network of one forward layer of a PyTorch cell as an ONNX model of one node (<a
 * href="https://onnx.ai/onnx/operators/onnx__LSTM.html">LSTM</a>, GRU, RNN; <a
 * href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>).
 *
 * <p>Its inputs are {@code x} and, when the sequences differ in length, {@code lengths} int32 [B]; its outputs {@code y},
 * the hidden states, {@code y_h} [1][B][H] and, of an LSTM, {@code y_c}.
 */
public final class OnnxFile {
    private static final int FLOAT = 1;
    private static final int INT32 = 6;
    private static final int IR_VERSION = 8;
    private static final int OPSET = 14;

    /** How x and y lie. */
    public enum Layout {
        /** x [T][B][I], y [T][1][B][H]: what the operator itself takes. */
        TIME_MAJOR,
        /** x [B][T][I], y [B][T][1][H]: with the transpositions that PyTorch's exporter puts around the operator. */
        BATCH_FIRST
    }

    /** Whether sequences differ in length. */
    public enum Lengths {
        EQUAL,
        GIVEN
    }

    private OnnxFile() {}

    /** The bytes of the model. */
    public static byte[] of(RnnModel model, Layout layout, Lengths lengths) {
        DirectionWeights weights = Objects.requireNonNull(model.layers().get(0).forward());
        boolean turned = layout == Layout.BATCH_FIRST;
        int inputs = model.inputSize();
        int hidden = weights.hiddenSize();

        Protobuf graph = new Protobuf();
        if (turned) {
            graph.message(1, transpose("x", "x_t", 1, 0, 2));
        }
        graph.message(1, node(weights, turned ? "x_t" : "x", turned ? "y_t" : "y", lengths));
        if (turned) {
            graph.message(1, transpose("y_t", "y", 2, 0, 1, 3));
        }
        graph.text(2, "network");
        int[] order = gateOrder(weights.cell().type());
        graph.message(5, initializer("W", new long[] {1, order.length * (long) hidden, inputs}, weights.weightIh(), null, order));
        graph.message(5, initializer("R", new long[] {1, order.length * (long) hidden, hidden}, weights.weightHh(), null, order));
        graph.message(
                5,
                initializer(
                        "B",
                        new long[] {1, 2L * order.length * hidden},
                        Objects.requireNonNull(weights.biasIh()),
                        Objects.requireNonNull(weights.biasHh()),
                        order));
        graph.message(11, turned ? value("x", FLOAT, "B", "T", "I") : value("x", FLOAT, "T", "B", "I"));
        if (lengths == Lengths.GIVEN) {
            graph.message(11, value("lengths", INT32, "B"));
        }
        graph.message(12, turned ? value("y", FLOAT, "B", "T", "D", "H") : value("y", FLOAT, "T", "D", "B", "H"));
        graph.message(12, value("y_h", FLOAT, "D", "B", "H"));
        if (model.hasCellState()) {
            graph.message(12, value("y_c", FLOAT, "D", "B", "H"));
        }
        return new Protobuf()
                .number(1, IR_VERSION)
                .text(2, "spark-rnn bench")
                .message(7, graph)
                .message(8, new Protobuf().text(1, "").number(2, OPSET))
                .toByteArray();
    }

    private static Protobuf node(DirectionWeights weights, String x, String y, Lengths lengths) {
        CellType type = weights.cell().type();
        Protobuf node = new Protobuf();
        for (String input : List.of(x, "W", "R", "B", lengths == Lengths.GIVEN ? "lengths" : "")) {
            node.text(1, input);
        }
        List<String> outputs = new ArrayList<>(List.of(y, "y_h"));
        if (type == CellType.LSTM) {
            outputs.add("y_c");
        }
        outputs.forEach(output -> node.text(2, output));
        node.text(4, type.name());
        node.message(5, new Protobuf().text(1, "hidden_size").number(3, weights.hiddenSize()).number(20, 2));
        if (type == CellType.GRU) {
            node.message(5, new Protobuf().text(1, "linear_before_reset").number(3, 1).number(20, 2));
        }
        if (type == CellType.RNN) {
            String activation = weights.cell().gateActivation().equals(Activation.TANH) ? "Tanh" : "Relu";
            node.message(5, new Protobuf().text(1, "activations").text(9, activation).number(20, 8));
        }
        return node;
    }

    private static Protobuf transpose(String from, String to, int... order) {
        Protobuf attribute = new Protobuf().text(1, "perm");
        for (int axis : order) {
            attribute.number(8, axis);
        }
        return new Protobuf().text(1, from).text(2, to).text(4, "Transpose").message(5, attribute.number(20, 7));
    }

    private static Protobuf value(String name, int type, String... dimensions) {
        Protobuf shape = new Protobuf();
        for (String dimension : dimensions) {
            shape.message(1, new Protobuf().text(2, dimension));
        }
        Protobuf tensor = new Protobuf().number(1, type).message(2, shape);
        return new Protobuf().text(1, name).message(2, new Protobuf().message(1, tensor));
    }

    /** For each of ONNX's gates, which of PyTorch's it is: i, o, f, c; z, r, h. */
    private static int[] gateOrder(CellType type) {
        return switch (type) {
            case RNN -> new int[] {0};
            case LSTM -> new int[] {0, 3, 1, 2};
            case GRU -> new int[] {1, 0, 2};
        };
    }

    /** Tensors one after the other, the gates of each in ONNX's order. */
    private static Protobuf initializer(
            String name, long[] sizes, Tensor first, @Nullable Tensor second, int[] order) {
        float[] a = first.toFloats();
        float[] b = Optional.ofNullable(second).map(Tensor::toFloats).orElse(new float[0]);
        ByteBuffer data =
                ByteBuffer.allocate((a.length + b.length) * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (float[] values : List.of(a, b)) {
            int gate = values.length / order.length;
            for (int from : order) {
                for (int i = 0; i < gate; i++) {
                    data.putFloat(values[from * gate + i]);
                }
            }
        }
        Protobuf tensor = new Protobuf();
        for (long size : sizes) {
            tensor.number(1, size);
        }
        return tensor.number(2, FLOAT).text(8, name).bytes(9, data.array());
    }
}
