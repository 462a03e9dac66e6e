package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.HeadOptions;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Head;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a head under the names that PyTorch gives them: {@code head.weight}, {@code head.bias} of an
 * <a href="https://pytorch.org/docs/stable/generated/torch.nn.Linear.html">nn.Linear</a>, {@code head.0.weight}, {@code
 * head.2.weight} of one in an
 * <a href="https://pytorch.org/docs/stable/generated/torch.nn.Sequential.html">nn.Sequential</a>, whose other numbers are
 * modules without weights.
 */
public final class HeadTensors {
    /** What comes after the prefix and a dot: the place in an nn.Sequential, if it is one, then weight or bias. */
    private static final Pattern PART = Pattern.compile("(?:(0|[1-9][0-9]{0,3})\\.)?(weight|bias)");

    /** The place of a layer that is in no nn.Sequential. */
    private static final int ALONE = -1;

    private static final int MOST_LISTED = 10;

    private final String file;
    private final Tensors tensors;
    private final String prefix;
    /** The layers by their place. */
    private final TreeMap<Integer, Names> linears = new TreeMap<>();

    private record Names(String weight, @Nullable String bias) {}

    /**
     * The head that a prefix means.
     *
     * @param file what messages call the file
     * @param outer what stands before the names of the network, such as {@code encoder.rnn.}
     * @param asked the prefix, with or without its last dot; not empty
     * @throws ModelException when there is none of this name, or tensors of it that no linear layer has
     */
    HeadTensors(String file, Tensors tensors, String outer, String asked) {
        this.file = file;
        this.tensors = tensors;
        this.prefix = prefix(asked.endsWith(".") ? asked.substring(0, asked.length() - 1) : asked, outer);
        collect();
    }

    /** What stands before the names of its tensors, without the last dot. */
    String prefix() {
        return prefix;
    }

    /** The names of its tensors in the file. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        linears.values().forEach(linear -> {
            names.add(linear.weight);
            if (linear.bias != null) {
                names.add(linear.bias);
            }
        });
        return names;
    }

    private String prefix(String asked, String outer) {
        Set<String> heads = new LinkedHashSet<>();
        for (String name : tensors.names()) {
            for (String owner : owners(name)) {
                if (owner.equals(asked) || owner.endsWith("." + asked)) {
                    heads.add(owner);
                }
            }
        }
        if (heads.contains(asked)) {
            return asked;
        }
        // From the network's own place outwards: the head of model.decoder.rnn. is model.decoder.head before
        // model.head.
        for (int dot = outer.length(); dot >= 0; dot = dot == 0 ? -1 : outer.lastIndexOf('.', dot - 2) + 1) {
            if (heads.contains(outer.substring(0, dot) + asked)) {
                return outer.substring(0, dot) + asked;
            }
        }
        if (heads.size() == 1) {
            return heads.iterator().next();
        }
        if (heads.isEmpty()) {
            throw problem("no head under the prefix '" + asked + "' (no tensor '" + asked + ".weight' or '" + asked
                    + ".0.weight')" + candidates());
        }
        throw problem("the prefix '" + asked + "' fits " + heads.size() + " heads; give one of these in full: "
                + heads.stream().limit(MOST_LISTED).collect(Collectors.joining(", ")));
    }

    /** The heads that a tensor of this name can be of: a linear layer, and the nn.Sequential that it may be in. */
    private static List<String> owners(String name) {
        if (!name.endsWith(".weight")) {
            return List.of();
        }
        String module = name.substring(0, name.length() - ".weight".length());
        int dot = module.lastIndexOf('.');
        return dot >= 0 && PART.matcher(name.substring(dot + 1)).matches()
                ? List.of(module.substring(0, dot), module)
                : List.of(module);
    }

    private String candidates() {
        List<String> names = tensors.names().stream()
                .filter(name -> tensors.shape(name).rank() == 2)
                .toList();
        String owners = names.stream()
                .flatMap(name -> likeliest(tensors, name).stream())
                .distinct()
                .limit(MOST_LISTED)
                .collect(Collectors.joining(", "));
        return owners.isEmpty() ? "; nothing in the file looks like one" : "; of a linear layer's shape are: " + owners;
    }

    /** The outermost module that a tensor of this name makes a head of, all of whose tensors are those of linear layers. */
    private static Optional<String> likeliest(Tensors tensors, String name) {
        return owners(name).stream()
                .filter(owner -> tensors.names().stream()
                        .filter(other -> other.startsWith(owner + "."))
                        .allMatch(other -> PART.matcher(other.substring(owner.length() + 1))
                                .matches()))
                .findFirst();
    }

    /**
     * The prefixes under which a file has something that may be the head of a network: a matrix as wide as the network's
     * last layer.
     *
     * @param names the tensors to look at
     * @param width of the network's last layer
     */
    public static List<String> likely(Tensors tensors, List<String> names, int width) {
        return names.stream()
                .filter(name -> tensors.shape(name).rank() == 2
                        && tensors.shape(name).size(1) == width
                        && tensors.dtype(name).isWeight())
                .flatMap(name -> likeliest(tensors, name).stream())
                .distinct()
                .limit(MOST_LISTED)
                .toList();
    }

