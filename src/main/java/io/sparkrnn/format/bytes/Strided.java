package io.sparkrnn.format.bytes;

import io.sparkrnn.tensor.Shape;
import java.nio.ByteBuffer;

/**
 * A view of an array, in the way of NumPy and PyTorch: the element at index (i, j, ...) is the element number {@code
 * offset + i * strides[0] + j * strides[1] + ...} of {@code source}.
 *
 * @param source the array's elements
 * @param itemSize bytes of one element
 * @param strides one for each dimension of {@code shape}, in elements; may be negative or 0
 */
public record Strided(byte[] source, int itemSize, long offset, Shape shape, long... strides) {
    /** The strides of an array of this shape whose last dimension is the innermost (row-major, C order). */
    public static long[] rowMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int d = shape.rank() - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape.size(d);
        }
        return strides;
    }

    /** The strides of an array of this shape whose first dimension is the innermost (column-major, Fortran order). */
    public static long[] columnMajor(Shape shape) {
        long[] strides = new long[shape.rank()];
        long stride = 1;
        for (int d = 0; d < shape.rank(); d++) {
            strides[d] = stride;
            stride *= shape.size(d);
        }
        return strides;
    }

    /** The view's elements in row-major order, in a new array. The view must be within its source. */
    public byte[] packed() {
        byte[] packed = new byte[Math.toIntExact(shape.elements() * itemSize)];
        if (packed.length > 0) {
            gather(0, offset, ByteBuffer.wrap(packed));
        }
        return packed;
    }

    /** Appends to {@code packed} the elements of dimension {@code d} and inwards that start at {@code element}. */
    private void gather(int d, long element, ByteBuffer packed) {
        if (d == shape.rank()) {
            packed.put(source, (int) (element * itemSize), itemSize);
        } else if (d == shape.rank() - 1 && strides[d] == 1) {
            packed.put(source, (int) (element * itemSize), (int) (shape.size(d) * itemSize));
        } else {
            for (long i = 0; i < shape.size(d); i++) {
                gather(d + 1, element + i * strides[d], packed);
            }
        }
    }

    /** Turns the bytes of each number around. */
    public static void swap(byte[] bytes, int unit) {
        for (int from = 0; from < bytes.length; from += unit) {
            for (int i = 0; i < unit / 2; i++) {
                byte first = bytes[from + i];
                bytes[from + i] = bytes[from + unit - 1 - i];
                bytes[from + unit - 1 - i] = first;
            }
        }
    }
}
