package io.sparkrnn.job;

import io.sparkrnn.Golden;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The sequences of a golden case as a table: id, features, and h and c, the initial states, null where it has none. */
public final class GoldenTable {
    private GoldenTable() {}

    /** A table of such rows. */
    public static Dataset<Row> of(SparkSession spark, List<Row> rows) {
        DataType matrix = DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.DoubleType));
        StructType schema = new StructType()
                .add("id", DataTypes.IntegerType)
                .add("features", matrix)
                .add("h", matrix)
                .add("c", matrix);
        return spark.createDataFrame(rows, schema);
    }

    /** The sequences of a case, cut to their lengths; as float64 they are exact whatever they were. */
    public static List<Row> rows(Golden.Case golden, Tensors io) {
        double[] x = io.get("x").toDoubles();
        List<Row> rows = new ArrayList<>();
        for (int b = 0; b < golden.batch(); b++) {
            List<List<Double>> features = new ArrayList<>();
            for (int t = 0; t < golden.lengths().get(b); t++) {
                features.add(slice(x, (b * golden.time() + t) * golden.inputSize(), golden.inputSize()));
            }
            rows.add(RowFactory.create(
                    b,
                    features,
                    states(golden, io, "h0", stateSize(golden), b),
                    states(golden, io, "c0", golden.hiddenSize(), b)));
        }
        return rows;
    }

    /** The width of h. */
    public static int stateSize(Golden.Case golden) {
        return golden.projSize() > 0 ? golden.projSize() : golden.hiddenSize();
    }

    private static @Nullable List<List<Double>> states(
            Golden.Case golden, Tensors io, String name, int width, int sequence) {
        if (!io.has(name)) {
            return null;
        }
        double[] values = io.get(name).toDoubles();
        List<List<Double>> states = new ArrayList<>();
        for (int s = 0; s < golden.numLayers() * (golden.bidirectional() ? 2 : 1); s++) {
            states.add(slice(values, (s * golden.batch() + sequence) * width, width));
        }
        return states;
    }

    private static List<Double> slice(double[] values, int from, int count) {
        List<Double> slice = new ArrayList<>();
        for (int i = from; i < from + count; i++) {
            slice.add(values[i]);
        }
        return slice;
    }
}
