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
    LINEAR("{\"linear\": \"fc\"}", "activation"),
    SCORES("{\"scores\": \"item_embedding\"}", "bias"),
    BATCH_NORM("{\"batch_norm\": \"bn\", \"eps\": 1e-5}", "eps"),
    LAYER_NORM("{\"layer_norm\": \"ln\", \"eps\": 1e-5}", "eps"),
    CONV1D("{\"conv1d\": \"conv\", \"padding\": 1}", "padding stride dilation groups activation"),
    GROUP_NORM("{\"group_norm\": \"gn\", \"groups\": 4}", "groups eps"),
    INSTANCE_NORM("{\"instance_norm\": \"norm\"} or \"instance_norm\"", "eps"),
    RMS_NORM("{\"rms_norm\": \"norm\", \"eps\": 1e-6}", "eps"),
    PRELU("{\"prelu\": \"act\"}"),
    POSITIONS("{\"positions\": \"pos_embedding\"}"),
    SELF_ATTENTION("{\"self_attention\": \"attn\", \"heads\": 4, \"causal\": true}", "heads causal"),
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
    CUMSUM("\"cumsum\""),
    REVERSE("\"reverse\""),
    REPEAT("\"repeat\" or {\"repeat\": \"features\"}"),
    MAX_POOL("{\"max_pool\": 2, \"stride\": 2}", "stride padding dilation ceil_mode"),
    AVG_POOL("{\"avg_pool\": 2, \"stride\": 2}", "stride padding ceil_mode count_include_pad"),
    // of several
    CONCAT("{\"concat\": [\"before\", {\"row\": \"profile\"}]}"),
    ADD("{\"add\": [\"before\", \"skip\"]}"),
    SUBTRACT("{\"subtract\": [\"before\", 1]}"),
    MULTIPLY("{\"multiply\": [\"before\", \"gate\"]}"),
    DIVIDE("{\"divide\": [\"before\", \"total\"]}"),
    DOT("{\"dot\": [\"before\", \"query\"]}"),
    // within a step, or the row
    SLICE("{\"slice\": [0, 16]}"),
    NORMALIZE("\"normalize\""),
    GLU("\"glu\""),
    CLIP("{\"clip\": [-5, 5]}"),
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
    HARD_SHRINK("\"hard_shrink\""),
    LOG_SIGMOID("\"log_sigmoid\""),
    SQUARE("\"square\""),
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

    /** What people call them: the modules and functions of PyTorch and Keras. */
    private static final Map<String, SidecarWords> OTHERS = new LinkedHashMap<>();

    static {
        for (SidecarWords word : values()) {
            OTHERS.put(plain(word.toString()), word);
        }
        others(LINEAR, "dense fc");
        others(EMBEDDING, "emb embed lookup");
        others(RNN, "simplernn elmanrnn");
        others(LSTM, "lstmcell");
        others(GRU, "grucell");
        others(CONV1D, "conv convolution");
        others(BATCH_NORM, "batchnorm1d batchnormalization bn");
        others(LAYER_NORM, "layernormalization ln");
        others(INSTANCE_NORM, "instancenorm1d");
        others(SELF_ATTENTION, "multiheadattention mha multiheadselfattention");
        others(POSITIONS, "position positionembedding positionalembedding positionalencoding");
        others(LAST, "laststep lasttimestep lastoutput");
        others(FIRST, "firststep");
        others(H_N, "hn hidden finalstate laststate lasthidden finalhidden");
        others(C_N, "cn");
        others(
                MEAN,
                "avg average meanpool meanpooling globalaveragepool globalaveragepooling1d globalavgpool"
                        + " adaptiveavgpool1d adaptiveavgpool averagepooling");
        others(MAX, "globalmaxpool globalmaxpooling1d adaptivemaxpool1d maxpooling maxovertime");
        others(MAX_POOL, "maxpool1d maxpooling1d");
        others(AVG_POOL, "avgpool1d averagepooling1d averagepool");
        others(ATTEND, "attention attentionpool attentionpooling");
        others(REVERSE, "flip");
        others(REPEAT, "repeatvector expand");
        others(CONCAT, "cat concatenate");
        others(ADD, "plus residual");
        others(SUBTRACT, "sub minus");
        others(MULTIPLY, "mul times");
        others(DIVIDE, "div");
        others(CLIP, "clamp");
        others(CUMSUM, "cumulativesum");
        others(NORMALIZE, "l2normalize l2norm");
        others(
                DROPOUT,
                "dropout1d dropout2d alphadropout spatialdropout spatialdropout1d gaussiannoise"
                        + " lockeddropout variationaldropout embeddingdropout");
        others(
                IDENTITY,
                "flatten squeeze unsqueeze transpose permute contiguous view packpaddedsequence"
                        + " padpackedsequence linearactivation");
    }

    private static void others(SidecarWords word, String names) {
        for (String name : names.split(" ", -1)) {
            OTHERS.put(name, word);
        }
    }

    /** A name without what people write in different ways: nn.BatchNorm1d, batch_norm, batch-norm. */
    private static String plain(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String own = lower.startsWith("torch.nn.")
                ? lower.substring(9)
                : lower.startsWith("nn.")
                        ? lower.substring(3)
                        : lower.startsWith("torch.") ? lower.substring(6) : lower;
        return own.replaceAll("[-_ ]|\\(\\)$", "");
    }

    /** The word of a name, or of what PyTorch or Keras call it; empty when it is none. */
    static Optional<SidecarWords> named(String name) {
        SidecarWords own = BY_NAME.get(name);
        return Optional.ofNullable(own != null ? own : OTHERS.get(plain(name)));
    }

    /** The word of just this name; empty when it is none. What may be the name of a column is only a word if it is one of these. */
    static Optional<SidecarWords> exactly(String name) {
        return Optional.ofNullable(BY_NAME.get(name));
    }

    /** The word that a name is nearest to; empty when it is near to none. */
    static Optional<String> near(String name) {
        String plain = plain(name);
        String best = null;
        int least = Math.max(1, plain.length() / 3) + 1;
        for (Map.Entry<String, SidecarWords> entry : OTHERS.entrySet()) {
            int apart = apart(plain, entry.getKey());
            if (apart < least) {
                least = apart;
                best = entry.getValue().toString();
            }
        }
        return Optional.ofNullable(best);
    }

    /** How many letters have to be put in, taken away or changed to make one of the other. */
    private static int apart(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int changed = corner + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                corner = row[j];
                row[j] = Math.min(changed, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
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
            case GELU -> Optional.of(new Function(Function.Of.GELU));
            case GELU_TANH -> Optional.of(new Function(Function.Of.GELU_TANH));
            case MISH -> Optional.of(new Function(Function.Of.MISH));
            case HARD_SIGMOID ->
                Optional.of(new Function.Activate(new Activation(Activation.Kind.HARD_SIGMOID, 1.0 / 6, 0.5)));
            case HARD_SWISH -> Optional.of(new Function(Function.Of.HARD_SWISH));
            case HARD_TANH -> Optional.of(new Clip(-1, 1));
            case RELU6 -> Optional.of(new Clip(0, 6));
            case LOG -> Optional.of(new Function(Function.Of.LOG));
            case SQRT -> Optional.of(new Function(Function.Of.SQRT));
            case ABS -> Optional.of(new Function(Function.Of.ABS));
            case SQUARE -> Optional.of(new Function(Function.Of.SQUARE));
            case LOG_SIGMOID -> Optional.of(new Function(Function.Of.LOG_SIGMOID));
            case HARD_SHRINK -> Optional.of(new Function(Function.Of.HARD_SHRINK));
            case NEG -> Optional.of(new Function(Function.Of.NEG));
            default -> Activation.named(toString()).map(Function.Activate::new);
        };
    }

    /** As it is written. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
