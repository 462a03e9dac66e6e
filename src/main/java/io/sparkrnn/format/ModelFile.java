package io.sparkrnn.format;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.keras.Keras;
import io.sparkrnn.format.keras.KerasArchitecture;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.NetworkSource;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.numpy.NpyFolder;
import io.sparkrnn.format.numpy.Npz;
import io.sparkrnn.format.onnx.Onnx;
import io.sparkrnn.format.safetensors.Safetensors;
import io.sparkrnn.format.statedict.DerivedTensors;
import io.sparkrnn.format.statedict.HeadTensors;
import io.sparkrnn.format.statedict.SidecarReader;
import io.sparkrnn.format.statedict.StateDict;
import io.sparkrnn.format.torch.TorchExport;
import io.sparkrnn.format.torch.TorchLegacy;
import io.sparkrnn.format.torch.TorchTensors;
import io.sparkrnn.format.torch.TorchZip;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model file, opened: its kind known, its tensors listed and checked to be within it. The elements of a tensor are
 * read when asked for; the file is open only while that goes on, so there is nothing to close.
 */
public final class ModelFile {
    private final String format;
    private final String name;
    private final Tensors tensors;
    private final NetworkSource networks;
    private final Sidecar sidecar;

    private ModelFile(String format, String name, Tensors tensors, NetworkSource networks) {
        this(format, name, tensors, networks, Sidecar.NONE);
    }

    private ModelFile(String format, String name, Tensors tensors, NetworkSource networks, Sidecar sidecar) {
        this.format = format;
        this.name = name;
        this.tensors = tensors;
        this.networks = networks;
        this.sidecar = sidecar;
    }

    /**
     * Opens a file of the local disk, whose kind its content tells, not its name. The files beside it are at hand, too.
     *
     * @param file a local file, or a folder of NumPy's arrays; must stay as it is while the result is in use
     * @param name what messages call it
     * @throws ModelException when the file cannot be read, is damaged, or is of no kind that is read
     */
    public static ModelFile open(Path file, String name) {
        Path folder = file.toAbsolutePath().getParent();
        return open(file, name, folder == null ? Companions.NONE : Companions.in(folder));
    }

    /**
     * Opens a file that may be a copy of another.
     *
     * @param name what messages call it: the path that the user gave, of which {@code file} may be a copy
     * @param companions the files that stand beside the one the user named
     * @throws ModelException as {@link #open(Path, String)}
     */
    public static ModelFile open(Path file, String name, Companions companions) {
        return open(file, name, companions, null);
    }

    /**
     * Opens a file whose sidecar is elsewhere; one beside the file is not read.
     *
     * @param name what messages call it
     * @param companions the files that stand beside the one the user named
     * @param sidecar a local file
     * @param sidecarName what messages call that
     * @throws ModelException as {@link #open(Path, String)}
     */
    public static ModelFile open(Path file, String name, Companions companions, Path sidecar, String sidecarName) {
        return opened(file, name, companions, null).with(SidecarReader.named(sidecar, sidecarName, name));
    }

    /**
     * Opens a file of Keras' weights with the file that says what its layers are; any other file as {@link #open(Path, String,
     * Companions)}.
     *
     * @param architecture what {@code model.to_json()} gives, on the local disk; null for the file beside the weights that has
     *     their name with {@code .json}, if there is one
     * @throws ModelException as {@link #open(Path, String)}
     */
    public static ModelFile open(Path file, String name, Companions companions, @Nullable Path architecture) {
        return opened(file, name, companions, architecture).with(SidecarReader.beside(file, name, companions));
    }

    private static ModelFile opened(Path file, String name, Companions companions, @Nullable Path architecture) {
        FileKind kind = FileKind.of(file, name);
        return switch (kind) {
            case SAFETENSORS -> stateDict(kind, name, length(file, name), Safetensors.read(file, name));
            case TORCH_ZIP -> torch(kind, name, length(file, name), TorchZip.read(file, name));
            case TORCH_LEGACY -> torch(kind, name, length(file, name), TorchLegacy.read(file, name));
            case TORCH_EXPORT -> stateDict(kind, name, length(file, name), TorchExport.read(file, name));
            case NPY_FOLDER -> stateDict(kind, name, NpyFolder.length(file, name), NpyFolder.read(file, name));
            case KERAS_ZIP -> keras(kind, name, Keras.archive(name, ZipRecords.of(file, name)));
            case KERAS_HDF5 -> {
                Path layers = architecture == null ? KerasArchitecture.beside(file, companions) : architecture;
                yield keras(kind, name, Keras.hdf5(file, name, length(file, name), layers));
            }
            case NPZ -> {
                ZipRecords records = ZipRecords.of(file, name);
                yield stateDict(kind, name, Npz.unpackedLength(records), Npz.read(file, name, records));
            }
            case ONNX -> {
                Onnx onnx = Onnx.read(file, name, companions);
                yield new ModelFile(onnx.description(), name, onnx.tensors(), onnx.networks());
            }
        };
    }

    private ModelFile with(Sidecar beside) {
        return new ModelFile(format, name, tensors, networks, beside);
    }

    /** A file of tensors and nothing else, in which networks are found by the names that PyTorch gives them. */
    private static ModelFile stateDict(FileKind kind, String name, long length, Tensors found) {
        return stateDict(kind, name, length, found, Map.of());
    }

