package io.sparkrnn.format.hdf5;

import io.jhdf.HdfFile;
import io.jhdf.api.Attribute;
import io.jhdf.api.Group;
import io.jhdf.api.Node;
import io.jhdf.api.dataset.ContiguousDataset;
import io.jhdf.object.datatype.DataType;
import io.jhdf.object.datatype.FixedPoint;
import io.jhdf.object.datatype.FloatingPoint;
import io.jhdf.object.datatype.OpaqueDataType;
import io.jhdf.object.datatype.OrderedDataType;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Strided;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * The arrays of numbers and the texts of an HDF5 file
 * (<a href="https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html">its format</a>), found with <a
 * href="https://jhdf.io">jHDF</a>. Links are not followed, so no other file is ever opened; arrays in chunks, which may be
 * compressed, are left out.
 *
 * <p>jHDF believes what a file says. So it gets the file as bytes in memory, of which it can take slices but nothing more;
 * it only tells where arrays are, never reads one; and what it does with a hostile file (endless recursion, lists without
 * end, any exception) stays in one thread with a small stack and a deadline, and ends as a {@link ModelException}.
 */
public final class Hdf5 {
    /** The largest file that is read, in bytes: it is held in memory. */
    public static final long LARGEST = 1L << 30;

    private static final byte[] SIGNATURE = {(byte) 0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    /** Bytes of the smallest superblock, of the version that has its end last. */
    private static final int SHORTEST = 52;

    private static final int MOST_NODES = 100_000;
    private static final int MOST_NESTED = 32;
    private static final int MOST_TEXTS = 1_000_000;
    private static final long STACK_BYTES = 1 << 20;
    private static final long SECONDS = 20;

    /** The attributes that are read: Keras' own. */
    private static final Set<String> ATTRIBUTES =
            Set.of("model_config", "keras_version", "layer_names", "weight_names", "dtype");

    private final byte[] bytes;
    private final String file;
    private final Map<String, Array> arrays = new LinkedHashMap<>();
    private final Map<String, Map<String, List<String>>> texts = new HashMap<>();
    private final Set<Long> groups = new HashSet<>();
    private int nodes;

    /** Where an array is: a stretch of the file, its elements in row-major order. */
    private record Array(DType dtype, Shape shape, int from, int length, ByteOrder order) {}

    private Hdf5(byte[] bytes, String file) {
        this.bytes = bytes;
        this.file = file;
    }

    /**
     * Reads the directory of a file.
     *
     * @param bytes the whole file, kept
     * @param file what messages call the file
     * @throws ModelException when it is damaged, or too much of a riddle
     */
    public static Hdf5 of(byte[] bytes, String file) {
        Hdf5 read = new Hdf5(bytes, file);
        read.checkEnds();
        FutureTask<@Nullable Object> task = new FutureTask<>(read::contained, null);
        Thread thread = new Thread(null, task, "spark-rnn-hdf5", STACK_BYTES);
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            throw new ModelException(
                    file, "its HDF5 structure cannot be read in " + SECONDS + " seconds: the file is damaged", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ModelException(file, "reading it was interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ModelException problem) {
                throw problem;
            }
            throw new IllegalStateException(e.getCause());
        }
        return read;
    }

    private void contained() {
        try {
            read();
        } catch (ModelException e) {
            throw e;
            // jHDF checks little: a damaged file may give any unchecked exception, a failed assertion, recursion
            // without end,
            // or a list that is longer than memory. All that is held is dropped with this thread.
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError | AssertionError e) {
            arrays.clear();
            texts.clear();
            throw new ModelException(
                    file,
                    "its HDF5 structure is damaged, or has something that is not read ("
                            + (e instanceof RuntimeException
                                    ? reason(e)
                                    : e.getClass().getSimpleName())
                            + "). Copy or save it again",
                    e);
        }
    }

    /** The innermost message, which says what is wrong, where the outer ones say only which node. */
    private static String reason(Throwable e) {
        Throwable innermost = e;
        for (int i = 0; i < 20 && innermost.getCause() != null; i++) {
            innermost = innermost.getCause();
        }
        return innermost.getMessage() == null ? innermost.getClass().getSimpleName() : innermost.getMessage();
    }

    private void read() {
        try (HdfFile hdf = HdfFile.fromByteBuffer(ByteBuffer.wrap(bytes))) {
            if (hdf.getUserBlockSize() != 0) {
                throw problem(
                        "its HDF5 part begins at byte " + hdf.getUserBlockSize() + ", which Keras does not write");
            }
            walk(hdf, "", 0);
        }
    }

    /** Checks how it starts, and that it is whole: the superblock has its end at byte 40, 44 or 28, by its version at byte 8. */
    private void checkEnds() {
        if (bytes.length < SHORTEST || !Arrays.equals(bytes, 0, SIGNATURE.length, SIGNATURE, 0, SIGNATURE.length)) {
            throw problem(
                    "its HDF5 part, of " + bytes.length + " bytes, does not start as HDF5. Copy or save it again");
        }
        int at = bytes[8] == 0 ? 40 : bytes[8] == 1 ? 44 : 28;
        long end = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(at);
        if (end < 0 || end > bytes.length) {
            throw problem("its HDF5 part should have " + Long.toUnsignedString(end) + " bytes, but has " + bytes.length
                    + ". It was probably cut off: copy or save it again");
        }
    }

    private void walk(Group group, String path, int depth) {
        // A group can be reached by several names, or from within itself.
        if (!groups.add(group.getAddress())) {
            return;
        }
        if (depth > MOST_NESTED) {
            throw problem("its groups are nested more than " + MOST_NESTED + " deep, at " + path);
        }
        attributes(group, path);
        for (Map.Entry<String, Node> child : group.getChildren().entrySet()) {
            if (++nodes > MOST_NODES) {
                throw problem("it has more than " + MOST_NODES + " groups and arrays");
            }
            Node node = child.getValue();
            String name = path.isEmpty() ? child.getKey() : path + "/" + child.getKey();
            if (node.isLink()) {
                continue;
            }
            if (node instanceof Group inner) {
                walk(inner, name, depth + 1);
            } else if (node instanceof ContiguousDataset array) {
                add(array, name);
            }
        }
    }

    private void attributes(Node node, String path) {
        Map<String, List<String>> found = new HashMap<>();
        for (Map.Entry<String, Attribute> entry : node.getAttributes().entrySet()) {
            // What does not fit one attribute is spread over layer_names0, layer_names1, ...
            String name = entry.getKey().replaceFirst("\\d+$", "");
            if (!ATTRIBUTES.contains(name) || entry.getValue().isEmpty()) {
                continue;
            }
            Attribute attribute = entry.getValue();
            long count = Shape.of(attribute.getDimensionsAsLong()).elements();
            long length = Math.multiplyExact(count, attribute.getDataType().getSize());
            if (count > MOST_TEXTS || length > attribute.getBuffer().capacity()) {
                throw problem("attribute " + entry.getKey() + " of '" + path + "' has " + count
                        + " texts, more than there are bytes for them");
            }
            Object data = attribute.getData();
            if (data instanceof String text) {
                found.put(entry.getKey(), List.of(text));
            } else if (data instanceof String[] several) {
                found.put(entry.getKey(), List.copyOf(Arrays.asList(several)));
            }
        }
        if (!found.isEmpty()) {
            texts.put(path, found);
        }
    }

    private void add(ContiguousDataset array, String path) {
        DType dtype = dtype(array, path);
        if (dtype == null) {
            return;
        }
        Shape shape = Shape.of(array.getDimensionsAsLong());
        long length = Math.multiplyExact(shape.elements(), dtype.byteSize());
        long from = length == 0 ? 0 : array.getDataAddress();
        if (from < 0 || from > bytes.length - length) {
            throw problem("array '" + path + "', " + dtype + " " + shape + ", should have " + length
                    + " bytes from byte " + from + " on; the HDF5 file has " + bytes.length);
        }
        ByteOrder order =
                array.getDataType() instanceof OrderedDataType typed ? typed.getByteOrder() : ByteOrder.LITTLE_ENDIAN;
        arrays.put(path, new Array(dtype, shape, (int) from, (int) length, order));
    }

    private @Nullable DType dtype(ContiguousDataset array, String path) {
        DataType type = array.getDataType();
        if (type instanceof FloatingPoint real) {
            return switch (type.getSize()) {
                case 8 -> DType.FLOAT64;
                case 4 -> DType.FLOAT32;
                case 2 -> real.getExponentSize() == 8 ? DType.BFLOAT16 : DType.FLOAT16;
                default -> null;
            };
        }
        if (type instanceof FixedPoint whole) {
            return switch (type.getSize()) {
                case 8 -> whole.isSigned() ? DType.INT64 : DType.UINT64;
                case 4 -> whole.isSigned() ? DType.INT32 : DType.UINT32;
                case 2 -> whole.isSigned() ? DType.INT16 : DType.UINT16;
                case 1 -> whole.isSigned() ? DType.INT8 : DType.UINT8;
                default -> null;
            };
        }
        // NumPy has no bfloat16; Keras notes it beside two bytes without a type.
        if (type instanceof OpaqueDataType && type.getSize() == 2) {
            attributes(array, path);
            return text(path, "dtype").equals(List.of("bfloat16")) ? DType.BFLOAT16 : null;
        }
        return null;
    }

    /** All arrays of numbers, by path, such as {@code layers/lstm/cell/vars/0}. */
    public Tensors tensors() {
        Tensors.Builder tensors = Tensors.builder(file);
        arrays.forEach((path, array) -> tensors.add(path, array.dtype(), array.shape(), () -> load(array)));
        return tensors.build();
    }

    private Tensor load(Array array) {
        byte[] elements = Arrays.copyOfRange(bytes, array.from(), array.from() + array.length());
        if (array.order() == ByteOrder.BIG_ENDIAN) {
            Strided.swap(elements, array.dtype().byteSize());
        }
        return Tensor.of(array.dtype(), array.shape(), elements);
    }

    /**
     * The text or texts of an attribute; empty when there is none.
     *
     * @param path of the group; empty for the top
     */
    public List<String> text(String path, String attribute) {
        Map<String, List<String>> found = texts.getOrDefault(path, Map.of());
        List<String> whole = found.get(attribute);
        if (whole != null) {
            return whole;
        }
        List<String> parts = new ArrayList<>();
        for (int i = 0; found.containsKey(attribute + i); i++) {
            parts.addAll(found.getOrDefault(attribute + i, List.of()));
        }
        return parts;
    }

    private ModelException problem(String what) {
        return new ModelException(file, what);
    }
}
