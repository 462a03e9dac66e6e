package io.sparkrnn.ml;

import io.sparkrnn.spark.invalid.OnInvalid;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.spark.ml.param.BooleanParam;
import org.apache.spark.ml.param.DoubleArrayParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.StringArrayParam;

/**
 * What is said of a network and of its columns: the options of the command score that are of these, as Params. The setter of each
 * says what it is. None of the methods that give a Param is final: Spark finds them by reflection, and of a class that is not public
 * only those that javac can repeat in {@link SequenceTransformer}.
 */
abstract class NetworkParams extends NamedTransformer {
    private static final long serialVersionUID = 1;

    private static final Pattern OPTION = Pattern.compile("--(no-)?([a-z]+(?:-[a-z]+)*)");

    static final String ERROR = "error";
    static final String KEEP = "keep";

    /** By the names of the options, without the dashes, in the order in which they are given. */
    private final Map<String, Param<?>> options = new LinkedHashMap<>();

    private final Param<String> modelPath = text("modelPath", "model", "the file of the trained network");
    private final Param<String> sidecarPath =
            text("sidecarPath", "sidecar", "a sidecar that does not stand beside the model under its name");
    private final Param<String> architecturePath = text(
            "architecturePath",
            "architecture",
            "what the layers of Keras' weights are, where it does not stand beside them");
    private final StringArrayParam vocabularyPaths =
            pairs("vocabularyPaths", "vocabulary", "input=file: where the indices of an input's strings are");
    private final StringArrayParam unknownTokens = pairs(
            "unknownTokens",
            "unknown-token",
            "input=index or input=token: what strings without an index are taken for");
    private final Param<String> stateDictPrefix =
            text("stateDictPrefix", "state-dict-prefix", "what stands before weight_ih_l0 in the tensors' names");
    private final Param<String> node =
            text("node", "node", "the first recurrent node of those in a graph that are meant");
    private final StringArrayParam tensorNames =
            pairs("tensorNames", "tensor-names", "pytorch=file: what the file calls the tensors");
    private final Param<String> nonlinearity = word(
            "nonlinearity",
            "nonlinearity",
            "the activation of an nn.RNN, which its file does not say",
            List.of("tanh", "relu"));
    private final Param<String> head = text("head", "head", "what stands before weight in the names of the head");
    private final StringArrayParam headLayers =
            names("headLayers", "head-layers", "all modules of the head's nn.Sequential");
    private final Param<String> headOn =
            word("headOn", "head-on", "what the head is applied to", List.of("h_n", "hidden_states"));
    private final Param<String> headActivation = word(
            "headActivation",
            "head-activation",
            "what is done to the head's result",
            List.of("none", "sigmoid", "softmax"));
    private final StringArrayParam outputs = names("outputs", "outputs", "the columns to add");

    private final StringArrayParam featuresCols =
            names("featuresCols", "features", "the column of the features, or one for each");
    private final StringArrayParam inputCols =
            pairs("inputCols", "column", "input=column: the columns of a whole network's inputs");
    private final Param<String> idCol = text("idCol", "id", "the column that names a row in messages");
    private final StringArrayParam keepCols = names("keepCols", KEEP, "the columns that pass through");
    private final Param<String> lengthsCol =
            text("lengthsCol", "lengths", "the column with the number of steps that count");
    private final Param<String> validCol =
            text("validCol", "valid", "the column that says which steps count, wherever they stand");
    private final Param<String> paddingCol =
            text("paddingCol", "padding", "the column that says which steps do not count");
    private final Param<String> initialStateCol =
            text("initialStateCol", "initial-state", "the column with h_0 of each sequence");
    private final Param<String> initialCellStateCol =
            text("initialCellStateCol", "initial-cell-state", "the column with c_0 of each sequence");

