package io.sparkrnn.job;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.job.input.VocabularyArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.options.JobCommand;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensors;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints what a file says of its network. */
@Command(
        name = "inspect",
        sortOptions = false,
        customSynopsis = "spark-rnn inspect [OPTIONS]",
        description = "Prints what network a file holds, and its tensors.")
final class InspectCommand extends JobCommand {
    @Mixin
    private ModelArguments model = new ModelArguments();

    @Override
    public Integer call() {
        PrintWriter out = out();
        Storage storage = Storage.configured();
        try (Storage.LocalFile local = storage.localModel(model.path())) {
            ModelFile file = model.open(storage, local, local.companions());
            out.println("file: " + file.name() + " (" + file.format() + ")");
            List<String> prefixes = file.prefixes();
            sidecar(out, file.sidecar());
            network(out, file);
            if (prefixes.size() > 1 && !model.chooses(file)) {
                out.println("networks: " + prefixes.size() + ", chosen with " + file.option() + ":");
                prefixes.forEach(prefix -> out.println("  '" + prefix + "'"));
                sizes(out, file.tensors(), file.tensors().names());
                whole(out, file, storage);
                return ExitCode.DONE.number();
            }
            Network network = file.network(model.options());
            model.checkHead(network);
            describe(out, file, network);
            if (!model.chooseLayers()) {
                whole(out, file, storage);
            }
        }
        return ExitCode.DONE.number();
    }

    private void describe(PrintWriter out, ModelFile file, Network network) {
        RnnModel rnn = network.model();
        boolean unsaid = rnn.cell().equals(Cell.RNN_TANH)
                && rnn.isUniform()
                && !model.saysNonlinearity()
                && file.sidecar().options().nonlinearity() == null
                && !file.saysNonlinearity(network.prefix());
        if (rnn.isUniform()) {
            out.println(
                    "cell: " + rnn.cell() + (unsaid ? "; the file does not say tanh or relu, see --nonlinearity" : ""));
            out.println("input_size: " + rnn.inputSize());
            out.println("hidden_size: " + rnn.hiddenSize());
            if (rnn.stateSize() < rnn.hiddenSize()) {
                out.println("proj_size: " + rnn.stateSize());
            }
            out.println("num_layers: " + rnn.numLayers());
            out.println("bidirectional: " + (rnn.numDirections() == 2)
                    + (rnn.layers().get(0).forward() == null ? "; runs backward only" : ""));
        } else {
            out.println("input_size: " + rnn.inputSize());
            out.println("num_layers: " + rnn.numLayers() + ", which differ:");
            rnn.layers().forEach(layer -> out.println("  " + RnnModel.describe(layer)));
        }
        out.println("bias: " + rnn.hasBias());
        out.println("weights: " + rnn.weightsDType() + ", computed in " + rnn.naturalPrecision());
        out.println("parameters: " + String.format(Locale.ROOT, "%,d", rnn.parameters()));
        out.println((file.option().equals(ModelArguments.NODE) ? "node: '" : "prefix: '") + network.prefix() + "'"
                + (file.prefixes().size() > 1 ? " of " + String.join(", ", quoted(file.prefixes())) : ""));
        head(out, file, network);
        network.notes().forEach(note -> out.println("note: " + note));
        Tensors tensors = file.tensors();
        Set<String> others = Set.copyOf(network.otherTensors());
        sizes(
                out,
                tensors,
                tensors.names().stream().filter(name -> !others.contains(name)).toList());
        if (!others.isEmpty()) {
            out.println("other tensors of the file, not used:");
            sizes(out, tensors, network.otherTensors());
        }
    }

    /** The whole network, where the file says more than its recurrent layers. */
    private void whole(PrintWriter out, ModelFile file, Storage storage) {
        try {
            file.whole().ifPresent(whole -> {
                new GraphDescription(whole.graph(), vocabularies(out, file, whole.graph(), storage)).print(out);
                whole.notes().forEach(note -> out.println("note: " + note));
            });
        } catch (ModelException e) {
            out.println("whole network: none that can be scored: " + e.getMessage());
        }
    }

    /** What is told of the vocabularies that the sidecar names; nothing where they cannot be used, which is said. */
    private Map<String, String> vocabularies(PrintWriter out, ModelFile file, Graph graph, Storage storage) {
        VocabularyArguments vocabularies = new VocabularyArguments();
        try {
            vocabularies.read(graph, file.sidecar(), Map.of(), model.sidecarFolder(), storage, new ReadFiles());
        } catch (ModelException | JobException e) {
            out.println("vocabulary: none that can be used: " + e.getMessage());
            return Map.of();
        }
        return vocabularies.told(graph);
    }

    private static void sidecar(PrintWriter out, Sidecar sidecar) {
        if (!sidecar.exists()) {
            return;
        }
        out.println("sidecar: " + sidecar.file()
                + (sidecar.keys().isEmpty()
                        ? " has none of a sidecar's keys"
                        : " says " + String.join(", ", sidecar.keys())));
        if (!sidecar.features().isEmpty()) {
            out.println("features: " + String.join(", ", sidecar.features()));
        }
        if (!sidecar.mean().isEmpty() || !sidecar.std().isEmpty()) {
            out.println("mean: " + sidecar.mean() + ", std: " + sidecar.std() + "; used with --standardize");
        }
    }

    /** The whole network that the sidecar says, or one that it may say. */
    private static void network(PrintWriter out, ModelFile file) {
        if (file.sidecar().network() != null) {
            file.whole()
                    .map(WholeNetwork::graph)
                    .ifPresent(graph -> out.println("network: takes "
                            + graph.inputs().stream().map(Object::toString).collect(Collectors.joining(", "))
                            + "; gives "
                            + graph.outputs().stream().map(Object::toString).collect(Collectors.joining(", "))));
        } else {
            file.likelyNetwork()
                    .ifPresent(
                            likely -> out.println("network: the file does not say how its modules are put together. By"
                                    + " their order and widths it may be the following, to be put into a sidecar with the"
                                    + " functions between them: {\"network\": " + likely + "}"));
        }
    }

    private static void head(PrintWriter out, ModelFile file, Network network) {
        NamedHead head = network.head();
        if (head != null) {
            out.println("head: '" + head.prefix() + "', " + head.head());
            return;
        }
        List<String> likely = ModelArguments.likelyHeads(file, network);
        if (!likely.isEmpty()) {
            out.println("head: none; what looks like one is had with " + ModelArguments.advice(likely));
        }
    }

    private static List<String> quoted(List<String> prefixes) {
        return prefixes.stream().map(prefix -> "'" + prefix + "'").toList();
    }

    private static void sizes(PrintWriter out, Tensors tensors, Iterable<String> names) {
        for (String name : names) {
            out.println("size of " + name + " is " + tensors.shape(name));
        }
    }
}
