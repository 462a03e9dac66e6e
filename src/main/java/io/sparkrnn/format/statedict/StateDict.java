package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.HeadOptions;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.NetworkSource;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Tensors under the names that nn.RNN, nn.LSTM and nn.GRU give them
 * (<a href="https://pytorch.org/docs/stable/generated/torch.nn.RNN.html">nn.RNN</a>, Variables): finds the networks
 * among them and builds one.
 */
public final class StateDict implements NetworkSource {
    /** Prefix, then the name in the module; a number of layers of more than four digits is no network. */
    static final Pattern NAME =
            Pattern.compile("(|.*\\.)((?:weight|bias)_(?:ih|hh|hr)_l(0|[1-9][0-9]{0,3})(?:_reverse)?)", Pattern.DOTALL);

    /** Prefix, then the name in an nn.RNNCell, nn.LSTMCell or nn.GRUCell. */
    private static final Pattern CELL = Pattern.compile("(|.*\\.)((?:weight|bias)_(?:ih|hh))", Pattern.DOTALL);

    private static final int MOST_LISTED = 40;

    /** Tensors may share storages, so that together they are larger than the file; but not without end. */
    private static final int MOST_SHARED = 4;

    private static final long ALWAYS_READ = 1L << 26;

    private final String file;
    private final long fileLength;
    private final Tensors tensors;
    /** For each prefix the names without it. */
    private final Map<String, Set<String>> networks = new LinkedHashMap<>();

    private final TensorNames names;
    /** The tensors under the names of the file. */
    private final Tensors original;

    private final Map<String, Nonlinearity> nonlinearities;
    private final Map<String, String> derived;

    /**
     * @param file what messages call the file
     * @param fileLength in bytes; unpacked, if it is compressed
     */
    public StateDict(String file, long fileLength, Tensors tensors) {
        this(file, fileLength, tensors, Map.of(), Map.of());
    }

    /**
     * @param file what messages call the file
     * @param fileLength in bytes; unpacked, if it is compressed
     * @param nonlinearities of the nn.RNN modules that the file tells it of, by their prefix
     * @param derived notes of tensors that are not as the file has them, by their names
     */
    public StateDict(
            String file,
            long fileLength,
            Tensors tensors,
            Map<String, Nonlinearity> nonlinearities,
            Map<String, String> derived) {
        this(file, fileLength, tensors, withCells(file, tensors, Cells.WHERE_NOTHING_ELSE_IS), nonlinearities, derived);
    }

    private StateDict(
            String file,
            long fileLength,
            Tensors original,
            TensorNames names,
            Map<String, Nonlinearity> nonlinearities,
            Map<String, String> derived) {
        this.derived = derived;
        this.original = original;
        this.nonlinearities = nonlinearities;
        this.file = file;
        this.fileLength = fileLength;
        this.names = names;
        this.tensors = names.tensors();
        for (String name : tensors.names()) {
            Matcher matcher = NAME.matcher(name);
            if (matcher.matches()) {
                networks.computeIfAbsent(matcher.group(1), prefix -> new LinkedHashSet<>())
                        .add(matcher.group(2));
            }
        }
    }

    @Override
    public List<String> prefixes() {
        return List.copyOf(networks.keySet());
    }

    @Override
    public String option() {
        return "--state-dict-prefix";
    }

    @Override
    public Network network(ModelOptions options) {
        if (!options.tensorNames().isEmpty()) {
            return named(options.tensorNames(), List.of()).read(options);
        }
        if (networks.isEmpty()) {
            PlainNames.Found plain = PlainNames.find(file, tensors);
            if (!plain.names().isEmpty()) {
                return named(plain.names(), plain.notes()).read(options);
            }
        }
        return read(options);
    }

    private StateDict named(Map<String, String> wanted, List<String> notes) {
        return new StateDict(
                file, fileLength, original, TensorNames.of(file, original, wanted, notes), nonlinearities, derived);
    }

    /** When single cells are networks. */
    private enum Cells {
        WHERE_NOTHING_ELSE_IS,
        ALWAYS
    }