    private final IntParam firstSteps = number("firstSteps", "how many steps of a row are scored, from its first on");
    private final IntParam lastSteps = number("lastSteps", "how many steps of a row are scored, up to its last");
    private final IntParam minSteps =
            option("min-steps", number("minSteps", "how many steps a row has that is scored"));
    private final BooleanParam standardize = option(
            "standardize",
            new BooleanParam(
                    this,
                    "standardize",
                    "whether (x - mean) / std of each feature is taken for x; false says that features are so already"));
    private final DoubleArrayParam featureMean =
            option("feature-mean", new DoubleArrayParam(this, "featureMean", "the mean of each feature"));
    private final DoubleArrayParam featureStd =
            option("feature-std", new DoubleArrayParam(this, "featureStd", "the standard deviation of each feature"));
    private final Param<String> precision = word(
            "precision",
            "precision",
            "the arithmetic and the type of the results",
            List.of("auto", "float32", "float64"));
    private final Param<String> kernel =
            word("kernel", "kernel", "what computes", List.of("auto", "simd", "portable", "reference"));
    private final IntParam batchSteps =
            option("batch-steps", number("batchSteps", "the most time steps that a task runs at once"));
    private final BooleanParam rejectNonFinite = option(
            "reject-non-finite",
            new BooleanParam(
                    this, "rejectNonFinite", "whether a row with a NaN or an infinity in a result cannot be scored"));
    private final Param<String> handleInvalid = new Param<>(
            this,
            "handleInvalid",
            "what becomes of rows that cannot be scored: the job fails (" + ERROR
                    + "), or they have null results and the" + " reason in " + OnInvalid.ERROR_CODE + " (" + KEEP + ")",
            ParamChecks.oneOf("handleInvalid", List.of(ERROR, KEEP)));

    NetworkParams(String uid) {
        super(uid);
        setDefault(handleInvalid, ERROR);
    }

    private <P extends Param<?>> P option(String name, P param) {
        options.put(name, param);
        return param;
    }

    private Param<String> text(String name, String option, String doc) {
        return option(option, new Param<>(this, name, doc));
    }

    private Param<String> word(String name, String option, String doc, List<String> words) {
        return option(
                option, new Param<>(this, name, doc + ": " + String.join(", ", words), ParamChecks.oneOf(name, words)));
    }

    private StringArrayParam names(String name, String option, String doc) {
        return option(option, new StringArrayParam(this, name, doc, ParamChecks.names(name)));
    }

    private StringArrayParam pairs(String name, String option, String doc) {
        return option(option, new StringArrayParam(this, name, doc, ParamChecks.pairs(name)));
    }

    private IntParam number(String name, String doc) {
        return new IntParam(this, name, doc, ParamChecks.positive(name));
    }

    /**
     * What is set, as options of the command line.
     *
     * @param local where a file is that has this path
     */
    final List<String> line(UnaryOperator<String> local) {
        List<String> line = new ArrayList<>();
        options.forEach((option, param) -> {
            // of none of the columns to keep none are kept; of none of anything else nothing is said
            if (!isSet(param) || (isEmpty(getOrDefault(param)) && !param.equals(keepCols))) {
                return;
            }
            if (param.equals(standardize)) {
                line.add((Boolean) getOrDefault(standardize) ? "--standardize" : "--no-standardize");
            } else {
                line.add("--" + option + "=" + text(param, local));
            }
        });
        if (isSet(firstSteps) && isSet(lastSteps)) {
            throw new IllegalArgumentException(
                    "firstSteps, lastSteps: both say which steps are scored; set one of them, and clear the other");
        }
        if (isSet(firstSteps)) {
            line.add("--limit-sequence=" + getOrDefault(firstSteps) + ",first");
        }
        if (isSet(lastSteps)) {
            line.add("--limit-sequence=" + getOrDefault(lastSteps) + ",last");
        }
        return line;
    }

    private static boolean isEmpty(Object value) {
        return value instanceof String[] names && names.length == 0;
    }

    private String text(Param<?> param, UnaryOperator<String> path) {
        Object value = getOrDefault(param);
        if (value instanceof String[] names) {
            return Arrays.stream(names)
                    .map(name -> param.equals(vocabularyPaths) ? withPath(name, path) : name)
                    .collect(Collectors.joining(","));
        }
        if (value instanceof double[] numbers) {
            return Arrays.stream(numbers).mapToObj(Double::toString).collect(Collectors.joining(","));
        }
        boolean isFile = List.of(modelPath, sidecarPath, architecturePath).contains(param);
        return isFile ? path.apply(String.valueOf(value)) : String.valueOf(value);
    }

