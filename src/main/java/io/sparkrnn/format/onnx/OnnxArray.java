package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.Strided;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The elements of a tensor in memory, row-major, little-endian, and what ONNX's operators that move numbers make of
 * them. The array is not modified once it is here; results may share it.
 */
record OnnxArray(DType dtype, Shape shape, byte[] data) {
    Tensor tensor() {
        return Tensor.of(dtype, shape, data);
    }

    /** The same elements in another shape of as many. */
    OnnxArray reshaped(Shape to) {
        return new OnnxArray(dtype, to, data);
    }

    /** The array whose dimension d is dimension {@code permutation[d]} of this. */
    OnnxArray transposed(int[] permutation) {
        long[] own = Strided.rowMajor(shape);
        long[] sizes = new long[permutation.length];
        long[] strides = new long[permutation.length];
        for (int d = 0; d < permutation.length; d++) {
            sizes[d] = shape.size(permutation[d]);
            strides[d] = own[permutation[d]];
        }
        Shape to = Shape.of(sizes);
        return new OnnxArray(dtype, to, new Strided(data, dtype.byteSize(), 0, to, strides).packed());
    }

    /** The elements {@code from}, {@code from + step}, ... of a dimension, {@code count} of them. */
    OnnxArray sliced(int dimension, long from, long count, long step) {
        long[] strides = Strided.rowMajor(shape);
        long offset = from * strides[dimension];
        strides[dimension] *= step;
        Shape to = with(shape, dimension, count);
        return new OnnxArray(dtype, to, new Strided(data, dtype.byteSize(), offset, to, strides).packed());
    }

    /** This array repeated along its dimensions of size 1 until it is of that shape. */
    OnnxArray expanded(Shape to) {
        long[] own = Strided.rowMajor(shape);
        long[] strides = new long[to.rank()];
        for (int d = 0; d < to.rank(); d++) {
            int ownDimension = d - (to.rank() - shape.rank());
            strides[d] = ownDimension < 0 || shape.size(ownDimension) == 1 ? 0 : own[ownDimension];
        }
        return new OnnxArray(dtype, to, new Strided(data, dtype.byteSize(), 0, to, strides).packed());
    }

    /** Arrays of one type one after the other along a dimension. */
    static OnnxArray concatenated(List<OnnxArray> arrays, int dimension, Shape to) {
        DType dtype = arrays.get(0).dtype;
        long outer = 1;
        for (int d = 0; d < dimension; d++) {
            outer *= to.size(d);
        }
        ByteBuffer joined = ByteBuffer.allocate(Math.toIntExact(to.elements() * dtype.byteSize()));
        for (int i = 0; i < outer && joined.hasRemaining(); i++) {
            for (OnnxArray array : arrays) {
                int part = (int) (array.data.length / outer);
                joined.put(array.data, i * part, part);
            }
        }
        return new OnnxArray(dtype, to, joined.array());
    }

    /** The elements as another type of float. */
    OnnxArray as(DType type) {
        return type == DType.FLOAT64
                ? of(Tensor.ofDoubles(shape, tensor().toDoubles()))
                : of(Tensor.ofFloats(shape, tensor().toFloats()));
    }

    /** The elements of a tensor, copied. */
    static OnnxArray of(Tensor tensor) {
        byte[] data = new byte[tensor.bytes().remaining()];
        tensor.bytes().get(data);
        return new OnnxArray(tensor.dtype(), tensor.shape(), data);
    }

    /** A shape with another size of one dimension. */
    static Shape with(Shape shape, int dimension, long size) {
        long[] sizes = new long[shape.rank()];
        for (int d = 0; d < sizes.length; d++) {
            sizes[d] = d == dimension ? size : shape.size(d);
        }
        return Shape.of(sizes);
    }
}
