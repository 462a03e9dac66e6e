package io.sparkrnn.format.keras;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/** An {@code .h5} file as Keras 2 writes it: model_config, and model_weights/LAYER/LAYER/NAME:0, of random weights. */
public final class KerasFile {
    private final Random random;
    private final List<String> layers = new ArrayList<>();
    private final Map<String, double[][][]> kernels = new LinkedHashMap<>();
    private final Map<String, Map<String, double[][]>> weights = new LinkedHashMap<>();
    private final String version;

    public KerasFile(long seed, String version) {
        random = new Random(seed);
        this.version = version;
    }

    /** A layer: class, name, the rest of its config, what it takes in a functional model. */
    public KerasFile layer(String className, String name, String config, String... takes) {
        List<String> inbound = new ArrayList<>();
        for (String taken : takes) {
            inbound.add("[\"" + taken + "\",0,0,{}]");
        }
        layers.add(
                "{\"class_name\":\"" + className + "\",\"name\":\"" + name + "\",\"config\":{\"name\":\"" + name + "\""
                        + (config.isEmpty() ? "" : "," + config) + "},\"inbound_nodes\":["
                        + (inbound.isEmpty() ? "" : "[" + String.join(",", inbound) + "]") + "]}");
        return this;
    }

    /** A layer as it stands in a configuration. */
    KerasFile raw(String json) {
        layers.add(json);
        return this;
    }

    /** Random weights of the layer added last: a vector where there is one row. */
    public KerasFile weight(String layer, String name, int rows, int columns) {
        double[][] values = new double[rows][columns];
        for (double[] row : values) {
            for (int i = 0; i < columns; i++) {
                // float32, so that float64 can be compared with float64
                row[i] = (float) (random.nextGaussian() * 0.5);
            }
        }
        return weight(layer, name, values);
    }

    KerasFile weight(String layer, String name, double[][] values) {
        weights.computeIfAbsent(layer, any -> new LinkedHashMap<>()).put(name, values);
        return this;
    }

    /** Weights of three axes. */
    KerasFile kernel(String layer, String name, double[][][] values) {
        kernels.put(layer + "/" + name, values);
        return weight(layer, name, new double[0][]);
    }

    double[][] get(String layer, String name) {
        return Objects.requireNonNull(Objects.requireNonNull(weights.get(layer)).get(name));
    }

    double[] vector(String layer, String name) {
        return get(layer, name)[0];
    }

    /** The config of the layers, each of which takes the one before. */
    public String sequential() {
        return "{\"class_name\":\"Sequential\",\"keras_version\":\"" + version
                + "\",\"config\":{\"name\":\"m\",\"layers\":[" + String.join(",", layers) + "]}}";
    }

    /** The config of the layers, by what they take. */
    public String functional(String inputs, String outputs) {
        return "{\"class_name\":\"Model\",\"config\":{\"name\":\"m\",\"layers\":[" + String.join(",", layers)
                + "],\"input_layers\":[" + inputs + "],\"output_layers\":[" + outputs + "]}}";
    }

    /** A whole model. */
    public Path whole(Path file, String config) {
        return write(file, config, "model_weights");
    }

    /** Weights alone, as save_weights() writes them. */
    public Path weightsAlone(Path file) {
        return write(file, null, "");
    }

    private Path write(Path file, @org.jspecify.annotations.Nullable String config, String root) {
        try (WritableHdfFile hdf = HdfFile.write(file)) {
            WritableGroup all = root.isEmpty() ? hdf : hdf.putGroup(root);
            hdf.putAttribute("keras_version", version);
            if (config != null) {
                hdf.putAttribute("model_config", config);
            }
            if (!weights.isEmpty()) { // the writer has no attributes of no strings
                hdf.putAttribute("layer_names", weights.keySet().toArray(String[]::new));
            }
            weights.forEach((layer, arrays) -> {
                WritableGroup group = all.putGroup(layer);
                String[] names = arrays.keySet().stream()
                        .map(name -> layer + "/" + name + ":0")
                        .toArray(String[]::new);
                group.putAttribute("weight_names", names);
                WritableGroup inner = group.putGroup(layer);
                Map<String, WritableGroup> parts = new LinkedHashMap<>();
                arrays.forEach((name, values) -> {
                    int slash = name.indexOf('/');
                    WritableGroup part =
                            slash < 0 ? inner : parts.computeIfAbsent(name.substring(0, slash), inner::putGroup);
                    part.putDataset(
                            name.substring(slash + 1) + ":0",
                            kernels.containsKey(layer + "/" + name)
                                    ? planes(Objects.requireNonNull(kernels.get(layer + "/" + name)))
                                    : floats(values));
                });
            });
        }
        return file;
    }

    private static float[][][] planes(double[][][] values) {
        float[][][] planes = new float[values.length][][];
        for (int i = 0; i < planes.length; i++) {
            planes[i] = rows(values[i]);
        }
        return planes;
    }

    private static float[][] rows(double[][] values) {
        float[][] matrix = new float[values.length][];
        for (int r = 0; r < values.length; r++) {
            matrix[r] = new float[values[r].length];
            for (int c = 0; c < matrix[r].length; c++) {
                matrix[r][c] = (float) values[r][c];
            }
        }
        return matrix;
    }

    private static Object floats(double[][] values) {
        float[][] matrix = rows(values);
        return matrix.length == 1 ? matrix[0] : matrix;
    }
}