    /** Single cells, which a loop of the user's own runs over the steps, are layers: weight_ih is weight_ih_l0. */
    private static TensorNames withCells(String file, Tensors tensors, Cells when) {
        boolean others =
                tensors.names().stream().anyMatch(name -> NAME.matcher(name).matches());
        Map<String, String> names = new LinkedHashMap<>();
        for (String name : tensors.names()) {
            Matcher matcher = CELL.matcher(name);
            boolean ofCell = matcher.matches()
                    && tensors.has(matcher.group(1) + "weight_ih")
                    && tensors.has(matcher.group(1) + "weight_hh")
                    && !tensors.has(matcher.group(1) + "weight_ih_l0");
            if (ofCell) {
                names.put(name + "_l0", name);
            }
        }
        if (names.isEmpty() || (others && when == Cells.WHERE_NOTHING_ELSE_IS)) {
            return TensorNames.asTheyAre(tensors);
        }
        return TensorNames.renamed(file, tensors, names, List.of());
    }

    @Override
    public Optional<WholeNetwork> said(Sidecar sidecar) {
        StateDict all = new StateDict(
                file, fileLength, original, withCells(file, original, Cells.ALWAYS), nonlinearities, derived);
        return Optional.of(SidecarNetwork.read(file, original, all::layers, all::checkTotal, sidecar));
    }

    @Override
    public Optional<String> likelyNetwork() {
        return SidecarProposal.of(original, prefixes()).filter(network -> {
            try {
                return said(SidecarReader.proposed(network)).isPresent();
            } catch (ModelException e) {
                // Modules that do not follow each other.
                return false;
            }
        });
    }

    /** The layers under a prefix. */
    private RnnModel layers(String prefix, @Nullable Nonlinearity nonlinearity) {
        return read(ModelOptions.none().withStateDictPrefix(prefix).withNonlinearity(nonlinearity))
                .model();
    }

    private Network read(ModelOptions options) {
        String prefix = prefix(options.stateDictPrefix());
        Set<String> own = networks.getOrDefault(prefix, Set.of());
        WeightShapes shapes = WeightShapes.of(file, tensors, prefix, own);
        checkTotal("under '" + prefix + "'", own.stream().map(prefix::concat).toList());
        Cell cell = switch (shapes.family()) {
            case LSTM -> Cell.LSTM;
            case GRU -> Cell.GRU;
            case RNN -> nonlinearity(prefix, options) == Nonlinearity.RELU ? Cell.RNN_RELU : Cell.RNN_TANH;
        };
        RnnModel model = RnnModel.of(layers(cell, prefix, shapes));
        List<String> others = tensors.names().stream()
                .filter(name -> !(name.startsWith(prefix) && own.contains(name.substring(prefix.length())))
                        && !names.absent().contains(name))
                .map(names::fileName)
                .toList();
        List<String> notes = new ArrayList<>(names.notes());
        derived.forEach((name, note) -> {
            if (name.startsWith(prefix) && own.contains(name.substring(prefix.length()))) {
                notes.add(note);
            }
        });
        return new Network(prefix, model, others, notes);
    }

    @Override
    public Optional<Network> withHead(Network network, HeadOptions options) {
        String asked = options.prefix();
        if (asked == null || asked.isEmpty()) {
            return Optional.of(network);
        }
        HeadTensors head = new HeadTensors(file, tensors, network.prefix(), asked);
        checkTotal("of the head " + head.prefix(), head.names());
        Head read = head.head(options, network.model().outputSize());
        return Optional.of(network.with(new NamedHead(head.prefix(), read), head.names()));
    }

    private void checkTotal(String which, Collection<String> names) {
        double bytes = 0;
        for (String name : names) {
            Tensors from = tensors.has(name) ? tensors : original;
            bytes += (double) from.shape(name).elements() * from.dtype(name).byteSize();
        }
        if (bytes > Math.max(ALWAYS_READ, (double) MOST_SHARED * fileLength)) {
            throw new ModelException(
                    file,
                    String.format(
                            Locale.ROOT,
                            "the tensors %s are %.0f bytes, the whole file is %d: they repeat the same numbers"
                                    + " over and over. Save them with tensor.contiguous() in Python",
                            which,
                            bytes,
                            fileLength));
        }
    }

    private List<Layer> layers(Cell cell, String prefix, WeightShapes shapes) {
        List<Layer> layers = new ArrayList<>();
        for (int l = 0; l < shapes.numLayers(); l++) {
            DirectionWeights forward = weights(cell, prefix, shapes, "_l" + l);
            @Nullable
            DirectionWeights reverse =
                    shapes.numDirections() == 2 ? weights(cell, prefix, shapes, "_l" + l + "_reverse") : null;
            layers.add(new Layer(forward, reverse));
        }
        return layers;
    }

