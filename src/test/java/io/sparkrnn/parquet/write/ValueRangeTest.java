package io.sparkrnn.parquet.write;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.apache.parquet.column.statistics.DoubleStatistics;
import org.apache.parquet.column.statistics.FloatStatistics;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;
import org.junit.jupiter.api.Test;

/** A page's range is that of its numbers, one by one. */
class ValueRangeTest {
    private static final long SEED = 20261126;
    private static final int[] COUNTS = {1, 7, 8, 31, 33, 65, 257, 1023, 1024, 1025, 5000};
    private static final float[] ODD = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY
    };
    private static final PrimitiveType FLOAT =
            Types.required(PrimitiveTypeName.FLOAT).named("f");
    private static final PrimitiveType DOUBLE =
            Types.required(PrimitiveTypeName.DOUBLE).named("d");

    private final Random random = new Random(SEED);
    private final ValueRange range = new ValueRange();

    private float value(int kind) {
        return switch (kind) {
            case 0 -> ODD[random.nextInt(ODD.length)];
            case 1 -> random.nextBoolean() ? 0f : -0f;
            case 2 -> -random.nextFloat() - 1;
            case 3 -> random.nextFloat() + 1;
            default -> (float) random.nextGaussian();
        };
    }

    private static float mended(float least, float zero) {
        return least == 0 ? zero : least;
    }

    @Test
    void isThatOfTheNumbers() {
        for (int count : COUNTS) {
            for (int kind = 0; kind < 5; kind++) {
                ByteBuffer floats = ByteBuffer.allocate(3 + count * 4).order(ByteOrder.LITTLE_ENDIAN);
                ByteBuffer doubles = ByteBuffer.allocate(3 + count * 8).order(ByteOrder.LITTLE_ENDIAN);
                float least = Float.POSITIVE_INFINITY;
                float most = Float.NEGATIVE_INFINITY;
                for (int i = 0; i < count; i++) {
                    float value = value(kind);
                    floats.putFloat(3 + 4 * i, value);
                    doubles.putDouble(3 + 8 * i, value);
                    least = Math.min(least, value);
                    most = Math.max(most, value);
                }
                String name = "seed " + SEED + ", kind " + kind + ", " + count + " values";
                FloatStatistics of = (FloatStatistics) range.statistics(FLOAT, floats.array(), 3, count, 2);
                // as objects: -0 and +0 are two
                assertThat((Object) of.getMin()).as(name).isEqualTo(mended(least, -0f));
                assertThat((Object) of.getMax()).as(name).isEqualTo(mended(most, 0f));
                assertThat(of.getNumNulls()).isEqualTo(2);
                DoubleStatistics wide = (DoubleStatistics) range.statistics(DOUBLE, doubles.array(), 3, count, 0);
                assertThat((Object) wide.getMin()).as(name).isEqualTo((double) mended(least, -0f));
                assertThat((Object) wide.getMax()).as(name).isEqualTo((double) mended(most, 0f));
            }
        }
    }

    @Test
    void isNoneWhereThereIsANan() {
        int[] nans = {0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff};
        for (int count : COUNTS) {
            for (int nan : nans) {
                ByteBuffer floats = ByteBuffer.allocate(count * 4).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < count; i++) {
                    floats.putFloat(4 * i, value(i % 5));
                }
                floats.putInt(4 * random.nextInt(count), nan);
                FloatStatistics of = (FloatStatistics) range.statistics(FLOAT, floats.array(), 0, count, 0);
                assertThat(of.getMin()).as("seed " + SEED).isNaN();
                assertThat(of.getMax()).as("seed " + SEED).isNaN();
            }
        }
    }
}
