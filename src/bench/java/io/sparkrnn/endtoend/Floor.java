package io.sparkrnn.endtoend;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchFunctionException;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.connector.catalog.FunctionCatalog;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.functions.BoundFunction;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.connector.catalog.functions.UnboundFunction;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * What a Spark job costs that reads the features and writes an array of the output's shape without any network: a function
 * [T][I] to [T][H] that gives each feature H/I times, each time times another factor, so that the numbers are as hard to
 * compress as hidden states. It boxes nothing, which no SQL expression for this comes near: a low floor.
 */
public final class Floor implements FunctionCatalog {
    private static final String CATALOG = "floor";
    private static final float FACTOR = 0.37f;

    private String name = CATALOG;

    /** {@code values} [T][I] as [T][H]. */
    static Column widened(SparkSession session, Column values, int hiddenSize) {
        session.conf().set("spark.sql.catalog." + CATALOG, Floor.class.getName());
        return functions.call_function(CATALOG + ".to_" + hiddenSize, values);
    }

    /** The function for one H. */
    public static final class Widened implements ScalarFunction<ArrayData> {
        private static final long serialVersionUID = 1;

        private final DataType type;
        private final int width;

        Widened(DataType type, int width) {
            this.type = type;
            this.width = width;
        }

        /** Called by generated code. */
        public ArrayData invoke(ArrayData steps) {
            Object[] rows = new Object[steps.numElements()];
            for (int t = 0; t < rows.length; t++) {
                ArrayData step = steps.getArray(t);
                int inputs = step.numElements();
                float[] row = new float[width];
                float factor = 1;
                for (int from = 0; from < width; from += inputs) {
                    int to = Math.min(width, from + inputs);
                    for (int j = from; j < to; j++) {
                        row[j] = factor * step.getFloat(j - from);
                    }
                    factor *= FACTOR;
                }
                rows[t] = UnsafeArrayData.fromPrimitiveArray(row);
            }
            return new GenericArrayData(rows);
        }

        @Override
        public DataType[] inputTypes() {
            return new DataType[] {type};
        }

        @Override
        public DataType resultType() {
            return DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false);
        }

        @Override
        public boolean isResultNullable() {
            return false;
        }

        @Override
        public String name() {
            return "to_" + width;
        }

        @Override
        public String canonicalName() {
            return CATALOG + "." + name();
        }
    }

    @Override
    public void initialize(String catalogName, CaseInsensitiveStringMap options) {
        name = catalogName;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Identifier[] listFunctions(String[] namespace) {
        return new Identifier[0];
    }

    @Override
    public UnboundFunction loadFunction(Identifier identifier) throws NoSuchFunctionException {
        if (!identifier.name().startsWith("to_")) {
            throw new NoSuchFunctionException(identifier);
        }
        int width = Integer.parseInt(identifier.name().substring("to_".length()));
        return new UnboundFunction() {
            @Override
            public BoundFunction bind(StructType arguments) {
                return new Widened(arguments.fields()[0].dataType(), width);
            }

            @Override
            public String description() {
                return name();
            }

            @Override
            public String name() {
                return identifier.name();
            }
        };
    }
}
