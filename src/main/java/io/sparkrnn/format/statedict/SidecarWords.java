package io.sparkrnn.format.statedict;

import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Clip;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.model.Activation;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The words of a {@link SidecarNetwork}. Functions of each number are here whole; their equations are those of <a
 * href="https://pytorch.org/docs/stable/nn.functional.html">torch.nn.functional</a>, with its defaults.
 */
enum SidecarWords {
    // what a network takes
    STEPS("{\"steps\": \"amounts\"}", "width"),
    ROW("{\"row\": \"profile\"}", "width"),
    PARAMETER("{\"parameter\": \"context\"}"),
    BEFORE("\"before\""),
    // modules of the file
    EMBEDDING("{\"embedding\": \"mcc_embedding\", \"of\": \"mcc\"}"),
    LSTM("{\"lstm\": \"lstm\"}", "h_0 c_0"),
    GRU("{\"gru\": \"gru\"}", "h_0"),
    RNN("{\"rnn\": \"rnn\", \"nonlinearity\": \"tanh\"}", "h_0 nonlinearity"),
    LINEAR("{\"linear\": \"fc\"}"),
    SCORES("{\"scores\": \"item_embedding\"}", "bias"),
    BATCH_NORM("{\"batch_norm\": \"bn\", \"eps\": 1e-5}", "eps"),
    LAYER_NORM("{\"layer_norm\": \"ln\", \"eps\": 1e-5}", "eps"),
    CONV1D("{\"conv1d\": \"conv\", \"padding\": 1}", "padding stride dilation groups"),
    PRELU("{\"prelu\": \"act\"}"),
    // over the steps
    LAST("\"last\""),
    FIRST("\"first\""),
    MEAN("\"mean\""),
    MAX("\"max\""),
    MIN("\"min\""),
    SUM("\"sum\""),
    H_N("\"h_n\" or {\"h_n\": \"all\"}"),
    C_N("\"c_n\" or {\"c_n\": \"all\"}"),
    ATTEND(
            "{\"attend\": [{\"linear\": \"att\"}, \"tanh\", {\"linear\": \"v\"}], \"weights\": \"attention\"}",
            "weights"),
    REVERSE("\"reverse\""),
    REPEAT("\"repeat\" or {\"repeat\": \"features\"}"),
    MAX_POOL("{\"max_pool\": 2, \"stride\": 2}", "stride padding dilation ceil_mode"),
    AVG_POOL("{\"avg_pool\": 2, \"stride\": 2}", "stride padding ceil_mode count_include_pad"),
    // of several
    CONCAT("{\"concat\": [\"before\", {\"row\": \"profile\"}]}"),
    ADD("{\"add\": [\"before\", \"skip\"]}"),
    SUBTRACT("{\"subtract\": [\"before\", 1]}"),
    MULTIPLY("{\"multiply\": [\"before\", \"gate\"]}"),
    DOT("{\"dot\": [\"before\", \"query\"]}"),
    // within a step, or the row
    SLICE("{\"slice\": [0, 16]}"),
    NORMALIZE("\"normalize\""),
    SOFTMAX("\"softmax\" or {\"softmax\": \"steps\"}"),
    LOG_SOFTMAX("\"log_softmax\" or {\"log_softmax\": \"steps\"}"),
    NAME("{\"name\": \"states\"}"),
    DROPOUT("\"dropout\""),
    IDENTITY("\"identity\""),
    RELU("\"relu\""),
    TANH("\"tanh\""),
    SIGMOID("\"sigmoid\""),
    GELU("\"gelu\""),
    GELU_TANH("\"gelu_tanh\""),
    LEAKY_RELU("\"leaky_relu\" or {\"leaky_relu\": 0.01}"),
    ELU("\"elu\" or {\"elu\": 1.0}"),
    SELU("\"selu\""),
    SILU("\"silu\""),
    SWISH("\"swish\""),
    MISH("\"mish\""),
    SOFTPLUS("\"softplus\""),
    SOFTSIGN("\"softsign\""),
    HARD_SIGMOID("\"hard_sigmoid\""),
    HARD_SWISH("\"hard_swish\""),
    HARD_TANH("\"hard_tanh\""),
    RELU6("\"relu6\""),
    EXP("\"exp\""),
    LOG("\"log\""),
    SQRT("\"sqrt\""),
    ABS("\"abs\""),
    NEG("\"neg\"");

