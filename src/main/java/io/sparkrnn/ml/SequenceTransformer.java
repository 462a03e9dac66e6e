package io.sparkrnn.ml;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.invalid.InputException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A trained network as a stage of a pipeline of Spark's ML: rows are sequences, and get the columns that {@link SequenceScorer}
 * gives them, with the same bits. What is not set is as the command score has it by default.
 *
 * <pre>{@code
 * new SequenceTransformer().setModelPath("/models/weather.pt").setOutputs("h_n").transform(sequences);
 * }</pre>
 *
 * <p>The network is read on the driver when it is first needed, and again when something else is set. {@link #write} saves its
 * files with it, so that what is saved can be loaded where they are not; {@link #load} holds them against the checksums that they
 * were saved with.
 *
 * <p>Everything that cannot be done is refused with an IllegalArgumentException, or an {@link InputException} where it is the
 * table's fault: by {@link #transformSchema} and {@link #transform}, before a job runs; a row that cannot be scored fails the job
 * unless {@link #setHandleInvalid} says otherwise.
 */
public final class SequenceTransformer extends NetworkParams implements DefaultParamsWritable {
    private static final long serialVersionUID = 1;

    private @Nullable SavedFiles files;
    private transient @Nullable LoadedNetwork network;

    /** One with a uid of its own. */
    public SequenceTransformer() {
        this("SequenceTransformer_" + UUID.randomUUID());
    }

    /**
     * One with this uid, for Spark, which makes it so of what was saved.
     *
     * @param uid what tells it from others
     */
    public SequenceTransformer(String uid) {
        super(uid);
    }

    /** The table with the network's outputs, lazily; {@code dataset} is not modified, and may be a stream. */
    @Override
    public Dataset<Row> transform(Dataset<?> dataset) {
        Dataset<Row> table = dataset.toDF();
        return told(() -> scorer(table).transform(table));
    }

    /** The schema of what {@link #transform} gives. The network is read for it; no job runs. */
    @Override
    public StructType transformSchema(StructType schema) {
        Dataset<Row> empty = SparkSession.active().createDataFrame(List.of(), schema);
        return told(() -> scorer(empty).schema(empty));
    }

    private SequenceScorer scorer(Dataset<Row> table) {
        return network().scorer(table, onInvalid());
    }

    /** The network that is set. */
    synchronized LoadedNetwork network() {
        return told(() -> {
            List<String> line = line(this::local);
            if (network == null || !network.isOf(line)) {
                network = LoadedNetwork.read(line, Storage.of(SparkSession.active()));
            }
            return network;
        });
    }

    private String local(String path) {
        return files == null ? path : files.local(path);
    }

    private <T> T told(Supplier<T> what) {
        try {
            return what.get();
        } catch (InputException e) {
            throw new InputException(inMyWords(e), e);
        } catch (JobException | ModelException e) {
            throw new IllegalArgumentException(uid() + ": " + inMyWords(e), e);
        }
    }

    private String inMyWords(RuntimeException e) {
        String message = inParams(String.valueOf(e.getMessage()));
        return files == null ? message : files.told(message);
    }

    @Override
    public SequenceTransformer copy(ParamMap extra) {
        SequenceTransformer copy = defaultCopy(extra);
        copy.files = files;
        copy.network = network;
        return copy;
    }

    /**
     * Saves it with the files that its network is read from: {@code write().overwrite().save(path)}, to any file system that
     * Hadoop knows.
     */
    @Override
    public MLWriter write() {
        return new SequenceTransformerWriter(this);
    }

    /** Reads what was saved; pipelines do by this. */
    public static MLReader<SequenceTransformer> read() {
        return new SequenceTransformerReader();
    }

    /**
     * Loads what was saved.
     *
     * @throws IllegalArgumentException when a file of it is missing, or is not what was saved
     */
    public static SequenceTransformer load(String path) {
        return read().load(path);
    }

    /** Saves what the Params are, and no files. */
    MLWriter metadata() {
        return DefaultParamsWritable.super.write();
    }

    boolean isModel(String path) {
        return path.equals(local(getOrDefault(modelPath())));
    }

    /**
     * This one as it is saved: files are named by their places below the folder.
     *
     * @param layout is told of all files that were read
     */
    SequenceTransformer placed(SavedLayout layout, LoadedNetwork read) {
        SequenceTransformer placed = copy(ParamMap.empty());
        placed.setPaths((folder, path) -> layout.name(local(path), folder));
        layout.beside(
                SavedLayout.folder(local(getOrDefault(modelPath()))),
                read.digests().keySet(),
                "model");
        if (isSet(sidecarPath())) {
            layout.beside(read.sidecarFolder(), read.digests().keySet(), "sidecar");
        }
        return placed;
    }

    /** Files are those that were saved. */
    void take(SavedFiles saved) {
        setPaths((folder, place) -> saved.path(place));
        files = saved;
    }

    /**
     * The file of the trained network, of any kind that score takes, or a folder of NumPy's arrays: on the local disk, or on any
     * file system that Hadoop knows. A sidecar beside it is read, too.
     */
    public SequenceTransformer setModelPath(String value) {
        set(modelPath(), value);
        return this;
    }

    /** A sidecar that does not stand beside the model under its name. */
    public SequenceTransformer setSidecarPath(String value) {
        set(sidecarPath(), value);
        return this;
    }

    /** What the layers of Keras' weights are, {@code model.to_json()}, where it does not stand beside them. */
    public SequenceTransformer setArchitecturePath(String value) {
        set(architecturePath(), value);
        return this;
    }

    /**
     * Of a whole network: the files in which the indices of strings are, by the names of the inputs. An empty name of a file: none,
     * though the sidecar names one.
     */
    public SequenceTransformer setVocabularyPaths(Map<String, String> values) {
        set(vocabularyPaths(), pairs(values));
        return this;
    }

    /**
     * Of a whole network: the index of tokens that no vocabulary has, or the token that they are taken for, by the names of the
     * inputs.
     */
    public SequenceTransformer setUnknownTokens(Map<String, String> values) {
        set(unknownTokens(), pairs(values));
        return this;
    }

    /** What stands before {@code weight_ih_l0} in the names of tensors, where the file has several networks. */
    public SequenceTransformer setStateDictPrefix(String value) {
        set(stateDictPrefix(), value);
        return this;
    }

    /** The first recurrent node that is meant, where a graph has several that do not follow each other. */
    public SequenceTransformer setNode(String value) {
        set(node(), value);
        return this;
    }

    /** What the file calls the tensors, by PyTorch's names; {@code W.T}: the other way round. */
    public SequenceTransformer setTensorNames(Map<String, String> values) {
        set(tensorNames(), pairs(values));
        return this;
    }

    /** The activation of an nn.RNN, which its file does not say: {@code tanh} or {@code relu}. */
    public SequenceTransformer setNonlinearity(String value) {
        set(nonlinearity(), value);
        return this;
    }

    /**
     * What stands before {@code weight} in the names of the layer, or of the nn.Sequential, that makes scores. Empty: none, though the
     * sidecar names one.
     */
    public SequenceTransformer setHead(String value) {
        set(head(), value);
        return this;
    }

    /** All modules of the head's nn.Sequential: linear, relu, tanh, sigmoid, dropout, identity. */
    public SequenceTransformer setHeadLayers(String... values) {
        set(headLayers(), values);
        return this;
    }

    /** What the head is applied to: {@code h_n}, or {@code hidden_states} for a score at each step. */
    public SequenceTransformer setHeadOn(String value) {
        set(headOn(), value);
        return this;
    }

    /** What is done to the head's result: {@code none}, {@code sigmoid}, {@code softmax}. */
    public SequenceTransformer setHeadActivation(String value) {
        set(headActivation(), value);
        return this;
    }

    /**
     * The columns to add. Of recurrent layers: hidden_states [T][D*P], h_n [L*D][P], c_n [L*D][H], score, lengths; of a whole network its
     * outputs, states of its recurrent layers, and lengths. Without this call hidden_states, h_n, and score where there is a head;
     * all outputs of a whole network.
     */
    public SequenceTransformer setOutputs(String... values) {
        set(outputs(), values);
        return this;
    }

    /**
     * The column with the features, [T][input_size] in any of the kinds that score takes, or one column [T] for each feature. Without
     * this call {@code features}, or those that the sidecar names.
     */
    public SequenceTransformer setFeaturesCols(String... values) {
        set(featuresCols(), values);
        return this;
    }

    /** Of a whole network: the columns of its inputs that have other names, by the names of the inputs. */
    public SequenceTransformer setInputCols(Map<String, String> values) {
        set(inputCols(), pairs(values));
        return this;
    }

    /** The column that names a row in messages. Without this call {@code id}, if there is one. */
    public SequenceTransformer setIdCol(String value) {
        set(idCol(), value);
        return this;
    }

    /** The columns that pass through; of none, none. Without this call all but the features. */
    public SequenceTransformer setKeepCols(String... values) {
        set(keepCols(), values);
        return this;
    }

    /** The integer column with the number of steps that count, where rows are padded. */
    public SequenceTransformer setLengthsCol(String value) {
        set(lengthsCol(), value);
        return this;
    }

    /** The column that says of each step whether it counts: booleans, or 0 and 1, [T]. */
    public SequenceTransformer setValidCol(String value) {
        set(validCol(), value);
        return this;
    }

    /** The opposite of {@link #setValidCol}. */
    public SequenceTransformer setPaddingCol(String value) {
        set(paddingCol(), value);
        return this;
    }

    /** The column with h_0 [L*D][P] of each sequence; null in a row means the network's own, mostly zeros. */
    public SequenceTransformer setInitialStateCol(String value) {
        set(initialStateCol(), value);
        return this;
    }

    /** The column with c_0 [L*D][H] of each sequence, for an LSTM; null as in {@link #setInitialStateCol}. */
    public SequenceTransformer setInitialCellStateCol(String value) {
        set(initialCellStateCol(), value);
        return this;
    }

    /** Scores only so many steps of a row that count, from the first on, 1 or more. Not with {@link #setLastSteps}. */
    public SequenceTransformer setFirstSteps(int value) {
        set(firstSteps(), value);
        return this;
    }

    /** Scores only so many steps of a row that count, up to the last, 1 or more. Not with {@link #setFirstSteps}. */
    public SequenceTransformer setLastSteps(int value) {
        set(lastSteps(), value);
        return this;
    }

    /**
     * Leaves out rows with fewer steps that count, 1 or more. Without this call none is left out, and an empty sequence cannot be
     * scored.
     */
    public SequenceTransformer setMinSteps(int value) {
        set(minSteps(), value);
        return this;
    }

    /**
     * Whether features are raw numbers, to be standardised by the mean and std of the sidecar or of the Params. Where the sidecar has
     * such this must be said, true or false.
     */
    public SequenceTransformer setStandardize(boolean value) {
        set(standardize(), value);
        return this;
    }

    /** The mean of each feature, in place of the sidecar's. */
    public SequenceTransformer setFeatureMean(double... values) {
        set(featureMean(), values);
        return this;
    }

    /** The standard deviation of each feature, above 0, in place of the sidecar's. */
    public SequenceTransformer setFeatureStd(double... values) {
        set(featureStd(), values);
        return this;
    }

    /** The arithmetic and the type of the results: {@code auto}, which is what the weights ask for, {@code float32}, {@code float64}. */
    public SequenceTransformer setPrecision(String value) {
        set(precision(), value);
        return this;
    }

    /** What computes: {@code auto}, {@code simd}, {@code portable}, {@code reference}. */
    public SequenceTransformer setKernel(String value) {
        set(kernel(), value);
        return this;
    }

    /** The most time steps that a task runs at once, 1 or more. No result depends on it, memory does. */
    public SequenceTransformer setBatchSteps(int value) {
        set(batchSteps(), value);
        return this;
    }

    /** Whether a row with a NaN or an infinity in a result is one that cannot be scored. */
    public SequenceTransformer setRejectNonFinite(boolean value) {
        set(rejectNonFinite(), value);
        return this;
    }

    /**
     * What becomes of rows that cannot be scored: the first fails the job ({@code error}, which is the default), or they have null
     * results and the reason in the column {@code error_code} ({@code keep}).
     */
    public SequenceTransformer setHandleInvalid(String value) {
        set(handleInvalid(), value);
        return this;
    }

    private static String[] pairs(Map<String, String> values) {
        return new TreeMap<>(values)
                .entrySet().stream()
                        .map(pair -> pair.getKey() + "=" + pair.getValue())
                        .toArray(String[]::new);
    }
}
