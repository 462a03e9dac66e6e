package io.sparkrnn.parquet;

import java.util.Arrays;
import org.apache.parquet.column.statistics.DoubleStatistics;
import org.apache.parquet.column.statistics.FloatStatistics;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.spark.unsafe.Platform;

/**
 * The smallest and the largest of a page's numbers, for the page's statistics. A smallest 0 is written as -0 and a largest 0
 * as +0, for readers that take the two for different. Where there is a NaN both are NaN, as in parquet-java's own pages:
 * readers then take them for unknown, and the column gets no column index.
 *
 * @see <a href="https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift">ColumnOrder in
 *     parquet.thrift</a>
 */
final class ValueRange {
    private static final int LANES = 1024;
    private static final int POSITIVE_INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final int NEGATIVE_INFINITY = ordered(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));

    private final int[] bits = new int[LANES];
    private final int[] smallest = new int[LANES];
    private final int[] largest = new int[LANES];
    private final double[] doubles = new double[LANES];

    /**
     * The statistics of the {@code count} values in {@code page} from byte {@code at} on.
     *
     * @param nulls how many nulls there are besides
     */
    Statistics<?> statistics(PrimitiveType type, byte[] page, int at, int count, long nulls) {
        Statistics<?> statistics = Statistics.createStats(type);
        statistics.incrementNumNulls(nulls);
        if (count == 0) {
            return statistics;
        }
        return type.getPrimitiveTypeName() == PrimitiveType.PrimitiveTypeName.FLOAT
                ? floats((FloatStatistics) statistics, page, at, count)
                : doubles((DoubleStatistics) statistics, page, at, count);
    }

    /** Lane by lane, with the bits in an order that integers have too, because the JVM makes vectors of such loops. */
    private Statistics<?> floats(FloatStatistics statistics, byte[] page, int at, int count) {
        Arrays.fill(smallest, Integer.MAX_VALUE);
        Arrays.fill(largest, Integer.MIN_VALUE);
        for (int i = 0; i < count; i += LANES) {
            int lanes = Math.min(LANES, count - i);
            Platform.copyMemory(
                    page,
                    Platform.BYTE_ARRAY_OFFSET + at + (long) i * Float.BYTES,
                    bits,
                    Platform.INT_ARRAY_OFFSET,
                    (long) lanes * Float.BYTES);
            include(bits, smallest, largest, lanes);
        }
        int min = Integer.MAX_VALUE;
        int max = Integer.MIN_VALUE;
        for (int lane = 0; lane < LANES; lane++) {
            min = Math.min(min, smallest[lane]);
            max = Math.max(max, largest[lane]);
        }
        if (min < NEGATIVE_INFINITY || max > POSITIVE_INFINITY) {
            statistics.setMinMax(Float.NaN, Float.NaN);
            return statistics;
        }
        float least = Float.intBitsToFloat(ordered(min));
        float most = Float.intBitsToFloat(ordered(max));
        statistics.setMinMax(least == 0 ? -0.0f : least, most == 0 ? 0.0f : most);
        return statistics;
    }

    private static void include(int[] bits, int[] smallest, int[] largest, int lanes) {
        for (int lane = 0; lane < lanes; lane++) {
            int value = bits[lane] ^ ((bits[lane] >> 31) & 0x7fffffff);
            smallest[lane] = Math.min(smallest[lane], value);
            largest[lane] = Math.max(largest[lane], value);
        }
    }

    /** The bits of a float as an integer that is in the same order, and back again. */
    private static int ordered(int bits) {
        return bits ^ ((bits >> 31) & 0x7fffffff);
    }

    private Statistics<?> doubles(DoubleStatistics statistics, byte[] page, int at, int count) {
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        boolean numbers = true;
        for (int i = 0; i < count; i += LANES) {
            int lanes = Math.min(LANES, count - i);
            Platform.copyMemory(
                    page,
                    Platform.BYTE_ARRAY_OFFSET + at + (long) i * Double.BYTES,
                    doubles,
                    Platform.DOUBLE_ARRAY_OFFSET,
                    (long) lanes * Double.BYTES);
            for (int lane = 0; lane < lanes; lane++) {
                double value = doubles[lane];
                least = value < least ? value : least;
                most = value > most ? value : most;
                numbers &= !Double.isNaN(value);
            }
        }
        if (!numbers) {
            statistics.setMinMax(Double.NaN, Double.NaN);
            return statistics;
        }
        statistics.setMinMax(least == 0 ? -0.0 : least, most == 0 ? 0.0 : most);
        return statistics;
    }
}
