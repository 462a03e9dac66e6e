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
    private static final int LEAST_ORDERED = ordered(Float.floatToRawIntBits(Float.NEGATIVE_INFINITY));
    private static final int MOST_ORDERED = ordered(Float.floatToRawIntBits(Float.POSITIVE_INFINITY));

    private final int[] bits = new int[LANES];
    private final int[] leastBits = new int[LANES];
    private final int[] mostBits = new int[LANES];
    private final double[] doubles = new double[LANES];
    private final double[] leastDoubles = new double[LANES];
    private final double[] mostDoubles = new double[LANES];

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

    /**
     * Lane by lane, because the JVM makes vectors of such loops, and as integers, which it compares faster: those in the
     * order of the floats they are the bits of, {@link #ordered}.
     */
    private Statistics<?> floats(FloatStatistics statistics, byte[] page, int at, int count) {
        Arrays.fill(leastBits, Integer.MAX_VALUE);
        Arrays.fill(mostBits, Integer.MIN_VALUE);
        for (int i = 0; i < count; i += LANES) {
            int lanes = Math.min(LANES, count - i);
            Platform.copyMemory(
                    page,
                    Platform.BYTE_ARRAY_OFFSET + at + (long) i * Float.BYTES,
                    bits,
                    Platform.INT_ARRAY_OFFSET,
                    (long) lanes * Float.BYTES);
            include(bits, leastBits, mostBits, lanes);
        }
        int leastOrdered = Integer.MAX_VALUE;
        int mostOrdered = Integer.MIN_VALUE;
        for (int lane = 0; lane < LANES; lane++) {
            leastOrdered = Math.min(leastOrdered, leastBits[lane]);
            mostOrdered = Math.max(mostOrdered, mostBits[lane]);
        }
        if (leastOrdered < LEAST_ORDERED || mostOrdered > MOST_ORDERED) {
            statistics.setMinMax(Float.NaN, Float.NaN);
            return statistics;
        }
        float least = Float.intBitsToFloat(ordered(leastOrdered));
        float most = Float.intBitsToFloat(ordered(mostOrdered));
        statistics.setMinMax(least == 0 ? -0.0f : least, most == 0 ? 0.0f : most);
        return statistics;
    }

    /**
     * A float's bits as an integer that is in order as the float is, -0 before +0; NaNs, by their sign, are before all or
     * behind all. Its own inverse.
     */
    private static int ordered(int floatBits) {
        return floatBits ^ (floatBits >> 31 & Integer.MAX_VALUE);
    }

    private static void include(int[] values, int[] least, int[] most, int lanes) {
        for (int lane = 0; lane < lanes; lane++) {
            int value = ordered(values[lane]);
            least[lane] = Math.min(least[lane], value);
            most[lane] = Math.max(most[lane], value);
        }
    }

    private Statistics<?> doubles(DoubleStatistics statistics, byte[] page, int at, int count) {
        Arrays.fill(leastDoubles, Double.POSITIVE_INFINITY);
        Arrays.fill(mostDoubles, Double.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i += LANES) {
            int lanes = Math.min(LANES, count - i);
            Platform.copyMemory(
                    page,
                    Platform.BYTE_ARRAY_OFFSET + at + (long) i * Double.BYTES,
                    doubles,
                    Platform.DOUBLE_ARRAY_OFFSET,
                    (long) lanes * Double.BYTES);
            include(doubles, leastDoubles, mostDoubles, lanes);
        }
        double least = Double.POSITIVE_INFINITY;
        double most = Double.NEGATIVE_INFINITY;
        for (int lane = 0; lane < LANES; lane++) {
            least = Math.min(least, leastDoubles[lane]);
            most = Math.max(most, mostDoubles[lane]);
        }
        statistics.setMinMax(least == 0 ? -0.0 : least, most == 0 ? 0.0 : most);
        return statistics;
    }

    private static void include(double[] values, double[] least, double[] most, int lanes) {
        for (int lane = 0; lane < lanes; lane++) {
            least[lane] = Math.min(least[lane], values[lane]);
        }
        for (int lane = 0; lane < lanes; lane++) {
            most[lane] = Math.max(most[lane], values[lane]);
        }
    }
}
