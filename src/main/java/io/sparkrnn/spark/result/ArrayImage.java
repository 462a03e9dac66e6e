package io.sparkrnn.spark.result;

import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * The image of one array of Spark's, used again for row after row. The headers, all but the numbers, are written when the
 * shape is another than that of the row before.
 */
public final class ArrayImage {
    private final Precision precision;
    private final GraphOutput.Kind kind;
    private final UnsafeArrayData array = new UnsafeArrayData();
    private ByteBuffer image = ByteBuffer.allocate(0);
    private int rows = -1;

    /** Where in the array the image of the first row begins: what stands before has no numbers. */
    private int firstRow;

    /** What {@link #look} found. */
    private boolean nonFinite;

    private long hash;

    ArrayImage(Precision precision) {
        this(precision, GraphOutput.Kind.NUMBERS);
    }

    private ArrayImage(Precision precision, GraphOutput.Kind kind) {
        this.precision = precision;
        this.kind = kind;
    }

    /** One of whole numbers, which take as much room as those of float64. */
    static ArrayImage ofWholes() {
        return new ArrayImage(Precision.FLOAT64, GraphOutput.Kind.WHOLE_NUMBERS);
    }

    /** The array, whose numbers are those put into the image. */
    public UnsafeArrayData array() {
        return array;
    }

    /** The image. */
    ByteBuffer bytes() {
        return image;
    }

    /** Makes it the image of a matrix, {@link NestedArray}. All calls for one object are of as many columns. */
    void toMatrix(int newRows, int columns) {
        if (newRows == rows) {
            return;
        }
        rows = newRows;
        firstRow = NestedArray.first(rows);
        int size = NestedArray.bytes(rows, columns, precision);
        // Room for more than this row asks for, but one huge row must not hold its memory for the rest of the task.
        if (image.capacity() < size || image.capacity() > Math.max(1 << 20, 8L * size)) {
            image = allocate((int) Math.min(Integer.MAX_VALUE - 1024, size + size / 4L));
        }
        NestedArray.writeHeaders(image.array(), Platform.BYTE_ARRAY_OFFSET, rows, columns, precision);
        array.pointTo(image.array(), Platform.BYTE_ARRAY_OFFSET, size);
    }

    /**
     * Makes it an image in memory of others, which has its numbers already.
     *
     * @param values float32
     * @param at where the image begins
     */
    void toMatrix(float[] values, int at, int newRows, int columns) {
        firstRow = NestedArray.first(newRows);
        long byteAt = Platform.FLOAT_ARRAY_OFFSET + (long) at * Float.BYTES;
        NestedArray.writeHeaders(values, byteAt, newRows, columns, Precision.FLOAT32);
        array.pointTo(values, byteAt, NestedArray.bytes(newRows, columns, Precision.FLOAT32));
    }

    /** Makes it the image of an {@code array<number>} of so many numbers, as many as each row has. */
    void toList(int count) {
        if (count == rows) {
            return;
        }
        rows = count;
        int header = NestedArray.rowHeader(count);
        int size = NestedArray.stride(count, precision);
        if (image.capacity() < size || image.capacity() > Math.max(1 << 20, 8L * size)) {
            image = allocate((int) Math.min(Integer.MAX_VALUE - 1024, size + size / 4L));
        }
        NestedArray.writeRowHeader(image.array(), Platform.BYTE_ARRAY_OFFSET, count, header);
        if (size > header) {
            // An odd number of floats: the padding.
            image.putLong(size - Long.BYTES, 0);
        }
        array.pointTo(image.array(), Platform.BYTE_ARRAY_OFFSET, size);
    }

    /** Makes it the image of a row by itself, an {@code array<number>}. */
    void toRow(int columns) {
        image = allocate(NestedArray.stride(columns, precision));
        NestedArray.writeRowHeader(image.array(), Platform.BYTE_ARRAY_OFFSET, columns, NestedArray.rowHeader(columns));
        array.pointTo(image.array(), Platform.BYTE_ARRAY_OFFSET, image.capacity());
    }

