package io.sparkrnn.engine;

import io.sparkrnn.forward.FloatSource;
import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Numbers that put themselves where an engine wants them. An engine of float32 calls the one way, one of float64 the other.
 * Who is called again, for a sequence that goes in piece by piece, goes on behind the numbers that were taken before.
 */
public interface NumberSource extends FloatSource {
    /**
     * Writes the next {@code count} numbers to {@code target} from {@code at} on; modifies nothing else
     * of it.
     */
    void copyTo(double[] target, int at, int count);

    /** Numbers as they are; an engine of float32 gets each rounded once. */
    static NumberSource of(double[] numbers) {
        return new NumberSource() {
            private int next;

            @Override
            public void copyTo(float[] target, int at, int count) {
                for (int i = 0; i < count; i++) {
                    target[at + i] = (float) numbers[next++];
                }
            }

            @Override
            public void copyTo(double[] target, int at, int count) {
                System.arraycopy(numbers, next, target, at, count);
                next += count;
            }
        };
    }

    /**
     * The numbers of a buffer, little-endian, from its position on, which moves behind those taken.
     *
     * @param precision what the buffer has, and the engine takes
     */
    static NumberSource of(ByteBuffer bytes, Precision precision) {
        bytes.order(ByteOrder.LITTLE_ENDIAN);
        return new NumberSource() {
            @Override
            public void copyTo(float[] target, int at, int count) {
                require(Precision.FLOAT32);
                bytes.asFloatBuffer().get(target, at, count);
                bytes.position(bytes.position() + count * Float.BYTES);
            }

            @Override
            public void copyTo(double[] target, int at, int count) {
                require(Precision.FLOAT64);
                bytes.asDoubleBuffer().get(target, at, count);
                bytes.position(bytes.position() + count * Double.BYTES);
            }

            private void require(Precision wanted) {
                if (precision != wanted) {
                    throw new IllegalStateException("the buffer has numbers of " + precision + ", not " + wanted);
                }
            }
        };
    }
}
