package io.sparkrnn.format.keras;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.hdf5.Hdf5;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where in a file the weights of a Keras layer are. */
interface KerasWeights {
    /**
     * The names of a recurrent layer's weights: kernel, recurrent_kernel and, if it has one, bias.
     *
     * @param backward those of the backward layer that a Bidirectional has
     * @throws ModelException when they are not in the file
     */
    List<String> of(KerasLayer layer, boolean backward);

    /** The names of all weights of a layer that is not recurrent, in Keras' order; none when it has none. */
    List<String> all(KerasLayer layer);

    /**
     * Those of Keras 3's {@code model.weights.h5}: {@code layers/lstm_1/cell/vars/0}, or, of a Bidirectional, {@code
     * layers/bidirectional/forward_layer/cell/vars/0}. A layer's place is called by its class and number, whatever its name
     * (<a href="https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py">saving_lib.py</a>).
     */
    static KerasWeights numbered(String file, Tensors tensors) {
        return new KerasWeights() {
            @Override
            public List<String> of(KerasLayer layer, boolean backward) {
                String cell = !layer.className().equals("Bidirectional")
                        ? "/cell/vars/"
                        : backward ? "/backward_layer/cell/vars/" : "/forward_layer/cell/vars/";
                List<String> names = numbered(layer, cell);
                if (names.isEmpty() && layer.part() != null) {
                    names = numbered(layer, "/vars/");
                }
                if (names.size() < 2) {
                    throw new ModelException(
                            file,
                            "the weights of layer '" + layer.name() + "' should be at " + layer.place() + cell
                                    + "0, 1, ... of model.weights.h5, which has: "
                                    + ZipRecords.few(List.copyOf(tensors.names())));
                }
                return names.subList(0, Math.min(3, names.size()));
            }

            @Override
            public List<String> all(KerasLayer layer) {
                if (layer.className().equals("MultiHeadAttention")) {
                    List<String> all = new ArrayList<>();
                    for (String part : List.of("query", "key", "value", "output")) {
                        List<String> found = numbered(layer, "/" + part + "_dense/vars/");
                        all.addAll(found.isEmpty() ? numbered(layer, "/_" + part + "_dense/vars/") : found);
                    }
                    return all;
                }
                return numbered(layer, "/vars/");
            }

            private List<String> numbered(KerasLayer layer, String part) {
                List<String> names = new ArrayList<>();
                for (int i = 0; tensors.has(layer.place() + part + i); i++) {
                    names.add(layer.place() + part + i);
                }
                return names;
            }
        };
    }

    /**
     * Those of a whole model in one {@code .h5}: the attribute weight_names of the group {@code model_weights/LAYER} lists
     * them in order, forward layer first, as {@code lstm/lstm_cell/kernel:0}.
     *
     * @param root what stands before the layers' groups: {@code model_weights/}, or nothing in a file of weights alone
     */
    static KerasWeights listed(String file, Tensors tensors, Hdf5 hdf, String root) {
        Pattern kind = Pattern.compile("(?:.*/)?(kernel|recurrent_kernel|bias)(?::\\d+)?", Pattern.DOTALL);
        return new KerasWeights() {
            @Override
            public List<String> of(KerasLayer layer, boolean backward) {
                String group = root + layer.name();
                String converted = group + (backward ? KerasLegacy.BACKWARD : "");
                if (tensors.has(converted + KerasLegacy.KERNEL)) {
                    return KerasLegacy.names(tensors, converted);
                }
                List<List<String>> cells = new ArrayList<>();
                List<String> listed = paths(layer);
                for (String path : listed) {
                    Matcher matcher = kind.matcher(path);
                    if (matcher.matches()) {
                        if (matcher.group(1).equals("kernel")) {
                            cells.add(new ArrayList<>());
                        }
                        if (!cells.isEmpty()) {
                            cells.get(cells.size() - 1).add(path);
                        }
                    }
                }
                boolean two = layer.className().equals("Bidirectional");
                KerasLayer.Part part = layer.part();
                if (cells.size() != (two ? 2 : part == null ? 1 : part.count())) {
                    throw new ModelException(
                            file,
                            "the weights of layer '" + layer.name()
                                    + "' should be listed as kernel, recurrent_kernel and"
                                    + " bias" + (two ? ", twice," : "") + " in the attribute weight_names of " + group
                                    + ", which has: " + ZipRecords.few(listed));
                }
                return List.copyOf(cells.get(part != null ? part.index() : backward ? 1 : 0));
            }

            /**
             * The weights of a layer: those of its group. A model in a model has one group, with the weights of all its layers,
             * whose names begin with the layer's own.
             */
            private List<String> paths(KerasLayer layer) {
                String[] parts = layer.name().split("/", -1);
                for (int own = parts.length; own > 0; own--) {
                    String group = root + String.join("/", List.of(parts).subList(0, own));
                    List<String> names = hdf.text(group, "weight_names").stream()
                            .filter(name -> tensors.has(group + "/" + name))
                            .toList();
                    if (names.isEmpty()) {
                        continue;
                    }
                    List<String> inside = names;
                    for (int p = own; p < parts.length; p++) {
                        String segment = parts[p];
                        List<String> found = inside.stream()
                                .filter(name -> ("/" + name).contains("/" + segment + "/"))
                                .toList();
                        inside = found.isEmpty() ? inside : found;
                    }
                    return inside.stream().map(name -> group + "/" + name).toList();
                }
                return List.of();
            }

            @Override
            public List<String> all(KerasLayer layer) {
                return paths(layer);
            }
        };
    }
}
