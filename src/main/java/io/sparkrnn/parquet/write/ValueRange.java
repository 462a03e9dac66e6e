package io.sparkrnn.parquet.write;

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
    private final float[] floats = new float[LANES];
    private final float[] leastFloats = new float[LANES];
    private final float[] mostFloats = new float[LANES];
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

    /** Lane by lane, because the JVM makes vectors of such loops; a NaN stays. */
    private Statistics<?> floats(FloatStatistics statistics, byte[] page, int at, int count) {
        Arrays.fill(leastFloats, Float.POSITIVE_INFINITY);
        Arrays.fill(mostFloats, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < count; i += LANES) {
            int lanes = Math.min(LANES, count - i);
            Platform.copyMemory(
                    page,
                    Platform.BYTE_ARRAY_OFFSET + at + (long) i * Float.BYTES,
                    floats,
                    Platform.FLOAT_ARRAY_OFFSET,
                    (long) lanes * Float.BYTES);
            include(floats, leastFloats, mostFloats, lanes);
        }
        float least = Float.POSITIVE_INFINITY;
        float most = Float.NEGATIVE_INFINITY;
        for (int lane = 0; lane < LANES; lane++) {
            least = Math.min(least, leastFloats[lane]);
            most = Math.max(most, mostFloats[lane]);
        }
        statistics.setMinMax(least == 0 ? -0.0f : least, most == 0 ? 0.0f : most);
        return statistics;
    }

    private static void include(float[] values, float[] least, float[] most, int lanes) {
        for (int lane = 0; lane < lanes; lane++) {
            least[lane] = Math.min(least[lane], values[lane]);
        }
        for (int lane = 0; lane < lanes; lane++) {
            most[lane] = Math.max(most[lane], values[lane]);
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
