package io.sparkrnn.format.keras;

import io.sparkrnn.format.hdf5.Hdf5;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Weights as former Kerases have them, brought into the layout of Keras 2 and 3 ({@link KerasDirections}).
 *
 * <pre>
 *   Keras 1    a matrix a gate: LAYER_W_i [I, H], LAYER_U_i [H, H], LAYER_b_i [H], and so on for f, c, o; of a GRU z, r, h;
 *              of a SimpleRNN LAYER_W, LAYER_U, LAYER_b
 *   CuDNN      kernel [I, G*H], in which the numbers of a gate are those of [H, I], one after the other; recurrent_kernel
 *              [H, G*H], each gate transposed; bias [2*G*H], that of the kernel, then that of the recurrent one
 * </pre>
 *
 * <p>And names of arrays as they are in {@code .keras} files of TF-Keras 2.12 to 2.15.
 */
final class KerasLegacy {
    /** What stands behind a layer's group in the names of converted weights. */
    static final String KERNEL = "/converted/kernel";

    /** What stands before it, of the backward layer of a Bidirectional. */
    static final String BACKWARD = "/backward";

    private static final String RECURRENT = "/converted/recurrent_kernel";
    private static final String BIAS = "/converted/bias";

    private KerasLegacy() {}

    /** The names of a layer's converted weights: kernel, recurrent_kernel and, if it has one, bias. */
    static List<String> names(Tensors tensors, String group) {
        return tensors.has(group + BIAS)
                ? List.of(group + KERNEL, group + RECURRENT, group + BIAS)
                : List.of(group + KERNEL, group + RECURRENT);
    }

    /** The arrays under the names that Keras 3 gives them: written on Windows, or by Kerases that called a folder otherwise. */
    static Tensors renamed(String file, Tensors tensors) {
        UnaryOperator<String> name =
                old -> old.replace('\\', '/').replace("_layer_checkpoint_dependencies/", "layers/");
        if (tensors.names().stream().allMatch(old -> name.apply(old).equals(old))) {
            return tensors;
        }
        Tensors.Builder builder = Tensors.builder(file);
        for (String old : tensors.names()) {
            builder.add(name.apply(old), tensors.dtype(old), tensors.shape(old), () -> tensors.get(old));
        }
        return builder.build();
    }

    /** The arrays of an {@code .h5} file, and for each layer that needs it its weights converted. */
    static Tensors converted(String file, Tensors tensors, List<KerasLayer> layers, Hdf5 hdf, String root) {
        Tensors.Builder builder = Tensors.builder(file);
        tensors.names()
                .forEach(name -> builder.add(name, tensors.dtype(name), tensors.shape(name), () -> tensors.get(name)));
        for (KerasLayer layer : layers) {
            String group = root + layer.name();
            List<String> names = hdf.text(group, "weight_names").stream()
                    .map(name -> group + "/" + name)
                    .filter(tensors::has)
                    .toList();
            boolean both = layer.className().equals("Bidirectional");
            String className =
                    both ? layer.config().path("layer").path("class_name").asText() : layer.className();
            int half = both ? names.size() / 2 : names.size();
            for (int d = 0; d < (both ? 2 : 1) && KerasCells.isRecurrent(className); d++) {
                String target = group + (d == 0 ? "" : BACKWARD);
                List<String> own = names.subList(d * half, (d + 1) * half);
                if (!KerasCells.isCuDnn(className)) {
                    ofGates(builder, tensors, target, className, own);
                } else if (own.size() == 3) {
                    cuDnn(builder, tensors, target, own, className.equals("CuDNNLSTM") ? 4 : 3);
                }
            }
        }
        return builder.build();
    }

    // ---- Keras 1 ----

    private static void ofGates(
            Tensors.Builder builder, Tensors tensors, String group, String className, List<String> names) {
        List<String> gates = switch (className) {
            case "LSTM" -> List.of("_i", "_f", "_c", "_o");
            case "GRU" -> List.of("_z", "_r", "_h");
            default -> List.of("");
        };
        List<String> kernels = found(names, "_W", gates);
        List<String> recurrents = found(names, "_U", gates);
        List<String> biases = found(names, "_b", gates);
        if (kernels.size() != gates.size() || recurrents.size() != gates.size()) {
            return;
        }
        joined(builder, tensors, group + KERNEL, kernels);
        joined(builder, tensors, group + RECURRENT, recurrents);
        if (biases.size() == gates.size()) {
            joined(builder, tensors, group + BIAS, biases);
        }
    }

