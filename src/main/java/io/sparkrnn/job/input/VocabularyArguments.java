package io.sparkrnn.job.input;

import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.VocabularyFile;
import io.sparkrnn.format.network.VocabularyName;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.spark.ScorerBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Indices that the table has as strings: the options of score and verify. */
public final class VocabularyArguments {
    private static final String VOCABULARY = "--vocabulary";
    private static final String UNKNOWN = "--unknown-token";

    @Option(
            names = VOCABULARY,
            paramLabel = "INPUT=FILE,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "Of a whole network: the column of this input of indices has strings, whose indices are in a file."
                            + " .txt: a token a line, the first has index 0; .json: an object of indices by tokens, or an array of"
                            + " tokens. Empty (INPUT=): none, though the sidecar names one.")
    @Nullable
    Map<String, String> files;

    @Option(
            names = UNKNOWN,
            paramLabel = "INPUT=INDEX|TOKEN,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "The index of tokens that are not in the vocabulary, or the token of the vocabulary that they are"
                            + " taken for. Default: a row with such cannot be scored.")
    @Nullable
    Map<String, String> unknown;

    /** Those that were read, by the names of the inputs. */
    private final Map<String, Found> found = new LinkedHashMap<>();

    /**
     * A vocabulary that was read.
     *
     * @param file its path, for people
     * @param digest its SHA-256
     */
    private record Found(Vocabulary vocabulary, String file, String digest) {}

    /**
     * Reads those that are named by options or by the sidecar.
     *
     * @param graph with all of the network's inputs; null of recurrent layers, which have none of indices
     * @param columns of which inputs which columns are named
     * @param folder what the sidecar's files are relative to: a path that ends with a slash, or empty
     * @param read is told of all files that are read
     */
    public void read(
            @Nullable Graph graph,
            Sidecar sidecar,
            Map<String, String> columns,
            String folder,
            Storage storage,
            ReadFiles read) {
        found.clear();
        if (graph == null) {
            if (files != null || unknown != null) {
                throw new JobException(
                        ExitCode.USAGE,
                        VOCABULARY + ", " + UNKNOWN + ": they are of a whole network's inputs of indices, and this run"
                                + " scores recurrent layers; do without them");
            }
            return;
        }
        Map<String, VocabularyName> named = new LinkedHashMap<>();
        sidecar.vocabularies().forEach((input, name) -> {
            check(graph, input, sidecar.file() + ": \"vocabulary\"", ExitCode.MODEL);
            named.put(input, new VocabularyName(folder + name.file(), name.unknown()));
        });
        if (files != null) {
            files.forEach((name, file) -> {
                String input = input(graph, name, columns, VOCABULARY);
                if (file.isEmpty()) {
                    named.remove(input);
                } else {
                    named.put(input, new VocabularyName(file, null));
                }
            });
        }
        if (unknown != null) {
            unknown.forEach((name, text) -> {
                String input = input(graph, name, columns, UNKNOWN);
                VocabularyName of = named.get(input);
                if (of == null) {
                    throw new JobException(
                            ExitCode.USAGE,
                            UNKNOWN + " " + name + "=" + text + ": the input " + input
                                    + " has no vocabulary; name its file with " + VOCABULARY + " " + name
                                    + "=FILE");
                }
                named.put(input, new VocabularyName(of.file(), VocabularyName.Unknown.of(text)));
            });
        }
        named.forEach((input, name) -> found.put(input, read(graph, input, name, storage, read)));
    }

    private static Found read(Graph graph, String input, VocabularyName name, Storage storage, ReadFiles read) {
        String what = VOCABULARY + " " + input;
        try (Storage.LocalFile file = storage.localFile(name.file(), what, ExitCode.MODEL)) {
            read.addNamed("the vocabulary of " + input, name.file(), file.path());
            Vocabulary vocabulary = VocabularyFile.read(file.path(), name.file());
            VocabularyName.Unknown unknown = name.unknown();
            if (unknown != null) {
                String token = unknown.token();
                int index = token == null ? unknown.index() : vocabulary.find(token);
                if (index < 0) {
                    throw new JobException(
                            ExitCode.MODEL,
                            UNKNOWN + " " + input + "=" + token + ": " + name.file() + " has no token "
                                    + Vocabulary.shown(String.valueOf(token))
                                    + "; expected one of its tokens, or an index of 0 or more");
                }
                vocabulary = vocabulary.withUnknown(index);
            }
            String problem = vocabulary.misfit(graph.inputs().stream()
                    .filter(each -> each.name().equals(input))
                    .findFirst()
                    .orElseThrow());
            if (problem != null) {
                throw new JobException(ExitCode.MODEL, what + ": " + name.file() + ": " + problem);
            }
            String digest = Objects.requireNonNull(read.digests().get(name.file()));
            return new Found(vocabulary, name.file(), digest);
        }
    }

    /** The input of a name, which may be that of its column. */
    private static String input(Graph graph, String name, Map<String, String> columns, String option) {
        boolean isInput = graph.inputs().stream().anyMatch(each -> each.name().equals(name));
        if (!isInput) {
            List<String> ofColumn = columns.entrySet().stream()
                    .filter(entry -> entry.getValue().equals(name))
                    .map(Map.Entry::getKey)
                    .toList();
            if (ofColumn.size() == 1) {
                check(graph, ofColumn.get(0), option, ExitCode.USAGE);
                return ofColumn.get(0);
            }
        }
        check(graph, name, option, ExitCode.USAGE);
        return name;
    }

    private static void check(Graph graph, String input, String said, ExitCode code) {
        for (GraphInput each : graph.inputs()) {
            if (each.name().equals(input) && each.isIndex()) {
                return;
            }
        }
        List<GraphInput> indices =
                graph.inputs().stream().filter(GraphInput::isIndex).toList();
        throw new JobException(
                code,
                said + ": the network has no input of indices '" + input + "'; it "
                        + (indices.isEmpty() ? "has none, but " + graph.inputs() : "has " + indices));
    }

    /** Tells a scorer of those that its network has inputs for. */
    public void apply(Graph graph, ScorerBuilder builder) {
        found.forEach((input, one) -> {
            if (graph.inputs().stream().anyMatch(each -> each.name().equals(input))) {
                builder.vocabulary(input, one.vocabulary());
            }
        });
    }

    /** Puts what they are among the options by which runs are told apart: a file can be another under the same name. */
    public void identify(SortedMap<String, String> options) {
        if (!found.isEmpty()) {
            options.put(
                    "vocabulary-sha256",
                    found.entrySet().stream()
                            .map(entry ->
                                    entry.getKey() + "=" + entry.getValue().digest())
                            .sorted()
                            .collect(Collectors.joining(",")));
        }
    }

    /** What a user is told of them, by the names of the inputs that a network takes. */
    public Map<String, String> told(Graph graph) {
        Map<String, String> told = new LinkedHashMap<>();
        for (GraphInput input : graph.inputs()) {
            Found one = found.get(input.name());
            if (one != null) {
                told.put(input.name(), "by the vocabulary " + one.file() + ": " + one.vocabulary());
            }
        }
        return told;
    }
}
