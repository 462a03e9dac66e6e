package io.sparkrnn.spark.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.util.Random;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which images have a number that is none. */
class ArrayImageTest {
    private static final double[] NON_FINITE = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    private static final float[] OF_ANY_SIZE = {0, -0f, 1, -1, 1.99f, 2, -3, 1e-40f, Float.MAX_VALUE, -Float.MAX_VALUE};

    private static void put(ByteBuffer bytes, Precision precision, int at, double value) {
        if (precision == Precision.FLOAT32) {
            bytes.putFloat(at, (float) value);
        } else {
            bytes.putDouble(at, value);
        }
    }

    private static double anySize(Random random, Precision precision) {
        float value = OF_ANY_SIZE[random.nextInt(OF_ANY_SIZE.length)];
        // The largest of float64 are beyond those of float32.
        return precision == Precision.FLOAT64 && Math.abs(value) == Float.MAX_VALUE
                ? Math.copySign(Double.MAX_VALUE, value)
                : value;
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void oneNumberAnywhereIsFound(Precision precision) {
        Random random = new Random(1);
        ArrayImage image = new ArrayImage(precision);
        for (int columns = 1; columns < 140; columns += 1 + random.nextInt(4)) {
            image = new ArrayImage(precision);
            for (int rows : new int[] {3, 1, 7}) {
                image.toMatrix(rows, columns);
                int first = NestedArray.firstNumber(rows, columns);
                int stride = NestedArray.stride(columns, precision);
                for (int r = 0; r < rows; r++) {
                    for (int c = 0; c < columns; c++) {
                        put(
                                image.bytes(),
                                precision,
                                first + r * stride + c * precision.byteSize(),
                                anySize(random, precision));
                    }
                }
                String shape = rows + " x " + columns + " of " + precision;
                image.look();
                assertThat(image.hasNonFinite()).as(shape).isFalse();
                int r = random.nextInt(rows);
                int c = random.nextInt(columns);
                put(
                        image.bytes(),
                        precision,
                        first + r * stride + c * precision.byteSize(),
                        NON_FINITE[random.nextInt(NON_FINITE.length)]);
                image.look();
                assertThat(image.hasNonFinite())
                        .as("[%d][%d] in %s", r, c, shape)
                        .isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void oneNumberOfARowByItselfIsFound(Precision precision) {
        for (int columns = 1; columns < 70; columns++) {
            for (double value : NON_FINITE) {
                ArrayImage image = new ArrayImage(precision);
                image.toRow(columns);
                int at = NestedArray.rowHeader(columns);
                for (int c = 0; c < columns; c++) {
                    put(image.bytes(), precision, at + c * precision.byteSize(), -2.5);
                }
                image.look();
                assertThat(image.hasNonFinite()).as(columns + " numbers").isFalse();
                put(image.bytes(), precision, at + (columns - 1) * precision.byteSize(), value);
                image.look();
                assertThat(image.hasNonFinite())
                        .as(columns + " numbers, the last " + value)
                        .isTrue();
            }
        }
    }

    /** As the forward pass leaves them, beside those of other sequences. */
    @ParameterizedTest
    @EnumSource(
            value = Precision.class,
            names = {"FLOAT32"})
    void numbersOfOtherSequencesDoNotCount(Precision precision) {
        int columns = 5;
        int rows = 4;
        int size = NestedArray.layout(columns).size(rows);
        float[] values = new float[3 * size];
        java.util.Arrays.fill(values, 0, size, Float.NaN);
        java.util.Arrays.fill(values, 2 * size, 3 * size, Float.NaN);
        ArrayImage image = new ArrayImage(precision);
        image.toMatrix(values, size, rows, columns);
        image.look();
        assertThat(image.hasNonFinite()).isFalse();
        int last = size
                + NestedArray.layout(columns).first(rows)
                + 3 * NestedArray.layout(columns).stride()
                + 4;
        values[last] = Float.NEGATIVE_INFINITY;
        image.look();
        assertThat(image.hasNonFinite()).isTrue();
        ArrayData shown = image.array().getArray(3);
        assertThat(shown.getFloat(4)).isEqualTo(Float.NEGATIVE_INFINITY);
    }
}
