package io.sparkrnn.job.verify;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which tensor of a file is which value of a whole network: that of its name. A name may have been written otherwise, as
 * formats of files and Python's keywords ask for it: {@code serving_default_x:0} as {@code serving_default_x}, and any character
 * but letters and digits as an underscore.
 *
 * @param file what messages call it
 * @param whole the network as its file says it: a tensor may be of any of its inputs and outputs
 * @param graph as much of it as is run
 * @param named further names of inputs
 */
record VectorNames(String file, Graph whole, Graph graph, Map<String, String> named) {
    private static final String LENGTHS = "lengths";

    /** What the only input may be called, too: as it is of recurrent layers, and as its column. */
    private static final Set<String> OF_ONE = Set.of("x", "features");

    /**
     * What was found.
     *
     * @param tensors by the names of values; of outputs also those with {@link Vectors#TRUTH} behind
     * @param lengths whether there is a tensor of the rows' lengths
     */
    record Found(Map<String, String> tensors, boolean lengths) {
        /** The tensor of a value; null where there is none. */
        @Nullable
        String tensor(String value) {
            return tensors.get(value);
        }
    }

    /**
     * Finds them.
     *
     * @param tensors the names in the file
     * @throws JobException when one is of nothing, or of what another one is of, when an input is missing, or all outputs are
     */
    Found find(Set<String> tensors) {
        Map<String, String> found = new LinkedHashMap<>();
        boolean lengths = false;
        for (String tensor : tensors) {
            String value = value(tensor);
            if (value == null && tensor.equals(LENGTHS)) {
                lengths = true;
                continue;
            }
            if (value == null) {
                throw problem("the tensor '" + tensor + "' is neither an input nor an output of the network: "
                        + expected() + ". Rename it, or leave it out"
                        + (isOfLayers(tensor)
                                ? "; vectors of the recurrent layers alone are compared with --outputs"
                                        + " hidden_states,h_n"
                                : ""));
            }
            String other = found.putIfAbsent(value, tensor);
            if (other != null) {
                throw problem("'" + other + "' and '" + tensor + "' are both " + value
                        + " of the network; leave one of them out");
            }
        }
        List<String> missing = graph.inputs().stream()
                .map(GraphInput::name)
                .filter(name -> !found.containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            throw problem("no tensor of the input" + (missing.size() == 1 ? " " : "s ") + String.join(", ", missing)
                    + "; the file has " + String.join(", ", tensors) + ", and the network takes "
                    + listed(graph.inputs())
                    + ". Save what the network was given under these names; --column INPUT=TENSOR says which tensor is"
                    + " which input");
        }
        if (outputs().noneMatch(found::containsKey)) {
            throw problem("no tensor of an output, so there is nothing to compare with; the file has "
                    + String.join(", ", tensors) + ", and what is computed is " + listed(graph.outputs()));
        }
        return new Found(found, lengths);
    }

    private Stream<String> outputs() {
        return withTruths(graph);
    }

    private static Stream<String> withTruths(Graph graph) {
        return graph.outputs().stream().map(GraphOutput::name).flatMap(name -> Stream.of(name, name + Vectors.TRUTH));
    }

    private List<String> values() {
        return Stream.concat(whole.inputs().stream().map(GraphInput::name), withTruths(whole))
                .distinct()
                .toList();
    }

    private @Nullable String value(String tensor) {
        List<String> values = values();
        if (values.contains(tensor)) {
            return tensor;
        }
        for (Map.Entry<String, String> name : named.entrySet()) {
            if (name.getValue().equals(tensor)) {
                return name.getKey();
            }
        }
        if (whole.inputs().size() == 1 && OF_ONE.contains(tensor)) {
            return whole.inputs().get(0).name();
        }
        List<String> alike = values.stream()
                .filter(value -> plain(value).equals(plain(tensor)))
                .toList();
        if (alike.size() > 1) {
            throw problem("the tensor '" + tensor + "' may be any of " + String.join(", ", alike)
                    + " of the network; call it as the network does");
        }
        return alike.isEmpty() ? null : alike.get(0);
    }

    /** A name as a file may have it: without the number of a value behind a colon, letters and digits as they are. */
    private static String plain(String name) {
        boolean truth = name.endsWith(Vectors.TRUTH);
        String base = truth ? name.substring(0, name.length() - Vectors.TRUTH.length()) : name;
        return base.replaceFirst(":0$", "").replaceAll("[^\\p{L}\\p{Nd}]", "_") + (truth ? Vectors.TRUTH : "");
    }

    private static boolean isOfLayers(String tensor) {
        return Set.of("output", "h_n", "c_n", "h0", "c0").contains(tensor.replaceFirst(Vectors.TRUTH + "$", ""));
    }

    private String expected() {
        return "expected " + listed(whole.inputs()) + "; " + listed(whole.outputs()) + "; " + LENGTHS
                + " [B] of padded rows; and an output's name with " + Vectors.TRUTH + " for the same in float64";
    }

    private static String listed(List<?> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    /** An error of the file. */
    JobException problem(String what) {
        return new JobException(ExitCode.INPUT, file + ": " + what);
    }
}
