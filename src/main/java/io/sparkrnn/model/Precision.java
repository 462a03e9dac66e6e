package io.sparkrnn.model;

/** The arithmetic of a forward pass, and the type of its results. */
public enum Precision {
    FLOAT32(Float.BYTES),
    FLOAT64(Double.BYTES);

    private final int byteSize;

    Precision(int byteSize) {
        this.byteSize = byteSize;
    }

    /** Bytes of one number. */
    public int byteSize() {
        return byteSize;
    }

    @Override
    public String toString() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
