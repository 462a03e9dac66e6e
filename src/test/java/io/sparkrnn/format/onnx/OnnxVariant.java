package io.sparkrnn.format.onnx;

import io.sparkrnn.model.CellType;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent node with anything the operator has, and random weights; a stack of such is a graph.
 *
 * @param activations names, for all directions; null for the usual ones
 * @param clip 0 for none
 * @param initial where the state at the start comes from
 */
public record OnnxVariant(
        CellType type,
        String direction,
        int inputSize,
        int hiddenSize,
        @Nullable List<String> activations,
        float[] alphas,
        float[] betas,
        float clip,
        boolean inputForget,
        boolean peepholes,
        boolean linearBeforeReset,
        boolean bias,
        Initial initial) {

    /** Where a state comes from. */
    public enum Initial {
        ABSENT,
        INPUT,
        CONSTANT
    }

    /** A usual cell. */
    public static OnnxVariant usual(CellType type, int inputSize, int hiddenSize) {
        return new OnnxVariant(
                type,
                "forward",
                inputSize,
                hiddenSize,
                null,
                new float[0],
                new float[0],
                0,
                false,
                false,
                true,
                true,
                Initial.ABSENT);
    }

    public OnnxVariant withActivations(String... names) {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                List.of(names),
                alphas,
                betas,
                clip,
                inputForget,
                peepholes,
                linearBeforeReset,
                bias,
                initial);
    }

    public OnnxVariant withParameters(float[] newAlphas, float[] newBetas) {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                newAlphas,
                newBetas,
                clip,
                inputForget,
                peepholes,
                linearBeforeReset,
                bias,
                initial);
    }

    public OnnxVariant withDirection(String name) {
        return new OnnxVariant(
                type,
                name,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                clip,
                inputForget,
                peepholes,
                linearBeforeReset,
                bias,
                initial);
    }

    public OnnxVariant withClip(float bound) {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                bound,
                inputForget,
                peepholes,
                linearBeforeReset,
                bias,
                initial);
    }

    public OnnxVariant withInitial(Initial source) {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                clip,
                inputForget,
                peepholes,
                linearBeforeReset,
                bias,
                source);
    }

    /** With input_forget. */
    public OnnxVariant coupled() {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                clip,
                true,
                peepholes,
                linearBeforeReset,
                bias,
                initial);
    }

    public OnnxVariant withPeepholes() {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                clip,
                inputForget,
                true,
                linearBeforeReset,
                bias,
                initial);
    }

    /** With linear_before_reset 0. */
    public OnnxVariant resetBefore() {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                clip,
                inputForget,
                peepholes,
                false,
                bias,
                initial);
    }

    public OnnxVariant withoutBias() {
        return new OnnxVariant(
                type,
                direction,
                inputSize,
                hiddenSize,
                activations,
                alphas,
                betas,
                clip,
                inputForget,
                peepholes,
                linearBeforeReset,
                false,
                initial);
    }

    public int directions() {
        return direction.equals("bidirectional") ? 2 : 1;
    }

    /** A stack of layers as an ONNX file. */
    public record Stack(List<OnnxVariant> layers, int batch) {
        /**
         * The file: inputs {@code x} [T, B, I], {@code lens} [B], and {@code h0}, {@code h1}, {@code c0}, ... where states
         * are inputs; outputs {@code y} [T, B, D*H], and {@code hn0}, {@code cn0}, ... of each layer.
         */
        public byte[] file(Random random) {
            OnnxWriter graph = OnnxWriter.message();
            graph.input("x", OnnxWriter.FLOAT, -1, -1, layers.get(0).inputSize);
            graph.input("lens", OnnxWriter.INT32, -1);
            graph.constant("shape", 0, 0, -1);
            String x = "x";
            for (int l = 0; l < layers.size(); l++) {
                OnnxVariant layer = layers.get(l);
                layer.add(graph, random, l, x, batch);
                graph.node("Transpose", "", "Y" + l, "t" + l, OnnxWriter.attribute("perm", 0, 2, 1, 3));
                x = l == layers.size() - 1 ? "y" : "x" + (l + 1);
                graph.node("Reshape", "", "t" + l + " shape", x);
                graph.output("hn" + l, OnnxWriter.FLOAT, layer.directions(), -1, layer.hiddenSize);
                if (layer.type == CellType.LSTM) {
                    graph.output("cn" + l, OnnxWriter.FLOAT, layer.directions(), -1, layer.hiddenSize);
                }
            }
            OnnxVariant last = layers.get(layers.size() - 1);
            graph.output("y", OnnxWriter.FLOAT, -1, -1, (long) last.directions() * last.hiddenSize);
            return graph.model(14, "test");
        }
    }

    private void add(OnnxWriter graph, Random random, int index, String x, int batch) {
        long d = directions();
        long rows = (long) type.gates() * hiddenSize;
        String suffix = Integer.toString(index);
        // Larger than usual, so that clips and the knees of functions are reached.
        double scale = 1.5 / Math.sqrt(hiddenSize);
        graph.initializer(floats(random, scale, "W" + suffix, d, rows, inputSize));
        graph.initializer(floats(random, scale, "R" + suffix, d, rows, hiddenSize));
        if (bias) {
            graph.initializer(floats(random, 0.5, "B" + suffix, d, 2 * rows));
        }
        if (peepholes) {
            graph.initializer(floats(random, 0.7, "P" + suffix, d, 3L * hiddenSize));
        }
        boolean lstm = type == CellType.LSTM;
        List<String> states = lstm ? List.of("h", "c") : List.of("h");
        for (String state : states) {
            switch (initial) {
                case INPUT -> graph.input(state + suffix, OnnxWriter.FLOAT, d, -1, hiddenSize);
                case CONSTANT -> graph.initializer(constantState(random, state + suffix, batch));
                case ABSENT -> {}
            }
        }
        String inputs = x + " W" + suffix + " R" + suffix + (bias ? " B" + suffix : " -") + " lens"
                + (initial == Initial.ABSENT ? " -" : " h" + suffix);
        if (lstm) {
            inputs += (initial == Initial.ABSENT ? " -" : " c" + suffix) + (peepholes ? " P" + suffix : "");
        }
        graph.node(
                type.name(),
                "layer" + suffix,
                inputs,
                "Y" + suffix + " hn" + suffix + (lstm ? " cn" + suffix : ""),
                attributes().toArray(byte[][]::new));
    }

    private List<byte[]> attributes() {
        List<byte[]> attributes = new ArrayList<>();
        attributes.add(OnnxWriter.attribute("hidden_size", (long) hiddenSize));
        attributes.add(OnnxWriter.attribute("direction", direction));
        if (activations != null) {
            attributes.add(OnnxWriter.attribute("activations", activations.toArray(String[]::new)));
        }
        if (alphas.length > 0) {
            attributes.add(OnnxWriter.attribute("activation_alpha", alphas));
        }
        if (betas.length > 0) {
            attributes.add(OnnxWriter.attribute("activation_beta", betas));
        }
        if (clip > 0) {
            attributes.add(OnnxWriter.attribute("clip", clip));
        }
        if (inputForget) {
            attributes.add(OnnxWriter.attribute("input_forget", 1L));
        }
        if (type == CellType.GRU && linearBeforeReset) {
            attributes.add(OnnxWriter.attribute("linear_before_reset", 1L));
        }
        return attributes;
    }

    private static byte[] floats(Random random, double scale, String name, long... dims) {
        float[] values = values(
                random, scale, Math.toIntExact(java.util.Arrays.stream(dims).reduce(1, (a, b) -> a * b)));
        return OnnxWriter.floats(name, values, dims);
    }

    private static float[] values(Random random, double scale, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * (2 * random.nextDouble() - 1));
        }
        return values;
    }

    /** The same for all sequences. */
    private byte[] constantState(Random random, String name, int batch) {
        float[] values = new float[directions() * batch * hiddenSize];
        for (int d = 0; d < directions(); d++) {
            float[] own = values(random, 1, hiddenSize);
            for (int b = 0; b < batch; b++) {
                System.arraycopy(own, 0, values, (d * batch + b) * hiddenSize, hiddenSize);
            }
        }
        return OnnxWriter.floats(name, values, directions(), batch, hiddenSize);
    }
}
