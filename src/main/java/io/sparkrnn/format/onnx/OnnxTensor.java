package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of an ONNX file (TensorProto): its type, its shape, and where its elements are.
 *
 * <pre>
 *   raw_data      the elements, little-endian                  external_data   likewise, in a file beside this one
 *   float_data    float32 and complex64, 4 bytes a number      double_data     float64 and complex128
 *   int32_data    a varint an element: integers of up to 32 bits, and the bits of float16 and bfloat16
 *   int64_data    a varint an element                          uint64_data     a varint an element: uint32 and uint64
 * </pre>
 *
 * @param typeName ONNX's name of its type
 * @param dtype null for a type that is not read, such as text
 * @param field the number of the field that the elements are in; 0 for external data, and for none
 * @param chunks where that field is, mostly in one piece
 */
record OnnxTensor(
        String name,
        String typeName,
        @Nullable DType dtype,
        Shape shape,
        int field,
        List<Region.InFile> chunks,
        @Nullable External external) {
    private static final int FLOATS = 4;
    private static final int INT32S = 5;
    private static final int INT64S = 7;
    private static final int RAW = 9;
    private static final int DOUBLES = 10;
    private static final int UINT64S = 11;

    private static final String[] TYPES = {
        "UNDEFINED",
        "FLOAT",
        "UINT8",
        "INT8",
        "UINT16",
        "INT16",
        "INT32",
        "INT64",
        "STRING",
        "BOOL",
        "FLOAT16",
        "DOUBLE",
        "UINT32",
        "UINT64",
        "COMPLEX64",
        "COMPLEX128",
        "BFLOAT16",
        "FLOAT8E4M3FN"
    };

    /**
     * Where elements outside of the file are, as the file says it.
     *
     * @param offset in bytes
     * @param length in bytes; -1 when not said
     */
    record External(String location, long offset, long length) {}

    /** ONNX's name of a type. */
    static String typeName(long type) {
        return type >= 0 && type < TYPES.length ? TYPES[(int) type] : "type " + type;
    }

    /** The type of a number; null for one that is not read. */
    static @Nullable DType dtype(long type) {
        return switch (typeName(type)) {
            case "FLOAT" -> DType.FLOAT32;
            case "DOUBLE" -> DType.FLOAT64;
            case "FLOAT8E4M3FN" -> DType.FLOAT8_E4M3;
            case "UINT8",
                    "INT8",
                    "UINT16",
                    "INT16",
                    "INT32",
                    "INT64",
                    "BOOL",
                    "FLOAT16",
                    "UINT32",
                    "UINT64",
                    "COMPLEX64",
                    "COMPLEX128",
                    "BFLOAT16" -> DType.valueOf(typeName(type));
            default -> null;
        };
    }

    /** Collects what is said of a tensor. */
    static final class Builder {
        private final List<Region.InFile> chunks = new ArrayList<>();
        private final Map<String, String> entries = new HashMap<>();
        private int field;
        private boolean mixed;

        void add(int dataField, Region.InFile chunk) {
            mixed |= field != 0 && (field != dataField || field == RAW);
            field = dataField;
            chunks.add(chunk);
        }

        void external(String key, String value) {
            entries.put(key, value);
        }

        /**
         * The tensor, checked.
         *
         * @param at its place in the file
         */
        OnnxTensor build(String file, long at, String name, long type, List<Long> dims, boolean outside) {
            Shape shape;
            try {
                shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
            } catch (IllegalArgumentException e) {
                throw new ModelException(file, "tensor '" + name + "' at byte " + at + " has " + e.getMessage(), e);
            }
            String title = "tensor '" + name + "' (" + typeName(type) + " " + shape + ", at byte " + at + ")";
            DType dtype = dtype(type);
            if (mixed || (outside && field != 0)) {
                throw new ModelException(file, title + " has its elements in several fields; expected one");
            }
            OnnxTensor tensor = new OnnxTensor(
                    name,
                    typeName(type),
                    dtype,
                    shape,
                    field,
                    List.copyOf(chunks),
                    outside ? outside(file, title) : null);
            if (dtype != null && !outside) {
                tensor.check(file, title, dtype);
            }
            return tensor;
        }

        private External outside(String file, String title) {
            String location = entries.getOrDefault("location", "");
            return new External(location, entry(file, title, "offset", 0), entry(file, title, "length", -1));
        }

        private long entry(String file, String title, String key, long absent) {
            String value = entries.get(key);
            if (value == null) {
                return absent;
            }
            try {
                long number = Long.parseLong(value);
                if (number >= 0) {
                    return number;
                }
            } catch (NumberFormatException e) {
                // Told below, like a negative number.
            }
            throw new ModelException(
                    file, title + " has '" + value + "' as " + key + " of its external data; expected a number");
        }
    }

    private void check(String file, String title, DType type) {
        long bytes = chunks.stream().mapToLong(Region::length).sum();
        boolean complex = type == DType.COMPLEX64 || type == DType.COMPLEX128;
        boolean fits = switch (field) {
            case 0 -> shape.elements() == 0;
            case RAW -> bytes % type.byteSize() == 0 && bytes / type.byteSize() == shape.elements();
            case FLOATS -> (type == DType.FLOAT32 || type == DType.COMPLEX64) && holds(bytes, Float.BYTES, complex);
            case DOUBLES -> (type == DType.FLOAT64 || type == DType.COMPLEX128) && holds(bytes, Double.BYTES, complex);
            // A varint has at least a byte; they are counted when they are read.
            case INT32S -> type.byteSize() <= 4 && type != DType.FLOAT32 && bytes >= shape.elements();
            case INT64S -> type == DType.INT64 && bytes >= shape.elements();
            default -> (type == DType.UINT32 || type == DType.UINT64) && bytes >= shape.elements();
        };
        if (!fits) {
            throw new ModelException(
                    file,
                    title + " does not make the " + bytes + " bytes that the file has for it in field " + field
                            + ". The file is damaged; copy or export it again");
        }
    }

    private boolean holds(long bytes, int size, boolean complex) {
        long numbers = bytes / size;
        return bytes % size == 0
                && (complex ? numbers % 2 == 0 && numbers / 2 == shape.elements() : numbers == shape.elements());
    }

    /**
     * Reads the elements.
     *
     * @throws ModelException when they are not what the shape asks for, or of a type that is not read
     */
    OnnxArray load(OnnxFiles files) {
        if (dtype == null) {
            throw files.problem("tensor '" + name + "' is of type " + typeName
                    + "; weights are FLOAT, DOUBLE, FLOAT16 or BFLOAT16. A quantised model must be exported before its"
                    + " quantisation");
        }
        int count = files.charge(shape, dtype, "tensor '" + name + "'");
        if (external != null) {
            return new OnnxArray(dtype, shape, files.external(this, external, count));
        }
        if (field == INT32S || field == INT64S || field == UINT64S) {
            return new OnnxArray(dtype, shape, varints(files, dtype, count));
        }
        ByteBuffer bytes = ByteBuffer.allocate(count);
        chunks.forEach(chunk -> bytes.put(chunk.read(0, (int) chunk.length())));
        return new OnnxArray(dtype, shape, bytes.array());
    }

    private byte[] varints(OnnxFiles files, DType type, int count) {
        ByteBuffer elements = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        long number = 0;
        int bits = 0;
        for (Region.InFile chunk : chunks) {
            for (byte next : chunk.read(0, (int) chunk.length())) {
                number |= bits < Long.SIZE ? (next & 0x7fL) << bits : 0;
                bits += 7;
                if (next < 0) {
                    continue;
                }
                if (elements.remaining() == 0) {
                    throw miscounted(files);
                }
                switch (type.byteSize()) {
                    case 1 -> elements.put((byte) number);
                    case 2 -> elements.putShort((short) number);
                    case 4 -> elements.putInt((int) number);
                    default -> elements.putLong(number);
                }
                number = 0;
                bits = 0;
            }
        }
        if (elements.remaining() > 0 || bits > 0) {
            throw miscounted(files);
        }
        return elements.array();
    }

    private ModelException miscounted(OnnxFiles files) {
        return files.problem(String.format(
                Locale.ROOT,
                "tensor '%s' (%s %s) has another number of elements in field %d, at byte %d. The file is damaged; copy or"
                        + " export it again",
                name,
                typeName,
                shape,
                field,
                chunks.get(0).start()));
    }

    /** Bytes of a file, or the cause why there is none. */
    static long size(java.nio.file.Path path, String name) {
        try {
            return java.nio.file.Files.size(path);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }
}
