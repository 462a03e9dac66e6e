package io.sparkrnn.kernel;

/** Stand-in until the real one lands. */
public final class Activations {
    private Activations() {}

    /** tanh. */
    public static void tanh(float[] a, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = (float) StrictMath.tanh(a[i]);
        }
    }

    /** relu. */
    public static void relu(float[] a, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = Math.max(a[i], 0f);
        }
    }
}
