package io.sparkrnn.job.options;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.HeadOptions;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Head;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which network: the options that all commands share. */
public final class ModelArguments {
    public static final String NODE = "--node";
    public static final String HEAD_LAYERS = "--head-layers";

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description =
                    "The trained network: .safetensors, .pt, .pth, .pt2, .onnx, .npz, a folder of .npy, .keras or .h5, on"
                            + " the local disk or any file system Hadoop knows.")
    @Nullable
    String model;

    @Option(
            names = "--sidecar",
            paramLabel = "FILE",
            description =
                    "A sidecar that does not stand beside the model under its name: JSON that says what the model file"
                            + " cannot.")
    @Nullable
    String sidecar;

    @Option(
            names = "--architecture",
            paramLabel = "FILE",
            description =
                    "What the layers of Keras' weights are, model.to_json(), where it does not stand beside them under their"
                            + " name.")
    @Nullable
    String architecture;

    @Option(
            names = "--state-dict-prefix",
            paramLabel = "P",
            description = "What stands before weight_ih_l0 in the tensors' names; needed when the file has several"
                    + " networks.")
    @Nullable
    String stateDictPrefix;

    @Option(
            names = NODE,
            paramLabel = "NAME",
            description =
                    "The first recurrent node to use of an ONNX graph or a Keras model that has several which do not"
                            + " follow each other. With --outputs: whose states are given.")
    @Nullable
    String node;

    @Option(
            names = "--tensor-names",
            paramLabel = "PYTORCH=FILE,...",
            hideParamSyntax = true,
            split = ",",
            description = "What the file calls the tensors, where it does not use PyTorch's names:"
                    + " weight_ih_l0=W_x,weight_hh_l0=W_h,bias_ih_l0=b. W_x.T: the other way round.")
    @Nullable
    Map<String, String> tensorNames;

    @Option(
            names = "--nonlinearity",
            paramLabel = "tanh|relu",
            description = "The activation of an nn.RNN, which its file does not say. Default: tanh.")
    @Nullable
    NonlinearityName nonlinearity;

    @Option(
            names = "--head",
            paramLabel = "PREFIX",
            description =
                    "What stands before weight in the names of a Linear layer, or of an nn.Sequential of them, in the"
                            + " same file: it makes scores of the states. Empty: none, though the sidecar names one.")
    @Nullable
    String head;

    @Option(
            names = HEAD_LAYERS,
            paramLabel = "NAME,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "All modules of the head's nn.Sequential, of which its file does not say those without weights:"
                            + " linear, relu, tanh, sigmoid, dropout, identity.")
    @Nullable
    List<HeadOptions.Module> headLayers;

    @Option(
            names = "--head-on",
            paramLabel = "h_n|hidden_states",
            description =
                    "What the head is applied to: the last layer's h_n, or its state at every step. Default: h_n.")
    Head.@Nullable Source headOn;

    @Option(
            names = "--head-activation",
            paramLabel = "none|sigmoid|softmax",
            description = "What is done to the head's result. Default: none.")
    Head.@Nullable Finish headActivation;

    /** As PyTorch spells them. */
    enum NonlinearityName {
        TANH,
        RELU;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether one of a file's networks is named, here or beside the file. */
    public boolean chooses(ModelFile file) {
        ModelOptions beside = file.sidecar().options();
        return file.option().equals(NODE)
                ? node != null || beside.node() != null
                : tensorNames != null
                        || !beside.tensorNames().isEmpty()
                        || stateDictPrefix != null
                        || beside.stateDictPrefix() != null;
    }

    public ModelOptions options() {
        return ModelOptions.none()
                .withStateDictPrefix(stateDictPrefix)
                .withNode(node)
                .withNonlinearity(
                        nonlinearity == null
                                ? null
                                : nonlinearity == NonlinearityName.RELU ? Nonlinearity.RELU : Nonlinearity.TANH)
                .withTensorNames(tensorNames == null ? Map.of() : tensorNames)
                .withHead(new HeadOptions(head, headLayers == null ? List.of() : headLayers, headOn, headActivation));
    }

    /** Whether the activation of an nn.RNN is named. */
    public boolean saysNonlinearity() {
        return nonlinearity != null;
    }

    public String path() {
        if (model == null) {
            throw new JobException(ExitCode.USAGE, "--model: name the file of the trained network");
        }
        return model;
    }

    /** The folder that files are relative to which a sidecar names: its own. With a slash at its end, or empty. */
    public String sidecarFolder() {
        String path = (sidecar == null ? path() : sidecar).replaceFirst("/+$", "");
        return path.substring(0, path.lastIndexOf('/') + 1);
    }

    /** The prefixes of what may be the head; none of a graph, whose heads are not read. */
    public static List<String> likelyHeads(ModelFile file, Network network) {
        return file.option().equals(NODE) ? List.of() : file.likelyHeads(network);
    }

    public static String advice(List<String> heads) {
        return heads.stream().map(prefix -> "--head " + prefix).collect(Collectors.joining(" or "));
    }

    private static Network withNote(Network network, String note) {
        List<String> notes = new ArrayList<>(network.notes());
        notes.add(note);
        return network.withNotes(notes);
    }

    /** Refuses options of a head where there is none. */
    public void checkHead(Network network) {
        if (network.head() == null && (headLayers != null || headOn != null || headActivation != null)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--head-layers, --head-on, --head-activation: there is no head; name it with --head");
        }
    }

    /** Which part of a network. */
    public enum Part {
        /** Its recurrent layers, with a head if one is named. */
        LAYERS,
        /** All that the file says of it, if it says more. */
        WHOLE,
        /**
         * Its recurrent layers, with what stands before them if something does that more than turns an input: all that their
         * states need.
         */
        STATES
    }

    /** Whether options ask for recurrent layers and a head on them, whatever is around them. */
    public boolean chooseLayers() {
        return node != null || head != null;
    }

    /** Whether a head is named. */
    public boolean namesHead() {
        return head != null;
    }

    /** The recurrent layer that is named, of those in a network, here or beside its file; null where none is. */
    public @Nullable String node(Network network) {
        return node == null ? network.sidecar().options().node() : node;
    }

    /**
     * Reads the network's recurrent layers.
     *
     * @param read is told of all files that are read
     */
    public Network read(Storage storage, ReadFiles read) {
        return read(storage, read, Part.LAYERS);
    }

    /**
     * Opens the model's file, with the sidecar or the architecture that is named, if one is.
     *
     * @param companions the files beside it
     */
    public ModelFile open(Storage storage, Storage.LocalFile file, Companions companions) {
        if (architecture != null) {
            if (sidecar != null) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--sidecar, --architecture: with an architecture a sidecar stands beside the model; leave --sidecar"
                                + " out");
            }
            try (Storage.LocalFile named = storage.localFile(architecture, "--architecture", ExitCode.MODEL)) {
                return ModelFile.open(file.path(), file.name(), companions, named.path());
            }
        }
        if (sidecar == null) {
            return ModelFile.open(file.path(), file.name(), companions);
        }
        try (Storage.LocalFile named = storage.localFile(sidecar, "--sidecar", ExitCode.MODEL)) {
            return ModelFile.open(file.path(), file.name(), companions, named.path(), named.name());
        }
    }

    /**
     * Reads the network.
     *
     * @param read is told of all files that are read
     */
    public Network read(Storage storage, ReadFiles read, Part part) {
        try (Storage.LocalFile file = storage.localModel(path())) {
            read.addModel(path(), file.path());
            Companions companions = read.following(path(), file.companions());
            ModelFile opened = open(storage, file, companions);
            addNamed(storage, read, sidecar, "--sidecar");
            addNamed(storage, read, architecture, "--architecture");
            Optional<WholeNetwork> whole = Optional.empty();
            String alone = null;
            try {
                whole = part == Part.LAYERS ? Optional.empty() : opened.whole();
            } catch (ModelException e) {
                if (part == Part.WHOLE) {
                    throw e;
                }
                alone = "its recurrent layers are run by themselves, over features that are theirs, because "
                        + e.problem();
            }
            String wanted = node == null ? opened.sidecar().options().node() : node;
            if (whole.isPresent() && !(part == Part.STATES && areAlone(whole.get(), wanted))) {
                Network found = opened.network(options(), whole.get());
                checkHead(found);
                return found;
            }
            Network network = opened.network(options());
            checkHead(network);
            if (alone != null) {
                return withNote(network, alone);
            }
            List<String> likely = head == null && network.head() == null ? likelyHeads(opened, network) : List.of();
            return likely.isEmpty()
                    ? network
                    : withNote(
                            network,
                            "no head is used; what looks like one is had with " + advice(likely)
                                    + " (--head= for none)");
        }
    }

    /** Whether layers have the same states by themselves as in the whole network. */
    private static boolean areAlone(WholeNetwork whole, @Nullable String node) {
        return whole.stacks().isEmpty()
                || RecurrentStack.named(whole.stacks(), node)
                        .filter(stack -> stack.takesAnInput(whole.graph()))
                        .isPresent();
    }

    private static void addNamed(Storage storage, ReadFiles read, @Nullable String named, String option) {
        if (named != null) {
            try (Storage.LocalFile local = storage.localFile(named, option, ExitCode.MODEL)) {
                read.addNamed("the file of " + option, named, local.path());
            }
        }
    }
}
