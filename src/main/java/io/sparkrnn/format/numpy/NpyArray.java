package io.sparkrnn.format.numpy;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Strided;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/**
 * One NumPy array in a file: its header, read and held against its length; see {@link NpyHeader} for the bytes.
 *
 * @param file what messages call the file
 * @param array what messages call the array
 * @param length bytes of the whole array file, the header included
 */
record NpyArray(String file, String array, NpyHeader header, DType dtype, long length) {
    /**
     * The array of an array file.
     *
     * @param start the first bytes: {@link NpyHeader#LONGEST} of them, or all
     * @param length bytes of the whole array file
     * @return empty for an array that is not of numbers: text, dates, records
     * @throws ModelException when the header is unsound, or its array does not fill the rest of the file just so
     */
    static Optional<NpyArray> of(String file, String array, byte[] start, long length) {
        NpyHeader header = NpyHeader.read(file, array, start);
        if (header.type().isEmpty()) {
            return Optional.empty();
        }
        DType dtype = header.type().get();
        long elements = header.shape().elements();
        long bytes = length - header.length();
        if (bytes < 0 || bytes % dtype.byteSize() != 0 || bytes / dtype.byteSize() != elements) {
            throw new ModelException(
                    file,
                    "array '" + array + "' is " + dtype + " " + header.shape() + ", which does not make the " + bytes
                            + " bytes that " + array + ".npy has for it. The file is damaged; save it again");
        }
        return Optional.of(new NpyArray(file, array, header, dtype, length));
    }

    /** Refuses an array that no Java array can hold; to be asked before its bytes are read. */
    void checkSize() {
        if (length > Integer.MAX_VALUE - 16) {
            throw new ModelException(
                    file,
                    "array '" + array + "' is " + dtype + " " + header.shape()
                            + ", more than the 2 GiB that one tensor can have");
        }
    }

    /**
     * The array, brought to row-major little-endian order.
     *
     * @param whole the whole array file, {@link #length} bytes; not modified
     */
    Tensor decode(byte[] whole) {
        byte[] elements = Arrays.copyOfRange(whole, header.length(), whole.length);
        if (header.bigEndian()) {
            boolean complex = dtype == DType.COMPLEX64 || dtype == DType.COMPLEX128;
            Strided.swap(elements, complex ? dtype.byteSize() / 2 : dtype.byteSize());
        }
        if (header.fortranOrder()) {
            long[] strides = Strided.columnMajor(header.shape());
            elements = new Strided(elements, dtype.byteSize(), 0, header.shape(), strides).packed();
        }
        return Tensor.of(dtype, header.shape(), elements);
    }
}
