package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/** Architectures that were published, as exporters leave them: what is odd in each of them. */
final class PublishedCases {

    private PublishedCases() {}

    /** A network, and the numbers of steps that it is held against ONNX Runtime with. */
    record Published(Consumer<GraphCase> maker, int... steps) {}

    static Map<String, Published> all() {
        Map<String, Published> cases = new LinkedHashMap<>();
        ragged(cases, "language model with tied embeddings", LanguageCases::languageModel);
        ragged(cases, "lengths beside a padded batch", LanguageCases::lengths);
        ragged(cases, "lengths counted from the padding", LanguageCases::lengthsOfMask);
        ragged(cases, "a squeeze of an axis that nobody knows", LoopCases::squeezeIf);
        ragged(cases, "a scripted cell in a loop", LoopCases::scriptedLoop);
        ragged(cases, "a scan over the steps", LoopCases::scan);
        ragged(cases, "decoder with attention, three steps", LanguageCases::decoderWithAttention);
        ragged(cases, "teacher forced decoder of seven steps", LanguageCases::teacherForced);
        ragged(cases, "CRNN of a spectrogram", SignalCases::crnn);
        ragged(cases, "DeepSpeech2", SignalCases::deepSpeech);
        ragged(cases, "deep and cross beside a GRU", ItemCases::deepAndCross);
        ragged(cases, "interest in a target item", ItemCases::interest);
        ragged(cases, "self-attention of many heads", ItemCases::selfAttention);
        ragged(cases, "temporal fusion", SignalCases::temporalFusion);
        ragged(cases, "characters of words", LanguageCases::characters);
        ragged(cases, "sentences of words", LanguageCases::hierarchical);
        ragged(cases, "attention both ways", LanguageCases::bothWays);
        ragged(cases, "two sequences compared", LanguageCases::siamese);
        ragged(cases, "causal convolutions", SignalCases::causal);
        fixed(cases, "squeeze and excitation beside an LSTM of turned axes", SignalCases::squeezeAndExcitation, 3);
        ragged(cases, "inception", SignalCases::inception);
        ragged(cases, "weight norm left in the graph", SignalCases::weightNorm);
        ragged(cases, "ordinal, mixture, quantile and survival heads", SignalCases::heads);
        fixed(cases, "a batch of one and a fixed number of steps", ExporterCases::fixedSizes, 11);
        fixed(cases, "a list of a fixed number of steps", ExporterCases::fixedList, 9);
        ragged(cases, "a sequence without a batch", ExporterCases::noBatch);
        ragged(cases, "float16 inside", ExporterCases::halves);
        ragged(cases, "indices of 32 bits", ExporterCases::smallIndices);
        ragged(cases, "functions of the model's own", LoopCases::functions);
        ragged(cases, "lists of arrays", LoopCases::lists);
        ragged(cases, "sums of products by letters", ExporterCases::einsum);
        ragged(cases, "assignments in place", ExporterCases::inPlace);
        ragged(cases, "last steps by their numbers", ExporterCases::lastByIndex);
        ragged(cases, "an autoencoder that is widened again", ExporterCases::widened);
        ragged(cases, "norms of channels", ExporterCases::norms);
        ragged(cases, "one of many as numbers", ExporterCases::oneHot);
        ragged(cases, "triangles of a mask", ExporterCases::triangles);
        return cases;
    }

    private static void ragged(Map<String, Published> cases, String name, Consumer<GraphCase> maker) {
        cases.put(name, new Published(maker, 13, 1, 2, 8));
    }

    private static void fixed(Map<String, Published> cases, String name, Consumer<GraphCase> maker, int steps) {
        cases.put(name, new Published(maker, steps, steps));
    }

    static void prepare(GraphCase c, int opset) {
        c.opset = opset;
        c.tolerance = 3e-5;
        c.exact = 1e-10;
    }

    static Value forward(GraphCase c, Value x, String type, int hidden) {
        return NetworkCases.recurrent(c, x, type, hidden, "forward", "-", "-").y();
    }

    static Value softmax(GraphCase c, Value x, long axis) {
        return new Value(c.op("Softmax", x.name(), attribute("axis", axis)), x.sizes());
    }

    static Value pair(GraphCase c, String op, Value a, Value b) {
        return new Value(c.op(op, a.name() + " " + b.name()), a.rank() >= b.rank() ? a.sizes() : b.sizes());
    }

    static Value unary(GraphCase c, String op, Value x) {
        return new Value(c.op(op, x.name()), x.sizes());
    }

    static String reshape(GraphCase c, String x, long... shape) {
        return c.op("Reshape", x + " " + c.longs(shape));
    }

    static String last(GraphCase c, Value x) {
        return c.op("Gather", x.name() + " " + c.whole(-1), attribute("axis", 1L));
    }

    static String size(GraphCase c, String x, long axis) {
        return c.op("Gather", c.op("Shape", x) + " " + c.whole(axis));
    }
}