    private static ModelFile stateDict(
            FileKind kind, String name, long length, Tensors found, Map<String, Nonlinearity> nonlinearities) {
        DerivedTensors.Found derived = DerivedTensors.of(name, found);
        return new ModelFile(
                kind.toString(),
                name,
                derived.tensors(),
                new StateDict(name, length, derived.tensors(), nonlinearities, derived.notes()));
    }

    private static ModelFile torch(FileKind kind, String name, long length, TorchTensors.Found found) {
        return stateDict(kind, name, length, found.tensors(), found.nonlinearities());
    }

    private static ModelFile keras(FileKind kind, String name, Keras read) {
        return new ModelFile(kind.toString(), name, read.tensors(), read.model());
    }

    private static long length(Path file, String name) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    /** What messages call the file. */
    public String name() {
        return name;
    }

    /** The kind of file, for people: {@code safetensors}, {@code PyTorch (zip)}, {@code ONNX (opset 14, pytorch 1.13.0)}. */
    public String format() {
        return format;
    }

    /** All tensors of the file. Reading one throws a {@link ModelException} when the file changed since. */
    public Tensors tensors() {
        return tensors;
    }

    /**
     * The prefixes under which the file has recurrent networks, in the file's order, unmodifiable: empty for names such
     * as {@code weight_ih_l0} themselves, else with a dot at the end, as in {@code encoder.rnn.}; of a graph, the names of
     * the networks' first nodes.
     */
    public List<String> prefixes() {
        return networks.prefixes();
    }

    /** The option that chooses one of {@link #prefixes()}: {@code --state-dict-prefix}, or {@code --node} of a graph. */
    public String option() {
        return networks.option();
    }

    /** What a file beside it says of it. */
    public Sidecar sidecar() {
        return sidecar;
    }

    /**
     * The prefixes of what may be the head of a network, for people: matrices that are as wide as its last layer.
     *
     * @param network of this file
     */
    public List<String> likelyHeads(Network network) {
        return HeadTensors.likely(
                tensors, network.otherTensors(), network.model().outputSize());
    }

    /**
     * Whether the file says which function the nn.RNN of a network has, tanh or relu: a state dict does not.
     *
     * @param prefix of the network, as in {@link Network#prefix}
     */
    public boolean saysNonlinearity(String prefix) {
        return networks.saysNonlinearity(prefix);
    }

    /**
     * Reads a network: finds its tensors by name, takes its configuration from their names and shapes, or from the nodes
     * of a graph, and checks every shape against it. What the options leave open is taken from the {@link #sidecar}. Its
     * head, if one is wanted, is read, too.
     *
     * @throws ModelException when there is none under the prefix asked for, or several and none asked for; when a tensor
     *     is missing, of a wrong shape or type; when the network is of a kind that is not scored
     */
    public Network network(ModelOptions options) {
        Network network = layers(options);
        sidecar.check(name, network.model().inputSize());
        return network;
    }

    private Network layers(ModelOptions options) {
        ModelOptions all = options.orElse(sidecar.options());
        Network network = networks.network(all).with(sidecar);
        if (!all.head().wanted()) {
            return network;
        }
        return networks.withHead(network, all.head())
                .orElseThrow(() -> new ModelException(
                        name,
                        "--head " + all.head().prefix()
                                + ": a head is read from files of tensors under PyTorch's names,"
                                + " and this is none (" + format + "); leave it out (--head=) and go on from the hidden"
                                + " states"));
    }

    /**
     * Reads the layers of a whole network, as {@link #network(ModelOptions)}; of several that do not follow each other the first.
     *
     * @param whole of this file
     */
    public Network network(ModelOptions options, WholeNetwork whole) {
        ModelOptions all = options.orElse(sidecar.options());
        boolean open = prefixes().size() > 1 && all.node() == null && all.stateDictPrefix() == null;
        String first = open ? prefixes().get(0) : null;
        ModelOptions chosen = !open
                ? options
                : option().equals("--node") ? options.withNode(first) : options.withStateDictPrefix(first);
        // The features of a sidecar are those of the whole network's steps, not of the layers in it.
        sidecar.check(name, whole.graph().stepWidth());
        return layers(chosen).with(whole);
    }

    /**
     * The whole network of a file that has more than recurrent layers: from its inputs to its predictions, as the file says it
     * or, of a file of tensors, its sidecar. Empty when neither says what is around the layers, or there is nothing.
     *
     * @throws ModelException when the file says it, and it cannot be run: the message says where, and what can be done
     */
    public Optional<WholeNetwork> whole() {
        if (sidecar.network() == null) {
            return networks.whole();
        }
        return Optional.of(networks.said(sidecar)
                .orElseThrow(() -> new ModelException(
                        name,
                        "the file " + sidecar.title() + " has \"network\", which is for files of tensors under"
                                + " PyTorch's names; this one (" + format + ") says its network itself: leave the key"
                                + " out")));
    }

    /**
     * A "network" that a sidecar may say of a file that has none: its modules one after the other, as far as their names and
     * shapes tell. Functions between them are for its user to put in.
     *
     * @return JSON in one line; empty when the modules do not follow each other by their widths, or there is nothing but
     *     recurrent layers
     */
    public Optional<String> likelyNetwork() {
        return sidecar.network() == null ? networks.likelyNetwork() : Optional.empty();
    }
}