    private void collect() {
        Map<Integer, String> weights = new TreeMap<>();
        Map<Integer, String> biases = new TreeMap<>();
        for (String name : tensors.names()) {
            if (!name.startsWith(prefix + ".")) {
                continue;
            }
            Matcher part = PART.matcher(name.substring(prefix.length() + 1));
            if (!part.matches()) {
                throw problem("tensor " + name + " is none of a linear layer's, of which the head " + prefix
                        + " has to be made: they are called weight and bias, in an nn.Sequential 0.weight, 0.bias, ..."
                        + " Ask for the hidden states, and go on from them");
            }
            int place = part.group(1) == null ? ALONE : Integer.parseInt(part.group(1));
            (part.group(2).equals("weight") ? weights : biases).put(place, name);
        }
        biases.forEach((place, name) -> {
            if (!weights.containsKey(place)) {
                throw problem("tensor " + name + " is there without its weight");
            }
        });
        weights.forEach((place, name) -> linears.put(place, new Names(name, biases.get(place))));
        if (linears.containsKey(ALONE) && linears.size() > 1) {
            throw problem(
                    "both " + prefix + ".weight and " + linears.lastEntry().getValue().weight
                            + " are there: is it one linear layer or an nn.Sequential?");
        }
    }

    /**
     * Reads the head.
     *
     * @param width of the row that it has to take, the states of the network's last layer
     */
    Head head(HeadOptions options, int width) {
        check(width);
        return new Head(
                stages(options.layers()),
                options.source() == null ? Head.Source.H_N : options.source(),
                options.finish() == null ? Head.Finish.NONE : options.finish());
    }

    private void check(int width) {
        long in = width;
        String before = "the network's last layer gives";
        for (Names linear : linears.values()) {
            Shape shape = tensors.shape(linear.weight);
            if (shape.rank() != 2 || shape.elements() == 0) {
                throw problem("tensor " + linear.weight + " is " + shape
                        + ", but a linear layer's weight has two dimensions, [out, in]");
            }
            if (shape.size(1) != in) {
                throw problem("tensor " + linear.weight + " is " + shape + ": it takes " + shape.size(1)
                        + (shape.size(1) == 1 ? " number, but " : " numbers, but ") + before + " " + in
                        + (linear.weight.equals(linears.firstEntry().getValue().weight)
                                ? " (num_directions * hidden_size, or proj_size)"
                                : ""));
            }
            in = shape.size(0);
            before = linear.weight + " gives";
            checkType(linear.weight);
            if (linear.bias != null) {
                if (!tensors.shape(linear.bias).is(in)) {
                    throw problem("tensor " + linear.bias + " is " + tensors.shape(linear.bias) + ", but should be ["
                            + in + "], for " + linear.weight + " is " + shape);
                }
                checkType(linear.bias);
            }
        }
    }

    private void checkType(String name) {
        DType dtype = tensors.dtype(name);
        if (!dtype.isWeight()) {
            throw problem(
                    "tensor " + name + " is of type " + dtype + "; weights are float64, float32, float16 or bfloat16");
        }
    }

    private List<Head.Stage> stages(List<HeadOptions.Module> said) {
        List<HeadOptions.Module> modules = said;
        boolean alone = linears.containsKey(ALONE);
        if (modules.isEmpty()) {
            boolean gaps = !alone && linears.lastKey() != linears.size() - 1;
            if (gaps) {
                throw problem("the head " + prefix + " is an nn.Sequential with linear layers at " + linears.keySet()
                        + "; the file does not say what is between them. Name all its modules, for example"
                        + " --head-layers " + example() + " (linear, relu, tanh, sigmoid, dropout, identity)");
            }
            modules = linears.keySet().stream()
                    .map(place -> HeadOptions.Module.LINEAR)
                    .toList();
        }
        List<Integer> places = new ArrayList<>();
        for (int i = 0; i < modules.size(); i++) {
            if (modules.get(i) == HeadOptions.Module.LINEAR) {
                places.add(i);
            }
        }
        boolean fits = alone ? places.size() == 1 : places.equals(List.copyOf(linears.keySet()));
        if (!fits) {
            throw problem("the layers of the head are said to be " + listed(modules) + ", with linear ones at " + places
                    + ", but " + (alone ? prefix + " is one linear layer" : "the file has them at " + linears.keySet())
                    + " (from 0)");
        }
        List<Head.Stage> stages = new ArrayList<>();
        for (int i = 0; i < modules.size(); i++) {
            switch (modules.get(i)) {
                case LINEAR -> stages.add(linear(alone ? ALONE : i));
                case RELU -> stages.add(new Head.Pointwise(Activation.RELU));
                case TANH -> stages.add(new Head.Pointwise(Activation.TANH));
                case SIGMOID -> stages.add(new Head.Pointwise(Activation.SIGMOID));
                case DROPOUT, IDENTITY -> {}
            }
        }
        return stages;
    }

    private Head.Linear linear(int place) {
        Names names = java.util.Objects.requireNonNull(linears.get(place));
        return new Head.Linear(tensors.get(names.weight), names.bias == null ? null : tensors.get(names.bias));
    }

    private String example() {
        List<HeadOptions.Module> modules = new ArrayList<>();
        for (int i = 0; i <= Math.min(linears.lastKey(), MOST_LISTED); i++) {
            modules.add(linears.containsKey(i) ? HeadOptions.Module.LINEAR : HeadOptions.Module.RELU);
        }
        return listed(modules);
    }

    private static String listed(List<HeadOptions.Module> modules) {
        return modules.stream().map(HeadOptions.Module::toString).collect(Collectors.joining(","));
    }

    private ModelException problem(String what) {
        return new ModelException(file, what);
    }
}