    /**
     * Makes it the image of rows of different widths.
     *
     * @return the byte at which the first number of each row goes
     */
    int[] toStates(StateLayout states) {
        int count = states.count();
        int[] at = new int[count];
        firstRow = NestedArray.first(count);
        int end = firstRow;
        for (int row = 0; row < count; row++) {
            at[row] = end;
            end = Math.addExact(end, NestedArray.stride(states.width(row), precision));
        }
        image = allocate(end);
        byte[] bytes = image.array();
        int offsets = UnsafeArrayData.calculateHeaderPortionInBytes(count);
        NestedArray.writeRowHeader(bytes, Platform.BYTE_ARRAY_OFFSET, count, offsets);
        for (int row = 0; row < count; row++) {
            int columns = states.width(row);
            int size = NestedArray.stride(columns, precision);
            image.putLong(offsets + row * Long.BYTES, (long) at[row] << Integer.SIZE | size);
            int header = NestedArray.rowHeader(columns);
            NestedArray.writeRowHeader(bytes, Platform.BYTE_ARRAY_OFFSET + (long) at[row], columns, header);
            at[row] += header;
        }
        array.pointTo(bytes, Platform.BYTE_ARRAY_OFFSET, end);
        return at;
    }

    /** Whether a number of it was NaN or an infinity when it was looked at. */
    public boolean hasNonFinite() {
        return nonFinite;
    }

    /** A hash of its numbers and their shape as they were when it was looked at. */
    public long hash() {
        return hash;
    }

    /** The number at a byte of the array, in its precision. */
    public double number(int at) {
        Object base = array.getBaseObject();
        long place = array.getBaseOffset() + at;
        return precision == Precision.FLOAT32 ? Platform.getFloat(base, place) : Platform.getDouble(base, place);
    }

    /** Goes over its numbers once, which makes {@link #hasNonFinite} and {@link #hash} those of now. */
    public void look() {
        Object base = array.getBaseObject();
        long at = array.getBaseOffset() + firstRow;
        int bytes = array.getSizeInBytes() - firstRow;
        // Most states are below 2 in size, and then no number has the highest bit of an exponent: all can be or-ed.
        // Headers and padding are small integers, which have no such bit.
        long topBits = precision == Precision.FLOAT32 ? 0x4000_0000_4000_0000L : 0x4000_0000_0000_0000L;
        long bits = joined(base, at, bytes);
        nonFinite = kind == GraphOutput.Kind.NUMBERS
                && (bits & topBits) != 0
                && (precision == Precision.FLOAT32
                        ? hasFullExponent(base, at, bytes, 0x7f80_0000_7f80_0000L, 0x0080_0000_0080_0000L)
                        : hasFullExponent(base, at, bytes, 0x7ff0_0000_0000_0000L, 0x0010_0000_0000_0000L));
    }

    /**
     * All words, or-ed, while the hash is made of them: in each of four chains a polynomial of its words, modulo 2^64, at an
     * odd number, so that no single word can change and leave it as it was. Four chains, because one would wait for itself
     * at each word.
     */
    private long joined(Object base, long at, int bytes) {
        long first = bytes;
        long second = 0;
        long third = 0;
        long fourth = 0;
        long a = 0;
        long b = 0;
        long c = 0;
        long d = 0;
        int i = 0;
        for (; i <= bytes - 4 * Long.BYTES; i += 4 * Long.BYTES) {
            long word = Platform.getLong(base, at + i);
            a |= word;
            first = first * Hash.ODD + word;
            word = Platform.getLong(base, at + i + Long.BYTES);
            b |= word;
            second = second * Hash.ODD + word;
            word = Platform.getLong(base, at + i + 2 * Long.BYTES);
            c |= word;
            third = third * Hash.ODD + word;
            word = Platform.getLong(base, at + i + 3 * Long.BYTES);
            d |= word;
            fourth = fourth * Hash.ODD + word;
        }
        for (; i < bytes; i += Long.BYTES) {
            long word = Platform.getLong(base, at + i);
            a |= word;
            first = first * Hash.ODD + word;
        }
        hash = Hash.joined(Hash.joined(first, second), Hash.joined(third, fourth));
        return a | b | c | d;
    }

    /**
     * Whether a number has all bits of its exponent, as NaN and infinities alone have.
     *
     * @param exponents the bits of the exponent in a word, of each of its numbers
     * @param ones the lowest bit of each: added to all ones it carries to where the sign was, and never further
     */
    private static boolean hasFullExponent(Object base, long at, int bytes, long exponents, long ones) {
        long carried = 0;
        for (int i = 0; i < bytes; i += Long.BYTES) {
            carried |= (Platform.getLong(base, at + i) & exponents) + ones;
        }
        return (carried & (exponents << 1) & ~exponents) != 0;
    }

    private static ByteBuffer allocate(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }
}
