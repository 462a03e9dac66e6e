package io.sparkrnn.parquet;

import io.sparkrnn.spark.LocalSpark;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Tables of float lists of all kinds, among columns of other types, with nulls and empty lists where they may be. */
public final class RandomTable {
    /** Lengths that are hard on groups of 8, words of 64 and their ends. */
    private static final int[] LENGTHS = {0, 1, 2, 7, 8, 9, 31, 33, 64, 65, 257};

    private static final float[] ODD_FLOATS = {
        0.0f,
        -0.0f,
        Float.NaN,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.MIN_VALUE,
        -Float.MIN_VALUE,
        Float.MAX_VALUE,
        Float.intBitsToFloat(0xffc12345)
    };

    private final Random random;
    private final double nulls;
    private final boolean regular;
    private final int regularSteps;
    private final int regularWidth;
    private final double oddValues;
    private final int distinct;

    /** Tables of which {@code random} decides everything. */
    public RandomTable(Random random) {
        this.random = random;
        this.nulls = random.nextBoolean() ? 0 : random.nextDouble() * 0.3;
        this.regular = random.nextBoolean();
        this.regularSteps = LENGTHS[random.nextInt(LENGTHS.length)];
        this.regularWidth = LENGTHS[random.nextInt(LENGTHS.length)];
        this.oddValues = random.nextInt(3) == 0 ? 0.1 : 0;
        this.distinct = random.nextInt(3) == 0 ? 1 + random.nextInt(40) : Integer.MAX_VALUE;
    }

    /** A table with a column id, one to four columns of float lists, and up to three others, in any order. */
    public Dataset<Row> rows(int count) {
        List<StructField> fields = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            DataType number = random.nextBoolean() ? DataTypes.FloatType : DataTypes.DoubleType;
            DataType list = DataTypes.createArrayType(number, random.nextBoolean());
            if (random.nextBoolean()) {
                list = DataTypes.createArrayType(list, random.nextBoolean());
            }
            fields.add(DataTypes.createStructField("list" + i, list, random.nextBoolean()));
        }
        DataType[] others = {
            DataTypes.StringType,
            DataTypes.IntegerType,
            DataTypes.BooleanType,
            DataTypes.createDecimalType(30, 3),
            DataTypes.createArrayType(DataTypes.IntegerType),
            DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType))),
            DataTypes.createMapType(DataTypes.StringType, DataTypes.createArrayType(DataTypes.FloatType)),
            new StructType()
                    .add("a", DataTypes.createArrayType(DataTypes.FloatType))
                    .add("b", DataTypes.StringType),
            DataTypes.FloatType
        };
        for (int i = random.nextInt(4); i > 0; i--) {
            fields.add(DataTypes.createStructField("other" + i, others[random.nextInt(others.length)], true));
        }
        fields.add(random.nextInt(fields.size() + 1), DataTypes.createStructField("id", DataTypes.LongType, false));
        StructType schema = new StructType(fields.toArray(StructField[]::new));
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Object[] values = new Object[fields.size()];
            for (int j = 0; j < values.length; j++) {
                StructField field = fields.get(j);
                values[j] = field.name().equals("id")
                        ? (Object) (long) i
                        : maybeNull(field.nullable(), value(field.dataType(), 2));
            }
            rows.add(RowFactory.create(values));
        }
        return LocalSpark.session().createDataFrame(rows, schema);
    }

    private @Nullable Object maybeNull(boolean nullable, Object value) {
        return nullable && random.nextDouble() < nulls ? null : value;
    }

    private Object value(DataType type, int depth) {
        if (type instanceof ArrayType array) {
            boolean outer = array.elementType() instanceof ArrayType;
            int length = length(outer);
            Object[] elements = new Object[length];
            for (int i = 0; i < length; i++) {
                elements[i] = maybeNull(array.containsNull(), value(array.elementType(), depth - 1));
            }
            return elements;
        }
        if (type instanceof StructType struct) {
            StructField[] fields = struct.fields();
            Object[] values = new Object[fields.length];
            for (int i = 0; i < fields.length; i++) {
                values[i] = maybeNull(true, value(fields[i].dataType(), depth));
            }
            return RowFactory.create(values);
        }
        if (type instanceof MapType map) {
            return Map.of("k" + random.nextInt(3), value(map.valueType(), 1));
        }
        int which = distinct == Integer.MAX_VALUE ? random.nextInt() : random.nextInt(distinct);
        if (type.equals(DataTypes.FloatType)) {
            if (random.nextDouble() < oddValues) {
                return ODD_FLOATS[random.nextInt(ODD_FLOATS.length)];
            }
            return distinct == Integer.MAX_VALUE ? (float) random.nextGaussian() : which / 8f;
        }
        if (type.equals(DataTypes.DoubleType)) {
            if (random.nextDouble() < oddValues) {
                return (double) ODD_FLOATS[random.nextInt(ODD_FLOATS.length)];
            }
            return distinct == Integer.MAX_VALUE ? random.nextGaussian() : which / 8d;
        }
        if (type.equals(DataTypes.StringType)) {
            return "s" + which % 50;
        }
        if (type.equals(DataTypes.IntegerType)) {
            return which;
        }
        if (type.equals(DataTypes.BooleanType)) {
            return random.nextBoolean();
        }
        return BigDecimal.valueOf(which, 3);
    }

    private int length(boolean outer) {
        if (regular) {
            return outer ? Math.min(regularSteps, 33) : regularWidth;
        }
        int length = LENGTHS[random.nextInt(random.nextInt(4) == 0 ? LENGTHS.length : 7)];
        return outer ? Math.min(length, 33) : length;
    }
}
