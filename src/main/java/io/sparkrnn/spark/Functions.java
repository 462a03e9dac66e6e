package io.sparkrnn.spark;

import io.sparkrnn.model.Precision;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;
import org.jspecify.annotations.Nullable;

/**
 * The catalog in which Spark finds the functions between a table's columns and the bytes a task works on. Made by Spark,
 * by its name, which is why it is public; of no use by itself.
 */
public final class Functions implements FunctionCatalog {
    private static final String CATALOG = "spark_rnn";
    private static final String ROW_IMAGE = "row_image";
    private static final String ROW_OF = "row_of";
    private static final String PACK = "pack_";
    private static final String NESTED = "nested_";
    private static final String FLAT = "flat_";

    private static final Map<String, Function<StructType, BoundFunction>> FUNCTIONS = Map.ofEntries(
            Map.entry(ROW_IMAGE, arguments -> new RowFunctions.Image((StructType) type(arguments, 0))),
            Map.entry(ROW_OF, arguments -> new RowFunctions.Restored((StructType) type(arguments, 1))),
            Map.entry(PACK + Precision.FLOAT32, arguments -> pack(type(arguments, 0), Precision.FLOAT32)),
            Map.entry(PACK + Precision.FLOAT64, arguments -> pack(type(arguments, 0), Precision.FLOAT64)),
            Map.entry(NESTED + Precision.FLOAT32, arguments -> NestedFunction.nested(Precision.FLOAT32)),
            Map.entry(NESTED + Precision.FLOAT64, arguments -> NestedFunction.nested(Precision.FLOAT64)),
            Map.entry(FLAT + Precision.FLOAT32, arguments -> NestedFunction.flat(Precision.FLOAT32)),
            Map.entry(FLAT + Precision.FLOAT64, arguments -> NestedFunction.flat(Precision.FLOAT64)));

    private String name = CATALOG;

    /** Makes the functions known to a session; does no harm when they are. */
    static void register(SparkSession session) {
        session.conf().set("spark.sql.catalog." + CATALOG, Functions.class.getName());
    }

    static Column rowImage(Column struct) {
        return functions.call_function(CATALOG + "." + ROW_IMAGE, struct);
    }

    static Column rowOf(Column image, StructType type) {
        return functions.call_function(
                CATALOG + "." + ROW_OF, image, functions.lit(null).cast(type));
    }

    /** See {@link PackFunction}. */
    static Column pack(Column values, Column length, int width, @Nullable Standardization scales, Precision precision) {
        Column image = scales == null ? functions.lit(null).cast("binary") : functions.lit(scales.image());
        return functions.call_function(CATALOG + "." + PACK + precision, values, length, functions.lit(width), image);
    }

    /** See {@link NestedFunction}. */
    static Column nested(Column image, Precision precision) {
        return functions.call_function(CATALOG + "." + NESTED + precision, image);
    }

    /** See {@link NestedFunction}; a single row. */
    static Column flat(Column image, Precision precision) {
        return functions.call_function(CATALOG + "." + FLAT + precision, image);
    }

    private static DataType type(StructType arguments, int i) {
        return arguments.fields()[i].dataType();
    }

    private static PackFunction pack(DataType values, Precision precision) {
        if (values instanceof StructType columns) {
            DataType[] numbers = Arrays.stream(columns.fields())
                    .map(StructField::dataType)
                    .map(column -> ((ArrayType) column).elementType())
                    .toArray(DataType[]::new);
            return new PackFunction.Columns(values, numbers, precision);
        }
        DataType element = ((ArrayType) values).elementType();
        return element instanceof ArrayType step
                ? new PackFunction.Nested(values, step.elementType(), precision)
                : new PackFunction.Flat(values, element, precision);
    }

    @Override
    public void initialize(String catalogName, CaseInsensitiveStringMap options) {
        this.name = catalogName;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Identifier[] listFunctions(String[] namespace) {
        return FUNCTIONS.keySet().stream()
                .sorted()
                .map(function -> Identifier.of(new String[0], function))
                .toArray(Identifier[]::new);
    }

    @Override
    public UnboundFunction loadFunction(Identifier identifier) throws NoSuchFunctionException {
        Function<StructType, BoundFunction> binder = FUNCTIONS.get(identifier.name());
        if (binder == null) {
            throw new NoSuchFunctionException(identifier);
        }
        return new Unbound(identifier.name(), binder);
    }

    private record Unbound(String name, Function<StructType, BoundFunction> binder) implements UnboundFunction {
        @Override
        public BoundFunction bind(StructType arguments) {
            return binder.apply(arguments);
        }

        @Override
        public String description() {
            return name + ": internal to spark-rnn";
        }
    }
}
