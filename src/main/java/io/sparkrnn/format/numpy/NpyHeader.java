package io.sparkrnn.format.numpy;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The header of a NumPy array file
 * (<a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">numpy.lib.format</a>), versions 1.0,
 * 2.0 and 3.0.
 *
 * <pre>
 *   byte 0     0x93 'N' 'U' 'M' 'P' 'Y'
 *   byte 6     major, minor version
 *   byte 8     the length of the text: 2 bytes in version 1, 4 in versions 2 and 3; unsigned, little-endian
 *   ...        the text: {'descr': '&lt;f4', 'fortran_order': False, 'shape': (8, 5), } and spaces, a line feed at its end
 *   ...        the elements
 * </pre>
 *
 * @param type the element's type; empty for one that is not of numbers: text, dates, records
 * @param itemSize bytes of one element; 0 where {@code type} is empty
 * @param bigEndian whether the elements are in big-endian order
 * @param fortranOrder whether the first dimension is the innermost
 * @param length bytes of the header, the magic included: where the elements begin
 */
record NpyHeader(Optional<DType> type, int itemSize, boolean bigEndian, boolean fortranOrder, Shape shape, int length) {
    /** Bytes that are enough for the header of any array of plain numbers. */
    static final int LONGEST = 1 << 16;

    /** What NumPy itself allows at most. */
    private static final int MOST_DIMENSIONS = 64;

    private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
    // Possessive throughout, and no group is repeated: neither time nor stack grow beyond the text's length.
    private static final String DESCR_ENTRY = "'descr'\\s*+:\\s*+(?:'([^']*+)'|\"([^\"]*+)\"|(\\[))";
    private static final String ORDER_ENTRY = "'fortran_order'\\s*+:\\s*+(True|False)";
    private static final String SHAPE_ENTRY = "'shape'\\s*+:\\s*+\\(([0-9L,\\s]*+)\\)";
    private static final Pattern DESCR = Pattern.compile(DESCR_ENTRY);
    private static final Pattern ORDER = Pattern.compile(ORDER_ENTRY);
    private static final Pattern SHAPE = Pattern.compile(SHAPE_ENTRY);
    /** The three entries, in any order, and nothing else. */
    private static final Pattern TEXT = Pattern.compile("\\{\\s*+E\\s*+,\\s*+E\\s*+,\\s*+E\\s*+,?+\\s*+\\}\\s*+"
            .replace("E", "(?:" + DESCR_ENTRY + "|" + ORDER_ENTRY + "|" + SHAPE_ENTRY + ")"));

    private static final Pattern TYPE = Pattern.compile("([<>|=])([a-zA-Z])(\\d{0,9})(\\[.*\\])?");

    private static final Map<String, DType> TYPES = Map.ofEntries(
            Map.entry("f8", DType.FLOAT64),
            Map.entry("f4", DType.FLOAT32),
            Map.entry("f2", DType.FLOAT16),
            Map.entry("c8", DType.COMPLEX64),
            Map.entry("c16", DType.COMPLEX128),
            Map.entry("i8", DType.INT64),
            Map.entry("i4", DType.INT32),
            Map.entry("i2", DType.INT16),
            Map.entry("i1", DType.INT8),
            Map.entry("u8", DType.UINT64),
            Map.entry("u4", DType.UINT32),
            Map.entry("u2", DType.UINT16),
            Map.entry("u1", DType.UINT8),
            Map.entry("b1", DType.BOOL));

    /**
     * Reads a header.
     *
     * @param file what messages call the file
     * @param part what messages call the array
     * @param start the first bytes of the array file: {@link #LONGEST} of them, or all
     * @throws ModelException when it is not a sound header, or is of an array that is not read
     */
    static NpyHeader read(String file, String part, byte[] start) {
        return new Reader(file, part).read(start);
    }

    private record Reader(String file, String part) {
        NpyHeader read(byte[] start) {
            ByteBuffer bytes = ByteBuffer.wrap(start).order(ByteOrder.LITTLE_ENDIAN);
            for (byte expected : MAGIC) {
                if (!bytes.hasRemaining() || bytes.get() != expected) {
                    throw problem("does not start as a NumPy array file");
                }
            }
            if (bytes.remaining() < 6) {
                throw problem("ends within its header");
            }
            int major = bytes.get() & 0xff;
            int minor = bytes.get() & 0xff;
            if (major < 1 || major > 3 || minor != 0) {
                throw problem("is of format version " + major + "." + minor + "; read are 1.0, 2.0 and 3.0");
            }
            long count = major == 1 ? bytes.getShort() & 0xffff : bytes.getInt() & 0xffff_ffffL;
            if (count > bytes.remaining()) {
                throw problem("should have a header of " + count + " bytes, "
                        + (start.length == LONGEST
                                ? "far more than an array of numbers needs"
                                : "but ends before: it was probably cut off"));
            }
            // Every character that matters is ASCII, whatever the version's encoding.
            String text = new String(start, bytes.position(), (int) count, StandardCharsets.ISO_8859_1);
            return parse(text, bytes.position() + (int) count);
        }

        private NpyHeader parse(String text, int length) {
            Matcher descr = DESCR.matcher(text);
            Matcher order = ORDER.matcher(text);
            Matcher shape = SHAPE.matcher(text);
            boolean found = descr.find();
            if (found && descr.group(3) != null) {
                // A list of fields: a record array, whose header has entries of its own.
                return new NpyHeader(Optional.empty(), 0, false, false, Shape.of(), length);
            }
            if (!found || !order.find() || !shape.find() || !TEXT.matcher(text).matches()) {
                throw problem(
                        "should say {'descr': ..., 'fortran_order': ..., 'shape': (...)} in its header, which says "
                                + text.substring(0, Math.min(200, text.length()))
                                        .trim());
            }
            String type = descr.group(1) != null ? descr.group(1) : descr.group(2);
            Matcher parts = TYPE.matcher(type);
            if (!parts.matches()) {
                throw problem("is of type '" + type + "', which is none of NumPy's");
            }
            String kind = parts.group(2);
            if (kind.equals("O")) {
                throw problem(
                        "holds Python objects, which would have to be unpickled: that is never done. Save arrays of"
                                + " numbers, in Python: numpy.savez(path, **{name: tensor.numpy() for name, tensor in"
                                + " module.state_dict().items()})");
            }
            if ("SUVMma".contains(kind)) {
                return new NpyHeader(Optional.empty(), 0, false, false, Shape.of(), length);
            }
            DType dtype = TYPES.get(kind + parts.group(3));
            if (dtype == null || parts.group(4) != null) {
                throw problem(
                        "is of type '" + type + "'; read are the floats f2, f4, f8, the integers i1 to i8 and u1 to"
                                + " u8, and b1. Save it as one of them, in Python: array.astype('f4')");
            }
            return new NpyHeader(
                    Optional.of(dtype),
                    dtype.byteSize(),
                    parts.group(1).equals(">"),
                    order.group(1).equals("True"),
                    shape(shape.group(1)),
                    length);
        }

        private Shape shape(String text) {
            String[] numbers = text.isBlank() ? new String[0] : text.split(",", MOST_DIMENSIONS + 2);
            // One dimension is written (8,): a comma at the end is no further number.
            int count =
                    numbers.length > 0 && numbers[numbers.length - 1].isBlank() ? numbers.length - 1 : numbers.length;
            if (count > MOST_DIMENSIONS) {
                throw problem("has more than the " + MOST_DIMENSIONS + " dimensions that NumPy allows");
            }
            try {
                return Shape.of(Stream.of(numbers)
                        .limit(count)
                        // Python 2 wrote 8L.
                        .map(number -> number.trim().replaceFirst("L$", ""))
                        .mapToLong(Long::parseLong)
                        .toArray());
            } catch (IllegalArgumentException e) {
                throw problem("is of shape (" + text + "), which no array has");
            }
        }

        private ModelException problem(String what) {
            return new ModelException(file, "array '" + part + "' " + what);
        }
    }
}
