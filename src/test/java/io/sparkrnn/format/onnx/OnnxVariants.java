package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxVariant.Initial;
import io.sparkrnn.format.onnx.OnnxVariant.Stack;
import io.sparkrnn.model.CellType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Stacks of recurrent nodes to compare with ONNX Runtime. */
public final class OnnxVariants {
    private static final float[] NONE = {};

    private static final String[] FUNCTIONS = {
        "Relu",
        "Tanh",
        "Sigmoid",
        "Affine",
        "LeakyRelu",
        "ThresholdedRelu",
        "ScaledTanh",
        "HardSigmoid",
        "Elu",
        "Softsign",
        "Softplus"
    };

    private OnnxVariants() {}

    /** One of each kind of thing, all layers of one width. */
    public static Map<String, Stack> named(int batch) {
        Map<String, Stack> stacks = new LinkedHashMap<>();
        OnnxVariant rnn = OnnxVariant.usual(CellType.RNN, 3, 5);
        OnnxVariant lstm = OnnxVariant.usual(CellType.LSTM, 3, 5);
        OnnxVariant gru = OnnxVariant.usual(CellType.GRU, 3, 5);
        // Without parameters: ONNX Runtime takes 0 for those that an RNN node leaves out, not what the operators say.
        for (String function : List.of("Relu", "Tanh", "Sigmoid", "Softsign", "Softplus")) {
            stacks.put("rnn_" + function.toLowerCase(java.util.Locale.ROOT), one(batch, rnn.withActivations(function)));
        }
        stacks.put("rnn_affine_said", one(batch, rnn.withActivations("Affine").withParameters(of(0.5f), of(0.25f))));
        stacks.put(
                "rnn_leakyrelu_said",
                one(batch, rnn.withActivations("LeakyRelu").withParameters(of(0.3f), NONE)));
        stacks.put(
                "rnn_thresholdedrelu_said",
                one(batch, rnn.withActivations("ThresholdedRelu").withParameters(of(0.3f), NONE)));
        stacks.put(
                "rnn_scaledtanh_said",
                one(batch, rnn.withActivations("ScaledTanh").withParameters(of(1.7159f), of(0.6667f))));
        stacks.put(
                "rnn_hardsigmoid_said",
                one(batch, rnn.withActivations("HardSigmoid").withParameters(of(0.3f), of(0.4f))));
        stacks.put("rnn_elu_said", one(batch, rnn.withActivations("Elu").withParameters(of(0.7f), NONE)));
        stacks.put(
                "rnn_bidirectional_differing",
                one(
                        batch,
                        rnn.withDirection("bidirectional")
                                .withActivations("Tanh", "HardSigmoid")
                                .withParameters(of(0, 0.3f), of(0, 0.6f))));
        stacks.put(
                "rnn_thresholdedrelu_clip_at_threshold",
                one(
                        batch,
                        rnn.withActivations("ThresholdedRelu")
                                .withParameters(of(0.5f), NONE)
                                .withClip(0.5f)));
        stacks.put("rnn_clip_reverse", one(batch, rnn.withClip(0.3f).withDirection("reverse")));
        stacks.put("rnn_relu_clip", one(batch, rnn.withActivations("Relu").withClip(0.4f)));
        stacks.put(
                "rnn_affine_clip",
                one(
                        batch,
                        rnn.withActivations("Affine")
                                .withParameters(of(0.5f), of(0.1f))
                                .withClip(0.4f)));
        stacks.put("lstm_usual", one(batch, lstm));
        stacks.put("lstm_clip", one(batch, lstm.withClip(0.4f)));
        stacks.put("lstm_clip_peepholes", one(batch, lstm.withClip(0.4f).withPeepholes()));
        stacks.put(
                "lstm_peepholes_bidirectional",
                one(batch, lstm.withPeepholes().withDirection("bidirectional").withInitial(Initial.INPUT)));
        stacks.put("lstm_input_forget", one(batch, lstm.coupled().withInitial(Initial.INPUT)));
        stacks.put(
                "lstm_input_forget_peepholes",
                one(batch, lstm.coupled().withPeepholes().withInitial(Initial.INPUT)));
        stacks.put("lstm_input_forget_clip", one(batch, lstm.coupled().withClip(0.3f)));
        stacks.put(
                "lstm_hardsigmoid_relu_affine",
                one(
                        batch,
                        lstm.withActivations("HardSigmoid", "Relu", "Affine")
                                .withParameters(of(0.25f, 0.5f), of(0.4f, 0.1f))));
        stacks.put(
                "lstm_sigmoid_softsign_softplus", one(batch, lstm.withActivations("sigmoid", "SOFTSIGN", "softPlus")));
        stacks.put(
                "lstm_hardsigmoid_leakyrelu_scaledtanh",
                one(
                        batch,
                        lstm.withActivations("HardSigmoid", "LeakyRelu", "ScaledTanh")
                                .withParameters(of(0.2f, 0.1f, 1.2f), of(0.5f, 0.8f))));
        stacks.put(
                "lstm_reverse_constant_states",
                one(batch, lstm.withDirection("reverse").withInitial(Initial.CONSTANT)));
        stacks.put(
                "lstm_bidirectional_differing",
                one(
                        batch,
                        lstm.withDirection("bidirectional")
                                .withActivations("Sigmoid", "Tanh", "Tanh", "HardSigmoid", "Elu", "Softsign")
                                .withParameters(of(0.2f, 0.5f), of(0.5f))));
        stacks.put("lstm_no_bias", one(batch, lstm.withoutBias().withInitial(Initial.INPUT)));
        stacks.put("gru_after", one(batch, gru));
        stacks.put("gru_before", one(batch, gru.resetBefore().withInitial(Initial.INPUT)));
        stacks.put(
                "gru_before_bidirectional",
                one(batch, gru.resetBefore().withDirection("bidirectional").withInitial(Initial.INPUT)));
        stacks.put("gru_before_clip", one(batch, gru.resetBefore().withClip(0.3f)));
        stacks.put("gru_after_clip", one(batch, gru.withClip(0.3f)));
        stacks.put("gru_before_no_bias", one(batch, gru.resetBefore().withoutBias()));
        stacks.put("gru_hardsigmoid_softsign", one(batch, gru.withActivations("HardSigmoid", "Softsign")));
        stacks.put("gru_before_hardsigmoid_elu", one(batch, gru.resetBefore().withActivations("HardSigmoid", "Elu")));
        stacks.put(
                "gru_relu_leakyrelu",
                one(batch, gru.withActivations("Sigmoid", "LeakyRelu").withParameters(of(0.2f), NONE)));
        stacks.put(
                "gru_bidirectional_differing",
                one(
                        batch,
                        gru.withDirection("bidirectional")
                                .withActivations("Sigmoid", "Tanh", "HardSigmoid", "Relu")
                                .withParameters(of(0.25f), of(0.4f))));
        stacks.put(
                "stack_of_lstms",
                new Stack(
                        List.of(
                                lstm.withDirection("bidirectional").withInitial(Initial.INPUT),
                                OnnxVariant.usual(CellType.LSTM, 10, 5)
                                        .coupled()
                                        .withInitial(Initial.INPUT)
                                        .withDirection("reverse"),
                                OnnxVariant.usual(CellType.LSTM, 5, 5)
                                        .withPeepholes()
                                        .withInitial(Initial.INPUT)
                                        .withDirection("bidirectional")),
                        batch));
        stacks.put(
                "stack_of_two_kinds",
                new Stack(
                        List.of(
                                rnn.withDirection("bidirectional").withInitial(Initial.INPUT),
                                OnnxVariant.usual(CellType.GRU, 10, 5)
                                        .resetBefore()
                                        .withInitial(Initial.INPUT)
                                        .withDirection("reverse")),
                        batch));
        return stacks;
    }

