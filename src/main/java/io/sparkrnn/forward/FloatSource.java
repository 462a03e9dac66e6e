package io.sparkrnn.forward;

/** Numbers that can put themselves where they are wanted, so that nobody has to hold them in between. */
@FunctionalInterface
public interface FloatSource {
    /**
     * Writes {@code count} numbers, which is how many they are, to {@code target} from {@code at} on; modifies nothing else
     * of it.
     */
    void copyTo(float[] target, int at, int count);
}