    private static List<String> found(List<String> names, String kind, List<String> gates) {
        List<String> found = new ArrayList<>();
        for (String gate : gates) {
            names.stream()
                    .filter(name -> name.replaceFirst(":\\d+$", "").endsWith(kind + gate))
                    .findFirst()
                    .ifPresent(found::add);
        }
        return found;
    }

    /** Matrices side by side, or vectors one after the other; nothing when they are not alike. */
    private static void joined(Tensors.Builder builder, Tensors tensors, String name, List<String> parts) {
        Shape shape = tensors.shape(parts.get(0));
        DType dtype = tensors.dtype(parts.get(0));
        boolean alike = shape.rank() >= 1
                && shape.rank() <= 2
                && shape.elements() <= Integer.MAX_VALUE / 64
                && parts.stream()
                        .allMatch(part ->
                                tensors.shape(part).equals(shape) && tensors.dtype(part) == dtype && dtype.isWeight());
        if (!alike) {
            return;
        }
        int rows = shape.rank() == 1 ? 1 : (int) shape.size(0);
        int columns = (int) shape.size(shape.rank() - 1);
        int wide = columns * parts.size();
        Shape whole = shape.rank() == 1 ? Shape.of(wide) : Shape.of(rows, wide);
        builder.add(name, dtype, whole, () -> {
            int size = dtype.byteSize();
            byte[] data = new byte[rows * wide * size];
            for (int p = 0; p < parts.size(); p++) {
                byte[] part = bytes(tensors.get(parts.get(p)));
                for (int r = 0; r < rows; r++) {
                    System.arraycopy(part, r * columns * size, data, (r * wide + p * columns) * size, columns * size);
                }
            }
            return Tensor.of(dtype, whole, data);
        });
    }

    // ---- cuDNN ----

    private static void cuDnn(Tensors.Builder builder, Tensors tensors, String group, List<String> names, int gates) {
        Shape kernel = tensors.shape(names.get(0));
        Shape recurrent = tensors.shape(names.get(1));
        Shape bias = tensors.shape(names.get(2));
        long hidden = recurrent.rank() == 2 ? recurrent.size(0) : 0;
        boolean fits = hidden > 0
                && hidden < Integer.MAX_VALUE / 64
                && kernel.rank() == 2
                && kernel.elements() <= Integer.MAX_VALUE / 64
                && kernel.is(kernel.size(0), gates * hidden)
                && recurrent.is(hidden, gates * hidden)
                && bias.is(2L * gates * hidden)
                && names.stream().allMatch(name -> tensors.dtype(name) == DType.FLOAT32);
        if (!fits) {
            return;
        }
        int h = (int) hidden;
        int inputs = (int) kernel.size(0);
        int wide = gates * h;
        builder.add(group + KERNEL, DType.FLOAT32, kernel, () -> {
            float[] from = tensors.get(names.get(0)).toFloats();
            float[] to = new float[from.length];
            for (int g = 0; g < gates; g++) {
                for (int n = 0; n < inputs * h; n++) {
                    // The gate's columns, row by row, are its numbers in cuDNN's order: [H, I].
                    float number = from[n / h * wide + g * h + n % h];
                    to[n % inputs * wide + g * h + n / inputs] = number;
                }
            }
            return Tensor.ofFloats(kernel, to);
        });
        builder.add(group + RECURRENT, DType.FLOAT32, recurrent, () -> {
            float[] from = tensors.get(names.get(1)).toFloats();
            float[] to = new float[from.length];
            for (int i = 0; i < h; i++) {
                for (int j = 0; j < wide; j++) {
                    int gate = j / h * h;
                    to[j % h * wide + gate + i] = from[i * wide + j];
                }
            }
            return Tensor.ofFloats(recurrent, to);
        });
        // An LSTM's two biases are only ever added; a GRU's are kept apart.
        Shape shape = gates == 4 ? Shape.of(wide) : Shape.of(2L, wide);
        builder.add(group + BIAS, DType.FLOAT32, shape, () -> {
            float[] both = tensors.get(names.get(2)).toFloats();
            if (gates == 3) {
                return Tensor.ofFloats(shape, both);
            }
            float[] sum = new float[wide];
            for (int i = 0; i < wide; i++) {
                sum[i] = both[i] + both[wide + i];
            }
            return Tensor.ofFloats(shape, sum);
        });
    }

    private static byte[] bytes(Tensor tensor) {
        byte[] bytes = new byte[tensor.bytes().remaining()];
        tensor.bytes().get(bytes);
        return bytes;
    }
}