    private static float[] of(float... values) {
        return values;
    }

    private static Stack one(int batch, OnnxVariant variant) {
        return new Stack(List.of(variant), batch);
    }

    /** Up to three layers of anything. */
    public static Stack random(Random random, int batch) {
        Initial initial = any(random, Initial.values());
        List<OnnxVariant> layers = new ArrayList<>();
        int width = 1 + random.nextInt(9);
        for (int l = 1 + random.nextInt(3); l > 0; l--) {
            CellType type = any(random, CellType.values());
            String direction = new String[] {"forward", "reverse", "bidirectional"}[random.nextInt(3)];
            OnnxVariant layer = OnnxVariant.usual(type, width, 1 + random.nextInt(17))
                    .withDirection(direction)
                    .withInitial(initial);
            layer = random.nextBoolean() ? layer : layer.withClip(0.3f + random.nextFloat());
            layer = random.nextInt(4) > 0 ? layer : layer.withoutBias();
            layer = random.nextBoolean() && type == CellType.GRU ? layer.resetBefore() : layer;
            layer = random.nextBoolean() && type == CellType.LSTM ? layer.coupled() : layer;
            layer = random.nextBoolean() && type == CellType.LSTM ? layer.withPeepholes() : layer;
            layer = random.nextBoolean() ? layer : functions(random, layer);
            layers.add(layer);
            width = layer.directions() * layer.hiddenSize();
        }
        return new Stack(List.copyOf(layers), batch);
    }

    private static <T> T any(Random random, T[] values) {
        return values[random.nextInt(values.length)];
    }

    private static OnnxVariant functions(Random random, OnnxVariant layer) {
        List<String> names = new ArrayList<>();
        int count = io.sparkrnn.model.Cell.activationsOf(layer.type());
        for (int i = 0; i < count * layer.directions(); i++) {
            // A gate outside of 0 to 1 lets states, and differences, grow from step to step.
            boolean gate = i % count == 0 && layer.type() != CellType.RNN;
            names.add(
                    gate
                            ? new String[] {"Sigmoid", "HardSigmoid"}[random.nextInt(2)]
                            : FUNCTIONS[random.nextInt(FUNCTIONS.length)]);
        }
        float[] alphas = new float[names.size()];
        float[] betas = new float[names.size()];
        for (int i = 0; i < alphas.length; i++) {
            alphas[i] = 0.1f + 0.4f * random.nextFloat();
            betas[i] = 0.1f + 0.4f * random.nextFloat();
        }
        return layer.withActivations(names.toArray(String[]::new)).withParameters(alphas, betas);
    }
}
