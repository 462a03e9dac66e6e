package io.sparkrnn.sql;

import io.sparkrnn.spark.RowFunction;
import io.sparkrnn.spark.invalid.InputException;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A network before Spark has said what it is given.
 *
 * @param name as SQL calls it, behind the catalog's name
 * @param onBad what comes of a row that the network cannot be run over
 */
record NetworkFunction(String name, LoadedModel model, BoundNetwork.OnBad onBad) implements UnboundFunction {
    @Override
    public BoundFunction bind(StructType arguments) {
        List<DataType> types =
                Arrays.stream(arguments.fields()).map(StructField::dataType).toList();
        try {
            RowFunction function = model.function(SparkSession.active(), types);
            return new BoundNetwork(name, types, function, onBad);
        } catch (InputException e) {
            // what Spark takes for "no such signature", and tells with the place in the query
            throw new UnsupportedOperationException(e.getMessage(), e);
        }
    }

    @Override
    public String description() {
        return name + ": " + model;
    }
}
