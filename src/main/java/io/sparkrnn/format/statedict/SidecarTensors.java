package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

/**
 * The tensors of a state dict, as the words of a sidecar's network ask for them: by the name of a module, with a shape that
 * is checked.
 */
final class SidecarTensors {
    private static final int MOST_LISTED = 30;

    private final SidecarGraph graph;
    private final Tensors tensors;
    private final BiConsumer<String, Collection<String>> checkTotal;
    private final Set<String> used = new LinkedHashSet<>();

    SidecarTensors(SidecarGraph graph, Tensors tensors, BiConsumer<String, Collection<String>> checkTotal) {
        this.graph = graph;
        this.tensors = tensors;
        this.checkTotal = checkTotal;
    }

    /** Whether the file has a tensor. */
    boolean has(String name) {
        return tensors.has(name);
    }

    /** Whether the file has a tensor of this name, or of one that ends so. */
    boolean hasEnding(String name) {
        return tensors.has(name) || tensors.names().stream().anyMatch(each -> each.endsWith("." + name));
    }

    /**
     * The full name of a module: the one asked for, or the only one that ends so.
     *
     * @param tensor that it has to have
     */
    String module(String place, String asked, String tensor) {
        String own = asked.isEmpty() ? tensor : asked + "." + tensor;
        if (tensors.has(own)) {
            return asked.isEmpty() ? "" : asked + ".";
        }
        List<String> ending = tensors.names().stream()
                .filter(name -> name.endsWith("." + own))
                .toList();
        if (ending.size() == 1) {
            return ending.get(0).substring(0, ending.get(0).length() - tensor.length());
        }
        if (!ending.isEmpty()) {
            throw graph.problem(
                    place,
                    "\"" + asked + "\" fits " + ending.size() + " modules; give one in full: "
                            + ending.stream()
                                    .limit(MOST_LISTED)
                                    .map(name -> name.substring(0, name.length() - tensor.length() - 1))
                                    .collect(Collectors.joining(", ")));
        }
        List<String> modules = tensors.names().stream()
                .filter(name -> name.endsWith("." + tensor))
                .map(name -> name.substring(0, name.length() - tensor.length() - 1))
                .toList();
        throw graph.problem(
                place,
                "no tensor " + own + " in the file; modules with a " + tensor + " are: " + few(modules)
                        + (modules.isEmpty() ? "; the file has: " + few(List.copyOf(tensors.names())) : ""));
    }

    private static String few(List<String> names) {
        String listed = names.stream().limit(MOST_LISTED).collect(Collectors.joining(", "));
        return names.isEmpty()
                ? "none"
                : names.size() <= MOST_LISTED ? listed : listed + ", and " + (names.size() - MOST_LISTED) + " more";
    }

    /** The shape of a tensor of so many axes. */
    Shape shape(String place, String name, int rank, String expected) {
        Shape shape = tensors.shape(name);
        if (shape.rank() != rank || shape.elements() == 0) {
            throw graph.problem(place, "tensor " + name + " is " + shape + "; expected " + expected);
        }
        return shape;
    }

    /** A list of so many numbers. */
    String list(String place, String name, long count, String because) {
        if (!tensors.shape(name).is(count)) {
            throw graph.problem(
                    place,
                    "tensor " + name + " is " + tensors.shape(name) + "; expected [" + count + "], for " + because);
        }
        return constant(place, name);
    }

    /** The shape of a tensor, by its full name. */
    Shape shape(String own) {
        return tensors.shape(own);
    }

    /** A list of the file; where it has none, the same number many times. */
    String listOr(String place, String name, long count, String because, double absent) {
        return tensors.has(name) ? list(place, name, count, because) : graph.filled(absent, count);
    }

    /** A tensor of weights, as a constant of the graph. */
    String constant(String place, String name) {
        if (!tensors.dtype(name).isWeight()) {
            throw graph.problem(
                    place,
                    "tensor " + name + " is of type " + tensors.dtype(name)
                            + "; weights are float64, float32, float16 or bfloat16");
        }
        if (used.add(name)) {
            checkTotal.accept("of the network", used);
        }
        return graph.constant(name, tensors.get(name));
    }

    /** A tensor of one row of numbers, as a value of the row. */
    Value parameter(String place, String name) {
        String full = module(place, "", name);
        String own = full + name;
        Shape shape = tensors.shape(own);
        long count = shape.elements();
        boolean vector = false;
        for (int d = 0; d < shape.rank(); d++) {
            vector |= shape.size(d) == count;
        }
        if (!vector || count == 0 || count > 1 << 20) {
            throw graph.problem(
                    place, "tensor " + own + " is " + shape + "; expected one row of numbers, [n], [1, n] or [n, 1]");
        }
        return row(place, own);
    }

    /** All numbers of a tensor, by its full name, as those of a row. */
    Value row(String place, String own) {
        long count = tensors.shape(own).elements();
        constant(place, own);
        Tensor row = Tensor.ofDoubles(Shape.of(1, count), tensors.get(own).toDoubles());
        return new Value(graph.constant(own + " as a row", row), Per.ROW, Width.of(count));
    }
}
