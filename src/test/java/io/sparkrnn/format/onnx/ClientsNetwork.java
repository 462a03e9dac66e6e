package io.sparkrnn.format.onnx;

/** A network of several inputs: of amounts and codes below 3 of each step, and an age of the row; it gives three scores. */
public final class ClientsNetwork {
    private ClientsNetwork() {}

    /** The file. */
    public static byte[] file() {
        return OnnxWriter.message()
                .node("Gather", "embedding", "table code", "e", OnnxWriter.attribute("axis", 0L))
                .node("Concat", "join", "amounts e", "x", OnnxWriter.attribute("axis", 2L))
                .node("Transpose", "turn", "x", "xt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("RNN", "rnn", "xt W R", "Y h", OnnxWriter.attribute("hidden_size", 2L))
                .node("Squeeze", "last", "h zero", "hl")
                .node("Concat", "all", "hl age", "score", OnnxWriter.attribute("axis", 1L))
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(OnnxWriter.floats("table", new float[] {0.1f, -0.2f, 0.3f}, 3, 1))
                .initializer(OnnxWriter.floats("W", new float[] {0.5f, -0.5f, 0.25f, 0.75f}, 1, 2, 2))
                .initializer(OnnxWriter.floats("R", new float[] {0.1f, 0.2f, -0.3f, 0.4f}, 1, 2, 2))
                .input("amounts", OnnxWriter.FLOAT, -1, -1, 1)
                .input("code", OnnxWriter.INT64, -1, -1)
                .input("age", OnnxWriter.FLOAT, -1, 1)
                .output("score", OnnxWriter.FLOAT, -1, 3)
                .model(17, "test");
    }
}
