package io.sparkrnn.tensor;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A dense tensor: its type, its shape, and its elements in row-major (C) order, little-endian. Immutable; small enough
 * for one Java array (2 GiB), which is far beyond any recurrent layer.
 */
public final class Tensor implements Serializable {
    private static final long serialVersionUID = 1;

    private final DType dtype;
    private final Shape shape;
    private final byte[] data;

    private Tensor(DType dtype, Shape shape, byte[] data) {
        this.dtype = dtype;
        this.shape = shape;
        this.data = data;
    }

    /**
     * A tensor over {@code data}, which is kept, not copied: the caller must not modify it afterwards.
     *
     * @param data the elements, row-major, little-endian
     * @throws IllegalArgumentException when the length of {@code data} is not that of the shape and type
     */
    public static Tensor of(DType dtype, Shape shape, byte[] data) {
        // Not elements() * byteSize(), which could overflow.
        if (data.length % dtype.byteSize() != 0 || data.length / dtype.byteSize() != shape.elements()) {
            throw new IllegalArgumentException(data.length + " bytes for " + dtype + " " + shape);
        }
        return new Tensor(dtype, shape, data);
    }

    /** A float32 tensor with a copy of {@code values}, row-major. */
    public static Tensor ofFloats(Shape shape, float... values) {
        ByteBuffer buffer = ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.asFloatBuffer().put(values);
        return of(DType.FLOAT32, shape, buffer.array());
    }

    /** A float64 tensor with a copy of {@code values}, row-major. */
    public static Tensor ofDoubles(Shape shape, double... values) {
        ByteBuffer buffer = ByteBuffer.allocate(Math.multiplyExact(values.length, Double.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        buffer.asDoubleBuffer().put(values);
        return of(DType.FLOAT64, shape, buffer.array());
    }

    public DType dtype() {
        return dtype;
    }

    public Shape shape() {
        return shape;
    }

    /** A read-only view of the elements' bytes, little-endian, position 0. */
    public ByteBuffer bytes() {
        return ByteBuffer.wrap(data).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The elements as float32, in a new array: exact for float32, float16 and bfloat16, rounded to nearest for float64.
     *
     * @throws IllegalStateException for any other type
     */
    public float[] toFloats() {
        float[] values = new float[Math.toIntExact(shape.elements())];
        ByteBuffer bytes = bytes();
        switch (dtype) {
            case FLOAT32 -> bytes.asFloatBuffer().get(values);
            case FLOAT64 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) bytes.getDouble();
                }
            }
            case FLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = float16(bytes.getShort());
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(bytes.getShort() << 16);
                }
            }
            default -> throw new IllegalStateException("a tensor of " + dtype + " has no float values");
        }
        return values;
    }

    /**
     * The elements as float64, in a new array: exact for every type it takes.
     *
     * @throws IllegalStateException for a type other than float64, float32, float16 and bfloat16
     */
    public double[] toDoubles() {
        double[] values = new double[Math.toIntExact(shape.elements())];
        if (dtype == DType.FLOAT64) {
            bytes().asDoubleBuffer().get(values);
        } else {
            float[] floats = toFloats();
            for (int i = 0; i < values.length; i++) {
                values[i] = floats[i];
            }
        }
        return values;
    }

    /**
     * The elements as 64-bit integers, in a new array.
     *
     * @throws IllegalStateException for a type that is not an integer of up to 64 bits
     */
    public long[] toLongs() {
        long[] values = new long[Math.toIntExact(shape.elements())];
        ByteBuffer bytes = bytes();
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (dtype) {
                case INT64 -> bytes.getLong();
                case INT32 -> bytes.getInt();
                case INT16 -> bytes.getShort();
                case INT8 -> bytes.get();
                case UINT8, BOOL -> bytes.get() & 0xff;
                case UINT16 -> bytes.getShort() & 0xffff;
                case UINT32 -> bytes.getInt() & 0xffff_ffffL;
                default -> throw new IllegalStateException("a tensor of " + dtype + " has no integer values");
            };
        }
        return values;
    }

    /** IEEE 754 binary16 to binary32, exact; a NaN stays a NaN. (Float.float16ToFloat comes with Java 20 only.) */
    private static float float16(short half) {
        int sign = (half & 0x8000) << 16;
        int exponent = (half >> 10) & 0x1f;
        int fraction = half & 0x3ff;
        if (exponent == 0x1f) {
            return Float.intBitsToFloat(sign | 0x7f80_0000 | fraction << 13);
        }
        if (exponent == 0) {
            // Zero or subnormal: the fraction counts units of 2^-24.
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
    }

    /** Type and shape, not the elements. */
    @Override
    public String toString() {
        return dtype + " " + shape;
    }
}
