package io.sparkrnn.spark.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Numbers get from Spark's arrays, of either kind, to an engine's memory; a null among them is found where it is. */
class FeaturesTest {
    private static final long SEED = 20261126;
    private static final int[] WIDTHS = {1, 2, 7, 8, 31, 33, 63, 64, 65, 128, 257};
    private static final float GUARD = -12345f;

    private static final String[] KINDS = {"nested", "flat", "columns", "records"};

    private final Random random = new Random(SEED);

    /** Values [T][width]; null for a null. The types are exact on them. */
    private @Nullable Float[][] values(int steps, int width) {
        Float[][] values = new Float[steps][width];
        for (Float[] step : values) {
            Arrays.setAll(step, i -> (float) random.nextInt(-100, 100));
        }
        return values;
    }

    private static @Nullable Object boxed(@Nullable Float value, DataType type) {
        if (value == null) {
            return null;
        }
        if (type.equals(DataTypes.DoubleType)) {
            return value.doubleValue();
        }
        return type.equals(DataTypes.ShortType) ? (Object) value.shortValue() : value;
    }

    /** The values as Spark has them in a column: of its own images, or of objects. */
    private static Object column(@Nullable Float[][] values, DataType type, DataType number, String kind) {
        Object value;
        if (type instanceof StructType) {
            Object[] columns = new Object[values[0].length];
            Arrays.setAll(
                    columns,
                    i -> new GenericArrayData(Arrays.stream(values)
                            .map(step -> boxed(step[i], number))
                            .toArray()));
            value = new GenericInternalRow(columns);
        } else if (kind.equals("records")) {
            value = new GenericArrayData(Arrays.stream(values)
                    .map(step -> (Object) new GenericInternalRow(
                            Arrays.stream(step).map(one -> boxed(one, number)).toArray()))
                    .toArray());
        } else if (kind.equals("flat")) {
            value = new GenericArrayData(Arrays.stream(values)
                    .flatMap(Arrays::stream)
                    .map(one -> boxed(one, number))
                    .toArray());
        } else {
            value = new GenericArrayData(Arrays.stream(values)
                    .map(step -> (Object) new GenericArrayData(
                            Arrays.stream(step).map(one -> boxed(one, number)).toArray()))
                    .toArray());
        }
        return value;
    }

    private static Object unsafe(Object value, DataType type) {
        UnsafeRow row = UnsafeProjection.create(new StructType().add("x", type))
                .apply(new GenericInternalRow(new Object[] {value}));
        InternalRow copy = row.copy();
        return type instanceof StructType columns ? copy.getStruct(0, columns.length()) : copy.getArray(0);
    }

    private static DataType type(String kind, DataType number, int width) {
        return switch (kind) {
            case "flat" -> DataTypes.createArrayType(number);
            case "nested" -> DataTypes.createArrayType(DataTypes.createArrayType(number));
            case "records" -> DataTypes.createArrayType(struct(number, width));
            default -> struct(DataTypes.createArrayType(number), width);
        };
    }

    private static StructType struct(DataType type, int width) {
        StructField[] fields = new StructField[width];
        Arrays.setAll(fields, i -> DataTypes.createStructField("f" + i, type, true));
        return new StructType(fields);
    }

    /** What a batch gets, and that nothing around it is touched. */
    private static double[] copied(Features features, int count, Precision precision) {
        if (precision == Precision.FLOAT32) {
            float[] target = new float[count + 8];
            Arrays.fill(target, GUARD);
            features.copyTo(target, 3, count);
            assertThat(target[2]).isEqualTo(GUARD);
            assertThat(target[3 + count]).isEqualTo(GUARD);
            double[] values = new double[count];
            Arrays.setAll(values, i -> target[3 + i]);
            return values;
        }
        double[] target = new double[count + 8];
        Arrays.fill(target, GUARD);
        features.copyTo(target, 3, count);
        assertThat(target[2]).isEqualTo(GUARD);
        assertThat(target[3 + count]).isEqualTo(GUARD);
        return Arrays.copyOfRange(target, 3, 3 + count);
    }

    private static Features reader(Where where, DataType type, int width, @Nullable Standardization scales) {
        FeatureLayout layout = type instanceof StructType columns
                ? new ColumnFeatures.Layout(
                        Arrays.stream(columns.fields())
                                .map(field -> ((ArrayType) field.dataType()).elementType())
                                .toList(),
                        List.of(columns.fieldNames()))
                : FeatureLayout.of(type).orElseThrow();
        return layout.reader(new FeatureLayout.Wanted(where, width, scales));
    }

    /** How many of the first steps are taken. */
    private static int taken(Features features, Object value, int most) {
        features.take(value);
        features.steps().keepFirst(most);
        return features.checkedCount();
    }