    private DirectionWeights weights(Cell cell, String prefix, WeightShapes shapes, String suffix) {
        @Nullable Tensor biasIh = null;
        @Nullable Tensor biasHh = null;
        if (shapes.bias()) {
            biasIh = bias(prefix + "bias_ih" + suffix);
            biasHh = bias(prefix + "bias_hh" + suffix);
        }
        @Nullable Tensor weightHr = shapes.projSize() == 0 ? null : tensors.get(prefix + "weight_hr" + suffix);
        return DirectionWeights.of(
                cell,
                tensors.get(prefix + "weight_ih" + suffix),
                tensors.get(prefix + "weight_hh" + suffix),
                biasIh,
                biasHh,
                weightHr);
    }

    private @Nullable Nonlinearity nonlinearity(String prefix, ModelOptions options) {
        return options.nonlinearity() == null ? nonlinearities.get(prefix) : options.nonlinearity();
    }

    @Override
    public boolean saysNonlinearity(String prefix) {
        return nonlinearities.containsKey(prefix);
    }

    private @Nullable Tensor bias(String name) {
        return names.absent().contains(name) ? null : tensors.get(name);
    }

    /** The prefix that {@code asked} means. */
    private String prefix(@Nullable String asked) {
        if (networks.isEmpty()) {
            throw noNetwork();
        }
        if (asked == null) {
            String said = prefixOfNames();
            if (said != null) {
                return said;
            }
            if (networks.size() > 1) {
                throw new ModelException(
                        file,
                        "the file has " + networks.size() + " recurrent networks; say which with --state-dict-prefix: "
                                + quoted(prefixes()));
            }
            return prefixes().get(0);
        }
        String exact = asked.isEmpty() || asked.endsWith(".") ? asked : asked + ".";
        if (networks.containsKey(exact)) {
            return exact;
        }
        List<String> ending = asked.isEmpty()
                ? List.of()
                : networks.keySet().stream()
                        .filter(prefix -> prefix.endsWith("." + exact))
                        .toList();
        if (ending.size() == 1) {
            return ending.get(0);
        }
        throw new ModelException(
                file,
                ending.isEmpty()
                        ? "no recurrent network under the prefix '" + asked + "' (no tensor '" + exact
                                + "weight_ih_l0'); there " + (networks.size() == 1 ? "is one" : "are some") + " under "
                                + quoted(prefixes())
                        : "the prefix '" + asked + "' fits " + ending.size()
                                + " recurrent networks; give one of these in full: " + quoted(ending));
    }

    /** The prefix of the names that were said, if they have one and the same; null otherwise. */
    private @Nullable String prefixOfNames() {
        List<String> prefixes = names.fileNames().keySet().stream()
                .map(NAME::matcher)
                .filter(Matcher::matches)
                .map(matcher -> matcher.group(1))
                .distinct()
                .toList();
        return prefixes.size() == 1 ? prefixes.get(0) : null;
    }

    private ModelException noNetwork() {
        List<String> names = tensors.names().stream().limit(MOST_LISTED).toList();
        int more = tensors.names().size() - names.size();
        String hint = tensors.names().stream().anyMatch(name -> name.equals("weight_ih") || name.endsWith(".weight_ih"))
                ? " (weight_ih without _l0 is of a single cell, such as nn.RNNCell; it needs its weight_hh, too.)"
                : "";
        return new ModelException(
                file,
                "no recurrent network in the file: expected tensors called weight_ih_l0, weight_hh_l0, ..., with or"
                        + " without a prefix such as 'encoder.rnn.'. If it has one under other names, say them with"
                        + " --tensor-names weight_ih_l0=...,weight_hh_l0=...,bias_ih_l0=..." + hint + " The file has: "
                        + (names.isEmpty() ? "no tensor at all" : String.join(", ", names))
                        + (more > 0 ? ", and " + more + " more" : ""));
    }

    private static String quoted(List<String> prefixes) {
        String listed = prefixes.stream()
                .limit(MOST_LISTED)
                .map(prefix -> prefix.isEmpty() ? "'' (the top level)" : "'" + prefix + "'")
                .collect(Collectors.joining(", "));
        return prefixes.size() <= MOST_LISTED ? listed : listed + ", and " + (prefixes.size() - MOST_LISTED) + " more";
    }
}
