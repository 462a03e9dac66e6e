package io.sparkrnn.spark;

import java.io.Serializable;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A sequence that executors run before their first row; see {@link ScorerBuilder#prove}. Not to be modified. */
public final class ProofSequence implements Serializable {
    private static final long serialVersionUID = 1;

    private final int length;
    private final byte[] x;
    private final byte @Nullable [] h0;
    private final byte @Nullable [] c0;

    /**
     * Of numbers of the scorer's precision, little-endian, from each buffer's position to its limit; copied.
     *
     * @param length T
     * @param x the features [T][I]
     * @param h0 [L*D][P]; null for the network's own
     * @param c0 [L*D][H]; null for the network's own
     */
    public ProofSequence(int length, ByteBuffer x, @Nullable ByteBuffer h0, @Nullable ByteBuffer c0) {
        this.length = length;
        this.x = bytes(x);
        this.h0 = h0 == null ? null : bytes(h0);
        this.c0 = c0 == null ? null : bytes(c0);
    }

    private ProofSequence(int length, byte[] x, byte @Nullable [] h0) {
        this.length = length;
        this.x = x;
        this.h0 = h0;
        c0 = null;
    }

    /**
     * Of a whole network, in the order of the graph's inputs; copied.
     *
     * @param length T
     * @param steps the numbers of all inputs at each step side by side, [T][W]
     * @param row those of all inputs that a row has once, one behind the other
     */
    public static ProofSequence ofNetwork(int length, double[] steps, double[] row) {
        return new ProofSequence(length, bytes(steps), bytes(row));
    }

    private static byte[] bytes(double[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(numbers.length, Double.BYTES));
        bytes.asDoubleBuffer().put(numbers);
        return bytes.array();
    }

    private static double[] doubles(byte[] bytes) {
        double[] numbers = new double[bytes.length / Double.BYTES];
        ByteBuffer.wrap(bytes).asDoubleBuffer().get(numbers);
        return numbers;
    }

    /** Of a whole network: what it takes at each step. */
    double[] steps() {
        return doubles(x);
    }

    /** Of a whole network: what it takes once. */
    double[] row() {
        return h0 == null ? new double[0] : doubles(h0);
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return bytes;
    }

    int length() {
        return length;
    }

    ByteBuffer x() {
        return ByteBuffer.wrap(x);
    }

    @Nullable
    ByteBuffer h0() {
        return h0 == null ? null : ByteBuffer.wrap(h0);
    }

    @Nullable
    ByteBuffer c0() {
        return c0 == null ? null : ByteBuffer.wrap(c0);
    }
}
