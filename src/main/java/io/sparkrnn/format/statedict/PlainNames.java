package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The names that people give to the weights of an RNN of one layer that they wrote by hand, {@code h = tanh(W_x x + W_h h
 * + b)}: each stands for a name of PyTorch's. Letter case and underscores make no difference.
 */
final class PlainNames {
    private static final Set<String> WEIGHT_IH = Set.of("wx", "wxh", "wih", "wax", "win", "wi");
    private static final Set<String> WEIGHT_HH = Set.of("wh", "whh", "waa", "wrec", "wr");
    private static final Set<String> BIAS_IH = Set.of("b", "bias", "bx", "bxh", "bih", "ba");
    private static final Set<String> BIAS_HH = Set.of("bh", "bhh");

    private static final int MOST_TENSORS = 1000;

    /** PyTorch's names, and what the file calls those tensors; notes as {@code Network.notes}. */
    record Found(Map<String, String> names, List<String> notes) {}

    private final String file;
    private final Tensors tensors;

    private PlainNames(String file, Tensors tensors) {
        this.file = file;
        this.tensors = tensors;
    }

    /**
     * Looks for such names.
     *
     * @param file what messages call the file
     * @return no names at all when the file has not both weights under names of this kind
     * @throws ModelException when two tensors have names for one thing, or the network is not an RNN
     */
    static Found find(String file, Tensors tensors) {
        return tensors.names().size() > MOST_TENSORS
                ? new Found(Map.of(), List.of())
                : new PlainNames(file, tensors).find();
    }

    private Found find() {
        List<String> notes = new ArrayList<>();
        List<String> ih = called(WEIGHT_IH);
        List<String> hh = called(WEIGHT_HH);
        List<String> u = called(Set.of("u"));
        List<String> w = called(Set.of("w"));
        if (ih.isEmpty() && hh.isEmpty() && u.size() == 1 && w.size() == 1) {
            // Books write U x + W h; others W x + U h. What multiplies h is square.
            boolean otherWay = isSquare(u.get(0)) && !isSquare(w.get(0));
            ih = otherWay ? w : u;
            hh = otherWay ? u : w;
            if (isSquare(u.get(0)) && isSquare(w.get(0))) {
                notes.add("U and W are both square: taken as U x + W h; if it is W x + U h, say --tensor-names"
                        + " weight_ih_l0=" + w.get(0) + ",weight_hh_l0=" + u.get(0) + ",...");
            }
        } else if (ih.isEmpty() && hh.size() == 1 && u.size() == 1) {
            ih = u;
        } else if (hh.isEmpty() && ih.size() == 1 && u.size() == 1) {
            hh = u;
        }
        if (ih.isEmpty() || hh.isEmpty()) {
            return new Found(Map.of(), List.of());
        }
        Map<String, String> names = new LinkedHashMap<>();
        put(names, "weight_ih_l0", ih);
        put(names, "weight_hh_l0", hh);
        List<String> first = called(BIAS_IH);
        List<String> second = called(BIAS_HH);
        // Of one bias alone it makes no difference which it is.
        put(names, "bias_ih_l0", first.isEmpty() ? second : first);
        put(names, "bias_hh_l0", first.isEmpty() ? List.of() : second);
        if (!isSquare(hh.get(0))) {
            throw new ModelException(
                    file,
                    "tensor '" + hh.get(0) + "' is " + tensors.shape(hh.get(0))
                            + ", not square as in an RNN. If this is an LSTM or a GRU, its gates' rows have to be in"
                            + " PyTorch's order (i, f, g, o; r, z, n): then say --tensor-names weight_ih_l0="
                            + ih.get(0) + ",weight_hh_l0=" + hh.get(0) + ",bias_ih_l0=...");
        }
        notes.add("taken by their names: "
                + names.entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .collect(Collectors.joining(","))
                + "; others can be said with --tensor-names");
        return new Found(names, notes);
    }

    private void put(Map<String, String> names, String name, List<String> called) {
        if (called.size() > 1) {
            throw new ModelException(
                    file,
                    "several tensors could be " + name + ": " + String.join(", ", called)
                            + ". Say which with --tensor-names " + name + "=" + called.get(0) + ",...");
        }
        called.forEach(tensor -> names.put(name, tensor));
    }

    private List<String> called(Set<String> spellings) {
        return tensors.names().stream()
                .filter(name -> spellings.contains(name.replace("_", "").toLowerCase(Locale.ROOT)))
                .toList();
    }

    private boolean isSquare(String name) {
        Shape shape = tensors.shape(name);
        return shape.rank() == 2 && shape.size(0) == shape.size(1);
    }
}
