package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Strided;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * Tensors brought under PyTorch's names, and into PyTorch's layout: a matrix that is the other way round ({@code x W} for
 * {@code W x}) is turned, a bias [1, H] or [H, 1] becomes [H]. Which way round a matrix is, its shape tells where rows and
 * columns differ; square ones are taken to be written as the others. {@code W.T} as a tensor's name says that W is to be
 * turned; then nothing is guessed.
 *
 * @param tensors all tensors of the file, those that were named under PyTorch's names
 * @param fileNames what the file calls a tensor that was named, by its name in {@code tensors}
 * @param absent biases that the network does not have beside another, which are zeros in {@code tensors}
 * @param notes as {@code Network.notes}
 */
record TensorNames(Tensors tensors, Map<String, String> fileNames, Set<String> absent, List<String> notes) {
    private static final String TURNED = ".T";

    /** Tensors under the names they have. */
    static TensorNames asTheyAre(Tensors tensors) {
        return new TensorNames(tensors, Map.of(), Set.of(), List.of());
    }

    /**
     * Brings tensors under PyTorch's names.
     *
     * @param file what messages call the file
     * @param names PyTorch's names and what the file calls those tensors; {@code .T} after the latter for its transpose
     * @param notes to begin the notes with
     * @throws ModelException when the file has no tensor of a name, or PyTorch has no such name
     */
    static TensorNames of(String file, Tensors tensors, Map<String, String> names, List<String> notes) {
        return new Reader(file, tensors, names, notes).read();
    }

    /**
     * Tensors under other names, as they are.
     *
     * @param file what messages call the file
     * @param names new ones, and what the file calls those tensors
     */
    static TensorNames renamed(String file, Tensors tensors, Map<String, String> names, List<String> notes) {
        Tensors.Builder renamed = Tensors.builder(file);
        Map<String, String> turned = new LinkedHashMap<>();
        names.forEach((name, fileName) -> turned.put(fileName, name));
        for (String name : tensors.names()) {
            renamed.add(
                    turned.getOrDefault(name, name), tensors.dtype(name), tensors.shape(name), () -> tensors.get(name));
        }
        return new TensorNames(renamed.build(), names, Set.of(), notes);
    }

    /** What the file calls a tensor. */
    String fileName(String name) {
        return fileNames.getOrDefault(name, name);
    }

    private static final class Reader {
        private final String file;
        private final Tensors tensors;
        private final List<String> notes;
        /** In the order of PyTorch's names, so that messages are the same each time. */
        private final Map<String, String> asked;
        /** What the file calls each tensor. */
        private final Map<String, String> fileNames = new LinkedHashMap<>();

        private final Set<String> turned = new LinkedHashSet<>();
        private boolean said;

        Reader(String file, Tensors tensors, Map<String, String> names, List<String> notes) {
            this.file = file;
            this.tensors = tensors;
            this.asked = new TreeMap<>(names);
            this.notes = new ArrayList<>(notes);
        }

        TensorNames read() {
            asked.forEach(this::find);
            turn();
            Tensors.Builder renamed = Tensors.builder(file);
            fileNames.forEach((name, fileName) -> add(renamed, name, fileName));
            Set<String> absent = new HashSet<>();
            for (String name : fileNames.keySet()) {
                String other = name.contains("bias_ih_l")
                        ? name.replace("bias_ih_l", "bias_hh_l")
                        : name.replace("bias_hh_l", "bias_ih_l");
                if (name.contains("bias_") && !fileNames.containsKey(other) && !tensors.has(other)) {
                    absent.add(other);
                    Shape shape = flat(tensors.shape(fileName(name)));
                    DType dtype = tensors.dtype(fileName(name));
                    renamed.add(other, dtype, shape, () -> zeros(name, dtype, shape));
                }
            }
            Set<String> used = new HashSet<>(fileNames.values());
            for (String name : tensors.names()) {
                if (!used.contains(name)) {
                    renamed.add(name, tensors.dtype(name), tensors.shape(name), () -> tensors.get(name));
                }
            }
            return new TensorNames(renamed.build(), fileNames, absent, notes);
        }

        private String fileName(String name) {
            return fileNames.getOrDefault(name, name);
        }

