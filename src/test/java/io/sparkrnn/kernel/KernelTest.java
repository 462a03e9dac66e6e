package io.sparkrnn.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.kernel.simd.SimdKernel;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every kernel has to do, to the bit. */
class KernelTest {
    private static final int[] SIZES = {1, 2, 3, 4, 5, 7, 8, 31, 33, 63, 64, 65, 129, 257};
    private static final float GUARD = -12345.678f;

    static Stream<Kernel> kernels() {
        return Stream.of(new PortableKernel(), new SimdKernel());
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void sumsInTheDocumentedOrder(Kernel kernel) {
        long seed = 20261124;
        Random random = new Random(seed);
        for (int trial = 0; trial < 400; trial++) {
            int rows = pick(random);
            int depth = pick(random);
            int columns = pick(random);
            int aRow = random.nextInt(3);
            int cRow = random.nextInt(3);
            float[][] a = matrix(random, aRow + rows, depth);
            float[][] b = matrix(random, depth, columns + random.nextInt(30));
            float[][] c = matrix(random, cRow + rows + 1, columns + 2);
            float[][] expected = copy(c);
            Kernel.Bias along = random.nextBoolean() ? Kernel.Bias.OF_ROWS : Kernel.Bias.OF_COLUMNS;
            float[] bias = matrix(random, 1, along == Kernel.Bias.OF_ROWS ? aRow + rows : columns)[0];
            for (int j = 0; j < rows; j++) {
                for (int s = 0; s < columns; s++) {
                    float first = along == Kernel.Bias.OF_ROWS ? bias[aRow + j] : bias[s];
                    expected[cRow + j][s] = sum(a[aRow + j], b, s, depth, first, c[cRow + j][s]);
                }
            }
            kernel.multiplyAdd(a, aRow, b, c, cRow, rows, depth, columns, bias, along, new float[columns + 16]);
            // Rows before and after, and the two columns behind, are the guards.
            assertThat(c)
                    .as("seed %d, trial %d: [%d,%d] x [%d,%d]", seed, trial, rows, depth, depth, columns)
                    .isDeepEqualTo(expected);
        }
    }

    private static float sum(float[] a, float[][] b, int s, int depth, float bias, float start) {
        float total = start;
        for (int block = 0; block < depth; block += Kernel.SUM_BLOCK) {
            float sum = 0;
            for (int k = block; k < Math.min(depth, block + Kernel.SUM_BLOCK); k++) {
                sum = Math.fma(a[k], b[k][s], sum);
            }
            total = total + (sum + (block == 0 ? bias : 0));
        }
        return total;
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void activatesInsideTheRangeOnly(Kernel kernel) {
        for (int size : SIZES) {
            float[] tanh = new Random(size)
                    .doubles(size + 2, -12, 12)
                    .collect(() -> new FloatList(size + 2), FloatList::add, (x, y) -> {
                        throw new IllegalStateException();
                    })
                    .values;
            float[] relu = tanh.clone();
            float[] sigmoid = tanh.clone();
            float[] before = tanh.clone();
            tanh[0] = relu[0] = sigmoid[0] = tanh[size + 1] = relu[size + 1] = sigmoid[size + 1] = GUARD;
            kernel.tanh(tanh, 1, size + 1);
            kernel.relu(relu, 1, size + 1);
            kernel.sigmoid(sigmoid, 1, size + 1);
            for (int i = 1; i <= size; i++) {
                assertThat(tanh[i]).isEqualTo(Activations.tanh(before[i]));
                assertThat(sigmoid[i]).isEqualTo(Activations.sigmoid(before[i]));
                assertThat(relu[i]).isEqualTo(Math.max(before[i], 0f));
            }
            assertThat(new float[] {tanh[0], tanh[size + 1], relu[0], relu[size + 1], sigmoid[0], sigmoid[size + 1]})
                    .containsOnly(GUARD);
        }
    }

    private static final class FloatList {
        final float[] values;
        private int size;

        FloatList(int capacity) {
            values = new float[capacity];
        }

        void add(double value) {
            values[size++] = (float) value;
        }
    }

    private static int pick(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private static float[][] matrix(Random random, int rows, int columns) {
        float[][] matrix = new float[rows][columns];
        for (float[] row : matrix) {
            for (int i = 0; i < columns; i++) {
                row[i] = random.nextFloat() * 2 - 1;
            }
        }
        return matrix;
    }

    private static float[][] copy(float[][] matrix) {
        float[][] copy = new float[matrix.length][];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = matrix[i].clone();
        }
        return copy;
    }
}