    @Test
    void copiesEveryLayoutTypeAndWidth() {
        for (int width : WIDTHS) {
            int steps = 1 + random.nextInt(9);
            @Nullable Float[][] values = values(steps, width);
            double[] plain = Arrays.stream(values)
                    .flatMap(Arrays::stream)
                    .mapToDouble(Float::doubleValue)
                    .toArray();
            double[] mean = random.doubles(width).toArray();
            double[] std = random.doubles(width, 0.5, 2).toArray();
            Standardization scales = new Standardization(
                    DoubleStream.of(mean).boxed().toList(),
                    DoubleStream.of(std).boxed().toList());
            for (String kind : KINDS) {
                for (DataType number :
                        new DataType[] {DataTypes.FloatType, DataTypes.DoubleType, DataTypes.ShortType}) {
                    DataType type = type(kind, number, width);
                    Object objects = column(values, type, number, kind);
                    for (Object value : new Object[] {objects, unsafe(objects, type)}) {
                        for (Precision precision : Precision.values()) {
                            String name = "seed " + SEED + ", " + kind + " of " + number + ", width " + width + ", "
                                    + precision + ", " + value.getClass();
                            Features features = reader(Where.FEATURES, type, width, null);
                            assertThat(taken(features, value, steps)).as(name).isEqualTo(steps);
                            assertThat(copied(features, steps * width, precision))
                                    .as(name)
                                    .isEqualTo(plain);
                            // fewer than there are
                            assertThat(taken(features, value, 1)).as(name).isEqualTo(1);
                            assertThat(copied(features, width, precision))
                                    .as(name)
                                    .isEqualTo(Arrays.copyOf(plain, width));

                            Features scaled = reader(Where.FEATURES, type, width, scales);
                            scaled.take(value);
                            double[] expected = new double[plain.length];
                            for (int i = 0; i < plain.length; i++) {
                                double exact = (plain[i] - mean[i % width]) / std[i % width];
                                expected[i] = precision == Precision.FLOAT32 ? (float) exact : exact;
                            }
                            assertThat(copied(scaled, steps * width, precision))
                                    .as(name)
                                    .isEqualTo(expected);
                        }
                    }
                }
            }
        }
    }

    @Test
    void copiesRunsOfSteps() {
        for (int width : new int[] {1, 3, 64, 100}) {
            for (int trial = 0; trial < 5; trial++) {
                int steps = 1 + random.nextInt(70);
                @Nullable Float[][] values = values(steps, width);
                boolean[] counts = new boolean[steps];
                for (int t = 0; t < steps; t++) {
                    counts[t] = random.nextInt(4) > 0;
                    if (!counts[t]) {
                        // What does not count is not looked at.
                        values[t][random.nextInt(width)] = null;
                    }
                }
                double[] expected = IntStream.range(0, steps)
                        .filter(t -> counts[t])
                        .boxed()
                        .flatMap(t -> Arrays.stream(values[t]))
                        .mapToDouble(Float::doubleValue)
                        .toArray();
                for (String kind : KINDS) {
                    for (DataType number : new DataType[] {DataTypes.FloatType, DataTypes.DoubleType}) {
                        DataType type = type(kind, number, width);
                        Object objects = column(values, type, number, kind);
                        for (Object value : new Object[] {objects, unsafe(objects, type)}) {
                            for (Precision precision : Precision.values()) {
                                Features features = reader(Where.FEATURES, type, width, null);
                                features.take(value);
                                features.steps().clear();
                                for (int t = 0; t < steps; t++) {
                                    features.steps().add(t, counts[t] ? t + 1 : t);
                                }
                                assertThat(copied(features, expected.length, precision))
                                        .as("seed " + SEED + ", " + kind + " of " + number + ", width " + width)
                                        .isEqualTo(expected);
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void findsTheFirstNullAmongTheStepsThatCount() {
        for (int width : WIDTHS) {
            for (int trial = 0; trial < 6; trial++) {
                int steps = 3 + random.nextInt(5);
                @Nullable Float[][] values = values(steps, width);
                int step = random.nextInt(steps);
                int feature = random.nextInt(width);
                values[step][feature] = null;
                // and one behind it, which is not the first
                values[steps - 1][width - 1] = null;
                for (String kind : KINDS) {
                    for (DataType number : new DataType[] {DataTypes.FloatType, DataTypes.DoubleType}) {
                        DataType type = type(kind, number, width);
                        Object objects = column(values, type, number, kind);
                        for (Object value : new Object[] {objects, unsafe(objects, type)}) {
                            for (Precision precision : Precision.values()) {
                                Features features = reader(Where.INITIAL_STATE, type, width, null);
                                features.take(value);
                                String name = "seed " + SEED + ", " + kind + " of " + number + ", width " + width;
                                assertThatThrownBy(() -> copied(features, steps * width, precision))
                                        .as(name)
                                        .isInstanceOfSatisfying(Defect.class, defect -> {
                                            assertThat(defect.where()).isEqualTo(Where.INITIAL_STATE);
                                            assertThat(defect.kind()).isEqualTo(Kind.NULL_NUMBER);
                                            assertThat(defect.step()).as(name).isEqualTo(step);
                                            assertThat(defect.found()).as(name).isEqualTo(feature);
                                        });
                                if (step > 0) {
                                    assertThat(taken(features, value, step)).isEqualTo(step);
                                    assertThat(copied(features, step * width, precision))
                                            .hasSize(step * width);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    @Test
    void findsANullStepAndAWrongWidth() {
        DataType type = type("nested", DataTypes.FloatType, 2);
        ArrayData two = new GenericArrayData(new Object[] {1f, 2f});
        ArrayData three = new GenericArrayData(new Object[] {1f, 2f, 3f});
        for (Precision precision : Precision.values()) {
            Features features = reader(Where.FEATURES, type, 2, null);
            for (Object[] steps : new Object[][] {{two, null}, {two, three}}) {
                Object objects = new GenericArrayData(steps);
                for (Object value : new Object[] {objects, unsafe(objects, type)}) {
                    features.take(value);
                    assertThatThrownBy(() -> copied(features, 4, precision))
                            .isInstanceOfSatisfying(Defect.class, defect -> {
                                assertThat(defect.kind()).isEqualTo(steps[1] == null ? Kind.NULL_STEP : Kind.WIDTH);
                                assertThat(defect.step()).isEqualTo(1);
                                assertThat(defect.found()).isEqualTo(steps[1] == null ? 0 : 3);
                            });
                }
            }
        }
    }
}