        private void find(String name, String value) {
            if (!StateDict.NAME.matcher(name).matches()) {
                throw new ModelException(
                        file,
                        "--tensor-names: '" + name + "' is not a name of PyTorch's: expected weight_ih_l0,"
                                + " weight_hh_l0, bias_ih_l0, ... and what the file calls each, as in weight_ih_l0=W_x");
            }
            boolean turn = !tensors.has(value) && value.endsWith(TURNED);
            String fileName = turn ? value.substring(0, value.length() - TURNED.length()) : value;
            if (!tensors.has(fileName)) {
                throw new ModelException(
                        file,
                        "--tensor-names: no tensor '" + fileName + "'; the file has: "
                                + ZipRecords.few(List.copyOf(tensors.names())));
            }
            fileNames.put(name, fileName);
            if (turn) {
                if (tensors.shape(fileName).rank() != 2) {
                    throw new ModelException(
                            file,
                            "--tensor-names: " + name + "=" + value + ": '" + fileName + "' is "
                                    + tensors.shape(fileName) + ", no matrix that could be turned");
                }
                said = true;
                turned.add(name);
            }
        }

        /** Finds which of the matrices are the other way round. */
        private void turn() {
            if (said || fileNames.keySet().stream().anyMatch(name -> name.contains("weight_hr_l"))) {
                return;
            }
            Set<String> standing = new LinkedHashSet<>();
            Set<String> other = new LinkedHashSet<>();
            Set<String> square = new LinkedHashSet<>();
            for (String name : fileNames.keySet()) {
                Shape shape = tensors.shape(fileName(name));
                long rows = rows(name);
                if (shape.rank() == 2 && rows > 0) {
                    boolean stands = shape.size(0) == rows;
                    boolean fitsTurned = shape.size(1) == rows;
                    if (stands || fitsTurned) {
                        (stands && fitsTurned ? square : stands ? standing : other).add(name);
                    }
                }
            }
            turned.addAll(other);
            if (!other.isEmpty() && standing.isEmpty()) {
                turned.addAll(square);
            }
            if (!other.isEmpty()) {
                notes.add("taken the other way round, as in x W + h W: " + files(turned) + ", for "
                        + shapes(other) + "; if one is not, say what is with --tensor-names, as in "
                        + example(other));
            } else if (standing.isEmpty() && !square.isEmpty()) {
                notes.add(files(square) + (square.size() == 1 ? " is" : " are")
                        + " square, so it cannot be told which way round: W x + W h was assumed. If the network was"
                        + " written x W + h W, say --tensor-names " + example(square));
            }
        }

        /** G*H by the shape of weight_hh of the same layer and direction; 0 when that is not known. */
        private long rows(String name) {
            Matcher matcher = StateDict.NAME.matcher(name);
            if (!matcher.matches() || !matcher.group(2).startsWith("weight_")) {
                return 0;
            }
            String hh = fileName(name.replaceFirst("weight_ih_l", "weight_hh_l"));
            if (!tensors.has(hh) || tensors.shape(hh).rank() != 2) {
                return 0;
            }
            Shape shape = tensors.shape(hh);
            return Math.max(shape.size(0), shape.size(1));
        }

        private String files(Set<String> names) {
            return String.join(", ", names.stream().map(this::fileName).toList());
        }

        private String shapes(Set<String> names) {
            return String.join(
                    ", ",
                    names.stream()
                            .map(name -> fileName(name) + " is " + tensors.shape(fileName(name)))
                            .toList());
        }

        private String example(Set<String> names) {
            return String.join(
                    ",",
                    names.stream()
                            .map(name -> name + "=" + fileName(name) + TURNED)
                            .toList());
        }

        private void add(Tensors.Builder renamed, String name, String fileName) {
            Shape shape = tensors.shape(fileName);
            boolean turn = turned.contains(name);
            Shape seen = turn ? Shape.of(shape.size(1), shape.size(0)) : name.contains("bias_") ? flat(shape) : shape;
            renamed.add(name, tensors.dtype(fileName), seen, () -> {
                Tensor tensor = tensors.get(fileName);
                return turn || !seen.equals(shape) ? laidOut(tensor, seen) : tensor;
            });
        }

        /** A bias as one dimension. */
        private static Shape flat(Shape shape) {
            return shape.rank() == 2 && (shape.size(0) == 1 || shape.size(1) == 1) ? Shape.of(shape.elements()) : shape;
        }

        private static Tensor laidOut(Tensor tensor, Shape seen) {
            byte[] bytes = new byte[tensor.bytes().remaining()];
            tensor.bytes().get(bytes);
            byte[] packed = seen.rank() == 2
                    ? new Strided(bytes, tensor.dtype().byteSize(), 0, seen, 1, seen.size(0)).packed()
                    : bytes;
            return Tensor.of(tensor.dtype(), seen, packed);
        }

        private Tensor zeros(@Nullable String beside, DType dtype, Shape shape) {
            // As large as a tensor that the file has, so no larger than the file.
            long bytes = shape.elements() * dtype.byteSize();
            if (bytes > Integer.MAX_VALUE - 16) {
                throw new ModelException(file, "tensor " + beside + " is larger than 2 GiB");
            }
            return Tensor.of(dtype, shape, new byte[(int) bytes]);
        }
    }
}
