package io.sparkrnn.job.inspect;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.job.input.VocabularyArguments;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a model file says of its networks, found once: every way of printing it is made of this.
 *
 * @param file what the user called it
 * @param kind of file, for people
 * @param sha256 of it; of a folder that of the names and digests of its files
 * @param sidecar that was read
 * @param choice which recurrent networks there are
 * @param layers the recurrent layers; null where there are several networks and none was chosen
 * @param whole the whole network; null where the file does not say one that can be run, or layers were asked for
 * @param refusals what cannot be scored, and why
 * @param proposed a network that a sidecar may say of a file that says none, in JSON; null when there is none to propose
 */
record ModelDescription(
        String file,
        String kind,
        String sha256,
        Sidecar sidecar,
        Choice choice,
        @Nullable Layers layers,
        @Nullable NetworkDescription whole,
        List<Refusal> refusals,
        @Nullable String proposed,
        List<TensorLine> tensors) {
    ModelDescription {
        refusals = List.copyOf(refusals);
        tensors = List.copyOf(tensors);
    }

    /**
     * The recurrent networks of the file.
     *
     * @param option that chooses one
     * @param networks their prefixes, or the names of their first nodes
     * @param chosen one of them; null where there are several and none was chosen
     */
    record Choice(
            String option, List<String> networks, @Nullable String chosen) {
        Choice {
            networks = List.copyOf(networks);
        }
    }

    /**
     * The recurrent layers by themselves.
     *
     * @param facts what is said of all of them, in order
     * @param head null without
     * @param likelyHeads what may be a head that was not asked for
     */
    record Layers(
            NetworkDescription network,
            List<Fact> facts,
            @Nullable NamedHead head,
            List<String> likelyHeads) {
        Layers {
            facts = List.copyOf(facts);
            likelyHeads = List.copyOf(likelyHeads);
        }
    }

    /**
     * A configuration's value.
     *
     * @param key as PyTorch calls it
     * @param value text, a whole number or a truth
     * @param remark what people are told of it besides
     */
    record Fact(String key, Object value, String remark) {
        Fact(String key, Object value) {
            this(key, value, "");
        }
    }

    /** What cannot be scored, and why. */
    record Refusal(String what, String why) {}

    /** A tensor of the file. */
    record TensorLine(String name, DType type, Shape shape, Use use) {}

    /** Whether a tensor belongs to the layers or their head. */
    enum Use {
        USED,
        NOT_USED,
        /** Of several networks none was chosen. */
        OPEN
    }

    /**
     * Reads all of it.
     *
     * @throws ModelException when what was chosen cannot be read
     */
    static ModelDescription of(ModelFile file, String sha256, ModelArguments arguments, Storage storage) {
        boolean open = file.prefixes().size() > 1 && !arguments.chooses(file);
        Network network = open ? null : file.network(arguments.options());
        if (network != null) {
            arguments.checkHead(network);
        }
        List<Refusal> refusals = new ArrayList<>();
        NetworkDescription whole = open || !arguments.chooseLayers() ? whole(file, arguments, storage, refusals) : null;
        return new ModelDescription(
                file.name(),
                file.format(),
                sha256,
                file.sidecar(),
                new Choice(file.option(), file.prefixes(), network == null ? null : network.prefix()),
                network == null ? null : layers(file, network, arguments),
                whole,
                refusals,
                file.likelyNetwork().orElse(null),
                tensors(file, network));
    }

    /** The network that score runs; null where it has to be told which. */
    @Nullable
    NetworkDescription scored() {
        return whole != null ? whole : layers != null ? layers.network() : null;
    }

    private static @Nullable NetworkDescription whole(
            ModelFile file, ModelArguments arguments, Storage storage, List<Refusal> refusals) {
        try {
            return file.whole()
                    .map(whole ->
                            GraphDescription.of(whole, vocabularies(file, whole.graph(), arguments, storage, refusals)))
                    .orElse(null);
        } catch (ModelException e) {
            if (file.sidecar().network() != null) {
                throw e;
            }
            refusals.add(new Refusal("whole network", String.valueOf(e.getMessage())));
            return null;
        }
    }

    /** What is told of the vocabularies that the sidecar names; nothing where they cannot be used, which is said. */
    private static Map<String, String> vocabularies(
            ModelFile file, Graph graph, ModelArguments arguments, Storage storage, List<Refusal> refusals) {
        VocabularyArguments vocabularies = new VocabularyArguments();
        try {
            vocabularies.read(graph, file.sidecar(), Map.of(), arguments.sidecarFolder(), storage, new ReadFiles());
        } catch (ModelException | JobException e) {
            refusals.add(new Refusal("vocabulary", String.valueOf(e.getMessage())));
            return Map.of();
        }
        return vocabularies.told(graph);
    }

    private static Layers layers(ModelFile file, Network network, ModelArguments arguments) {
        return new Layers(
                LayersDescription.of(network),
                facts(file, network, arguments),
                network.head(),
                network.head() == null ? ModelArguments.likelyHeads(file, network) : List.of());
    }

    private static List<Fact> facts(ModelFile file, Network network, ModelArguments arguments) {
        RnnModel rnn = network.model();
        List<Fact> facts = new ArrayList<>();
        if (rnn.isUniform()) {
            boolean unsaid = rnn.cell().equals(Cell.RNN_TANH)
                    && !arguments.saysNonlinearity()
                    && file.sidecar().options().nonlinearity() == null
                    && !file.saysNonlinearity(network.prefix());
            facts.add(new Fact(
                    "cell",
                    rnn.cell().toString(),
                    unsaid ? "; the file does not say tanh or relu, see --nonlinearity" : ""));
            facts.add(new Fact("input_size", rnn.inputSize()));
            facts.add(new Fact("hidden_size", rnn.hiddenSize()));
            if (rnn.stateSize() < rnn.hiddenSize()) {
                facts.add(new Fact("proj_size", rnn.stateSize()));
            }
            facts.add(new Fact("num_layers", rnn.numLayers()));
            facts.add(new Fact(
                    "bidirectional",
                    rnn.numDirections() == 2,
                    rnn.layers().get(0).forward() == null ? "; runs backward only" : ""));
        } else {
            facts.add(new Fact("input_size", rnn.inputSize()));
            StringBuilder each = new StringBuilder(", which differ:");
            rnn.layers().forEach(layer -> each.append("\n  ").append(RnnModel.describe(layer)));
            facts.add(new Fact("num_layers", rnn.numLayers(), each.toString()));
        }
        facts.add(new Fact("bias", rnn.hasBias()));
        facts.add(new Fact("weights", rnn.weightsDType().toString(), ", computed in " + rnn.naturalPrecision()));
        facts.add(new Fact("parameters", rnn.parameters()));
        return facts;
    }

    private static List<TensorLine> tensors(ModelFile file, @Nullable Network network) {
        Set<String> others = network == null ? Set.of() : Set.copyOf(network.otherTensors());
        List<TensorLine> lines = new ArrayList<>();
        for (String name : file.tensors().names()) {
            lines.add(new TensorLine(
                    name,
                    file.tensors().dtype(name),
                    file.tensors().shape(name),
                    network == null ? Use.OPEN : others.contains(name) ? Use.NOT_USED : Use.USED));
        }
        return lines;
    }
}
