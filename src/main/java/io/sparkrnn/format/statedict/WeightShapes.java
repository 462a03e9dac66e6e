package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The configuration of a network as the names and shapes of its tensors give it, all of them checked against it. With G
 * gates, H hidden_size, P proj_size or else H, D directions:
 *
 * <pre>
 *   weight_ih_l0   [G*H, I]        weight_ih_lK   [G*H, D*P]
 *   weight_hh_lK   [G*H, P]        weight_hr_lK   [P, H], with proj_size only
 *   bias_ih_lK     [G*H]           bias_hh_lK     [G*H]
 * </pre>
 *
 * @param projSize 0 without projection
 */
record WeightShapes(
        Family family, long inputSize, long hiddenSize, int numLayers, int numDirections, boolean bias, long projSize) {

    private static final int MOST_LISTED = 12;

    /** The modules that use these names, told by the number of gates. */
    enum Family {
        RNN("nn.RNN", 1),
        GRU("nn.GRU", 3),
        LSTM("nn.LSTM", 4);

        private final String label;
        private final int gates;

        Family(String label, int gates) {
            this.label = label;
            this.gates = gates;
        }

        static Optional<Family> ofGates(long gates) {
            return Arrays.stream(values())
                    .filter(family -> family.gates == gates)
                    .findFirst();
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /**
     * The configuration of the network under a prefix.
     *
     * @param file what messages call the file
     * @param names the tensors of the network, without the prefix
     * @throws ModelException when a tensor is missing, of a wrong shape, or not of floats
     */
    static WeightShapes of(String file, Tensors tensors, String prefix, Set<String> names) {
        return new Reader(file, tensors, prefix, names).read();
    }

    /** As people write it: {@code nn.LSTM (input_size 5, hidden_size 16, num_layers 1)}. */
    @Override
    public String toString() {
        return family + " (input_size " + inputSize + ", hidden_size " + hiddenSize + ", num_layers " + numLayers
                + (numDirections == 2 ? ", bidirectional" : "") + (bias ? "" : ", no bias")
                + (projSize > 0 ? ", proj_size " + projSize : "") + ")";
    }

    /** The suffixes of the tensors of each layer and direction: _l0, _l0_reverse, _l1, ... */
    private List<String> suffixes() {
        List<String> suffixes = new ArrayList<>();
        for (int l = 0; l < numLayers; l++) {
            suffixes.add("_l" + l);
            if (numDirections == 2) {
                suffixes.add("_l" + l + "_reverse");
            }
        }
        return suffixes;
    }

    private record Reader(String file, Tensors tensors, String prefix, Set<String> names) {
        WeightShapes read() {
            int layers = 0;
            for (String name : names) {
                String number = name.substring(name.indexOf("_l") + 2).replace("_reverse", "");
                layers = Math.max(layers, Integer.parseInt(number) + 1);
            }
            int directions = names.stream().anyMatch(name -> name.endsWith("_reverse")) ? 2 : 1;
            boolean bias = names.stream().anyMatch(name -> name.startsWith("bias"));
            boolean projected = names.stream().anyMatch(name -> name.startsWith("weight_hr"));
            checkNames(layers, directions, bias, projected);

            Shape hh = matrix("weight_hh_l0");
            long inputSize = matrix("weight_ih_l0").size(1);
            long hidden = projected ? matrix("weight_hr_l0").size(1) : hh.size(1);
            if (inputSize == 0 || hidden == 0 || hh.size(1) == 0) {
                throw problem("weight_ih_l0 is " + shape("weight_ih_l0") + " and weight_hh_l0 is " + hh
                        + ": a network without inputs or without hidden units");
            }
            Family family = (hh.size(0) % hidden != 0 ? Optional.<Family>empty() : Family.ofGates(hh.size(0) / hidden))
                    .filter(found -> !projected || found == Family.LSTM)
                    .orElseThrow(() -> problem("weight_hh_l0 is " + hh + "; with hidden_size " + hidden
                            + (projected
                                    ? " (by weight_hr_l0 " + shape("weight_hr_l0") + ") an nn.LSTM has [" + 4 * hidden
                                            + ", " + hh.size(1) + "]"
                                    : " (its columns) an nn.RNN has as many rows, an nn.GRU 3 times and an nn.LSTM 4"
                                            + " times as many")));
            WeightShapes shapes =
                    new WeightShapes(family, inputSize, hidden, layers, directions, bias, projected ? hh.size(1) : 0);
            checkShapes(shapes);
            return shapes;
        }

        private void checkNames(int layers, int directions, boolean bias, boolean projected) {
            List<String> kinds = new ArrayList<>(List.of("weight_ih", "weight_hh"));
            if (bias) {
                kinds.addAll(List.of("bias_ih", "bias_hh"));
            }
            if (projected) {
                kinds.add("weight_hr");
            }
            Set<String> expected = new WeightShapes(Family.RNN, 1, 1, layers, directions, bias, 0)
                    .suffixes().stream()
                            .flatMap(suffix -> kinds.stream().map(kind -> kind + suffix))
                            .collect(Collectors.toCollection(LinkedHashSet::new));
            List<String> missing =
                    expected.stream().filter(name -> !names.contains(name)).toList();
            if (!missing.isEmpty()) {
                throw problem("missing " + (missing.size() == 1 ? "is tensor " : "are tensors ")
                        + missing.stream()
                                .limit(MOST_LISTED)
                                .map(name -> prefix + name)
                                .collect(Collectors.joining(", "))
                        + (missing.size() > MOST_LISTED ? " and " + (missing.size() - MOST_LISTED) + " more" : "")
                        + ": by the names of the others (" + few() + ") the network has num_layers " + layers
                        + (directions == 2 ? ", is bidirectional" : "") + (bias ? " and has biases" : ""));
            }
            List<String> surplus =
                    names.stream().filter(name -> !expected.contains(name)).toList();
            if (!surplus.isEmpty()) {
                throw problem("no module of PyTorch has a tensor " + prefix + surplus.get(0));
            }
        }

        private String few() {
            String listed = names.stream().limit(MOST_LISTED).collect(Collectors.joining(", "));
            return names.size() <= MOST_LISTED ? listed : listed + ", ...";
        }

        private void checkShapes(WeightShapes s) {
            String because = ", for it is an " + s.family + " of input_size " + s.inputSize + " (by weight_ih_l0 "
                    + shape("weight_ih_l0") + ") and hidden_size " + s.hiddenSize + " (by weight_hh_l0 "
                    + shape("weight_hh_l0") + ")" + (s.projSize > 0 ? " with proj_size " + s.projSize : "")
                    + (s.numDirections == 2 ? ", bidirectional" : "");
            long rows = s.family.gates * s.hiddenSize;
            long state = s.projSize > 0 ? s.projSize : s.hiddenSize;
            for (String suffix : s.suffixes()) {
                long inputs = suffix.startsWith("_l0") ? s.inputSize : s.numDirections * state;
                check("weight_ih" + suffix, because, rows, inputs);
                check("weight_hh" + suffix, because, rows, state);
                if (s.bias) {
                    check("bias_ih" + suffix, because, rows);
                    check("bias_hh" + suffix, because, rows);
                }
                if (s.projSize > 0) {
                    check("weight_hr" + suffix, because, s.projSize, s.hiddenSize);
                }
            }
        }

        private void check(String name, String because, long... expected) {
            if (!shape(name).is(expected)) {
                throw problem("tensor " + prefix + name + " is " + shape(name) + ", but should be "
                        + Arrays.toString(expected) + because);
            }
            DType dtype = tensors.dtype(prefix + name);
            if (!dtype.isWeight()) {
                throw problem("tensor " + prefix + name + " is of type " + dtype
                        + "; weights are float64, float32, float16 or bfloat16. A quantised model must be saved before"
                        + " its quantisation");
            }
        }

        private Shape matrix(String name) {
            if (shape(name).rank() != 2) {
                throw problem("tensor " + prefix + name + " is " + shape(name) + ", but should have two dimensions");
            }
            return shape(name);
        }

        private Shape shape(String name) {
            return tensors.shape(prefix + name);
        }

        private ModelException problem(String what) {
            return new ModelException(file, what);
        }
    }
}