    /** {@code input=path} with another path; an input without a path is one that has no vocabulary. */
    private static String withPath(String pair, UnaryOperator<String> path) {
        int behind = pair.indexOf('=') + 1;
        return behind == pair.length() ? pair : pair.substring(0, behind) + path.apply(pair.substring(behind));
    }

    /**
     * Has other paths for the files that are named.
     *
     * @param path gives one for the name of a folder of such files alone, and the path so far
     */
    final void setPaths(BinaryOperator<String> path) {
        for (Param<String> file : List.of(modelPath, sidecarPath, architecturePath)) {
            if (isSet(file)) {
                set(file, path.apply(file.name().replace("Path", ""), getOrDefault(file)));
            }
        }
        if (isSet(vocabularyPaths)) {
            String[] pairs = getOrDefault(vocabularyPaths).clone();
            for (int i = 0; i < pairs.length; i++) {
                String folder = "vocabulary/" + i;
                pairs[i] = withPath(pairs[i], file -> path.apply(folder, file));
            }
            set(vocabularyPaths, pairs);
        }
    }

    /** A message of the command with Params in place of options. */
    final String inParams(String message) {
        return OPTION.matcher(message).replaceAll(found -> {
            Param<?> param = options.get(found.group(2));
            String said = param == null
                    ? found.group()
                    : param.equals(standardize)
                            ? param.name() + "=" + (found.group(1) == null)
                            : found.group(1) == null ? param.name() : found.group();
            return Matcher.quoteReplacement(said);
        });
    }

    /** What becomes of rows that cannot be scored. */
    final OnInvalid onInvalid() {
        return getOrDefault(handleInvalid).equals(KEEP) ? OnInvalid.nulls() : OnInvalid.fail();
    }

    public Param<String> modelPath() {
        return modelPath;
    }

    public Param<String> sidecarPath() {
        return sidecarPath;
    }

    public Param<String> architecturePath() {
        return architecturePath;
    }

    public StringArrayParam vocabularyPaths() {
        return vocabularyPaths;
    }

    public StringArrayParam unknownTokens() {
        return unknownTokens;
    }

    public Param<String> stateDictPrefix() {
        return stateDictPrefix;
    }

    public Param<String> node() {
        return node;
    }

    public StringArrayParam tensorNames() {
        return tensorNames;
    }

    public Param<String> nonlinearity() {
        return nonlinearity;
    }

    public Param<String> head() {
        return head;
    }

    public StringArrayParam headLayers() {
        return headLayers;
    }

    public Param<String> headOn() {
        return headOn;
    }

    public Param<String> headActivation() {
        return headActivation;
    }

    public StringArrayParam outputs() {
        return outputs;
    }

    public StringArrayParam featuresCols() {
        return featuresCols;
    }

    public StringArrayParam inputCols() {
        return inputCols;
    }

    public Param<String> idCol() {
        return idCol;
    }

    public StringArrayParam keepCols() {
        return keepCols;
    }

    public Param<String> lengthsCol() {
        return lengthsCol;
    }

    public Param<String> validCol() {
        return validCol;
    }

    public Param<String> paddingCol() {
        return paddingCol;
    }

    public Param<String> initialStateCol() {
        return initialStateCol;
    }

    public Param<String> initialCellStateCol() {
        return initialCellStateCol;
    }

    public IntParam firstSteps() {
        return firstSteps;
    }

    public IntParam lastSteps() {
        return lastSteps;
    }

    public IntParam minSteps() {
        return minSteps;
    }

    public BooleanParam standardize() {
        return standardize;
    }

    public DoubleArrayParam featureMean() {
        return featureMean;
    }

    public DoubleArrayParam featureStd() {
        return featureStd;
    }

    public Param<String> precision() {
        return precision;
    }

    public Param<String> kernel() {
        return kernel;
    }

    public IntParam batchSteps() {
        return batchSteps;
    }

    public BooleanParam rejectNonFinite() {
        return rejectNonFinite;
    }

    public Param<String> handleInvalid() {
        return handleInvalid;
    }
}