    private static final Map<String, SidecarWords> BY_NAME = new LinkedHashMap<>();

    static {
        for (SidecarWords word : values()) {
            BY_NAME.put(word.toString(), word);
        }
    }

    private final String example;
    private final String options;

    SidecarWords(String example) {
        this(example, "");
    }

    SidecarWords(String example, String options) {
        this.example = example;
        this.options = options;
    }

    /** The word of a name; empty when it is none. */
    static Optional<SidecarWords> named(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** All of them, for messages. */
    static String listed() {
        return String.join(", ", BY_NAME.keySet());
    }

    /** How it is written. */
    String example() {
        return example;
    }

    /** The keys that may stand beside it, apart from "of". */
    List<String> options() {
        return options.isEmpty() ? List.of() : List.of(options.split(" ", -1));
    }

    /** Of a word that is a function of each number, that function with its defaults. */
    Optional<Operator> function() {
        return switch (this) {
            case DROPOUT -> Optional.of(new Identity());
            case IDENTITY -> Optional.of(new Identity());
            case RELU -> Optional.of(new Function.Activate(Activation.RELU));
            case TANH -> Optional.of(new Function.Activate(Activation.TANH));
            case SIGMOID -> Optional.of(new Function.Activate(Activation.SIGMOID));
            case GELU -> Optional.of(new Function(Function.Of.GELU));
            case GELU_TANH -> Optional.of(new Function(Function.Of.GELU_TANH));
            case LEAKY_RELU -> Optional.of(new Function.Activate(new Activation(Activation.Kind.LEAKY_RELU, 0.01, 0)));
            case ELU -> Optional.of(new Function.Activate(new Activation(Activation.Kind.ELU, 1, 0)));
            case SELU ->
                Optional.of(new Function.Activate(
                        new Activation(Activation.Kind.SELU, 1.6732632423543772, 1.0507009873554805)));
            case SILU -> Optional.of(new Function.Activate(new Activation(Activation.Kind.SILU, 0, 0)));
            case SWISH -> Optional.of(new Function.Activate(new Activation(Activation.Kind.SILU, 0, 0)));
            case MISH -> Optional.of(new Function(Function.Of.MISH));
            case SOFTPLUS -> Optional.of(new Function.Activate(new Activation(Activation.Kind.SOFTPLUS, 0, 0)));
            case SOFTSIGN -> Optional.of(new Function.Activate(new Activation(Activation.Kind.SOFTSIGN, 0, 0)));
            case HARD_SIGMOID ->
                Optional.of(new Function.Activate(new Activation(Activation.Kind.HARD_SIGMOID, 1.0 / 6, 0.5)));
            case HARD_SWISH -> Optional.of(new Function(Function.Of.HARD_SWISH));
            case HARD_TANH -> Optional.of(new Clip(-1, 1));
            case RELU6 -> Optional.of(new Clip(0, 6));
            case EXP -> Optional.of(new Function.Activate(new Activation(Activation.Kind.EXPONENTIAL, 0, 0)));
            case LOG -> Optional.of(new Function(Function.Of.LOG));
            case SQRT -> Optional.of(new Function(Function.Of.SQRT));
            case ABS -> Optional.of(new Function(Function.Of.ABS));
            case NEG -> Optional.of(new Function(Function.Of.NEG));
            default -> Optional.empty();
        };
    }

    /** As it is written. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
