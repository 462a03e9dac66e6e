package io.sparkrnn.tensor;

/**
 * The type of a tensor's elements, by the names PyTorch gives them
 * (<a href="https://pytorch.org/docs/stable/tensor_attributes.html">torch.dtype</a>).
 */
public enum DType {
    FLOAT64(8),
    FLOAT32(4),
    FLOAT16(2),
    BFLOAT16(2),
    FLOAT8_E4M3(1),
    FLOAT8_E5M2(1),
    COMPLEX64(8),
    COMPLEX128(16),
    INT64(8),
    INT32(4),
    INT16(2),
    INT8(1),
    UINT64(8),
    UINT32(4),
    UINT16(2),
    UINT8(1),
    BOOL(1);

    private final int byteSize;

    DType(int byteSize) {
        this.byteSize = byteSize;
    }

    /** Bytes of one element. */
    public int byteSize() {
        return byteSize;
    }

    /** Whether a network's weights can be of this type: the IEEE floats of 16, 32 and 64 bits, and bfloat16. */
    public boolean isWeight() {
        return this == FLOAT64 || this == FLOAT32 || this == FLOAT16 || this == BFLOAT16;
    }

    /** PyTorch's name, such as {@code float32}. */
    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
