package io.sparkrnn.peers;

import io.sparkrnn.format.onnx.OnnxWriter;
import java.util.Arrays;
import java.util.Random;

/**
 * A whole network as an ONNX file: two embeddings (40 x 8, 6 x 3) and 3 numbers of each step, an LSTM, a linear layer and a
 * sigmoid of its last state. Inputs item [B, T], kind [B, T], x [B, T, 3]; output score [B, 1].
 */
public final class WholeNetworkFile {
    /** The indices that the embeddings have. */
    public static final int ITEMS = 40;

    public static final int KINDS = 6;

    /** The numbers of a step beside them. */
    public static final int NUMBERS = 3;

    private static final int ITEM_WIDTH = 8;
    private static final int KIND_WIDTH = 3;

    /** How rows come to it. */
    public enum Rows {
        /** Without padding, as PyTorch's exporter writes it. */
        ONE_BY_ONE,
        /** Padded, with a further input lengths [B], so that padding does not count. */
        PADDED
    }

    private WholeNetworkFile() {}

    /**
     * The file, the same each time.
     *
     * @param hidden H of the LSTM
     */
    public static byte[] of(int hidden, Rows rows) {
        Random random = new Random(7);
        OnnxWriter graph = OnnxWriter.message()
                .input("item", OnnxWriter.INT64, -1, -1)
                .input("kind", OnnxWriter.INT64, -1, -1)
                .input("x", OnnxWriter.FLOAT, -1, -1, NUMBERS);
        if (rows == Rows.PADDED) {
            graph.input("lengths", OnnxWriter.INT32, -1);
        }
        return graph.outputOfType("score", OnnxWriter.FLOAT)
                .initializer(weights(random, "items", ITEMS, ITEM_WIDTH))
                .initializer(weights(random, "kinds", KINDS, KIND_WIDTH))
                .initializer(weights(random, "W", 1, 4L * hidden, ITEM_WIDTH + KIND_WIDTH + NUMBERS))
                .initializer(weights(random, "R", 1, 4L * hidden, hidden))
                .initializer(weights(random, "B", 1, 8L * hidden))
                .initializer(weights(random, "w", 1, hidden))
                .initializer(weights(random, "b", 1))
                .node("Gather", "", "items item", "a")
                .node("Gather", "", "kinds kind", "k")
                .node("Concat", "", "a k x", "all", OnnxWriter.attribute("axis", 2L))
                .node("Transpose", "", "all", "turned", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node(
                        "LSTM",
                        "lstm",
                        rows == Rows.PADDED ? "turned W R B lengths" : "turned W R B",
                        "Y h",
                        OnnxWriter.attribute("hidden_size", (long) hidden))
                .constant("zero", 0)
                .node("Squeeze", "", "h zero", "last")
                .node("Gemm", "head", "last w b", "logit", OnnxWriter.attribute("transB", 1L))
                .node("Sigmoid", "", "logit", "score")
                .model(13, "bench");
    }

    private static byte[] weights(Random random, String name, long... sizes) {
        float[] values = new float[(int) Arrays.stream(sizes).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / 8);
        }
        return OnnxWriter.floats(name, values, sizes);
    }
}
