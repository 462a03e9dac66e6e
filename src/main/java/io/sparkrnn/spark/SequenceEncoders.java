package io.sparkrnn.spark;

import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.platform.ScalaCollections;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * What stands between Spark's rows and a task's. Spark's own encoders make an object of every row, array and number, or a
 * copy of every array of bytes; these hand a task the arrays as they lie in Spark's memory, and hand Spark arrays that lie in
 * the task's. They are one way each: rows are read by the one, and given by the other.
 */
final class SequenceEncoders {
    private SequenceEncoders() {}

    /**
     * Rows as {@link SequenceRow}.
     *
     * @param taken the arguments of {@link SequenceRow#of}, in their order: the kept columns as a struct, the row's name as
     *     text, the features as an array or a struct, their length as a bigint that is not null, then arrays
     */
    static Encoder<SequenceRow> rows(List<Column> taken) {
        List<Expression> columns =
                taken.stream().map(CatalystEncoders::expression).toList();
        return CatalystEncoders.encoder(
                SequenceRow.class,
                new BoundReference(0, new ObjectType(SequenceRow.class), false),
                CatalystEncoders.call(SequenceRow.class, "of", columns));
    }

    /**
     * Rows of the columns of {@code kept}, then the outputs, of {@link ScoredRow}.
     *
     * @param head what makes scores; null when there are none
     */
    static Encoder<ScoredRow> scored(StructType kept, Set<Output> outputs, Precision precision, @Nullable Head head) {
        Expression row = new BoundReference(0, new ObjectType(ScoredRow.class), false);
        List<Expression> columns = new ArrayList<>();
        Expression image = invoke(row, "kept", kept);
        for (int i = 0; i < kept.length(); i++) {
            columns.add(text(kept.fields()[i].name()));
            columns.add(new GetStructField(image, i, Option.empty()));
        }
        for (Output output : outputs) {
            columns.add(text(output.column()));
            columns.add(column(row, output, precision, head));
        }
        return CatalystEncoders.encoder(
                ScoredRow.class,
                new CreateNamedStruct(ScalaCollections.seq(columns)),
                Literal.create(null, new ObjectType(ScoredRow.class)));
    }

    @SuppressWarnings("EnumOrdinal") // see ScoredRow
    private static Expression column(Expression row, Output output, Precision precision, @Nullable Head head) {
        ArrayType numbers = DataTypes.createArrayType(
                precision == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType, false);
        Expression index = Literal.create(output.ordinal(), DataTypes.IntegerType);
        return switch (output) {
            case LENGTHS -> invoke(row, "length", DataTypes.IntegerType);
            case SCORE ->
                head != null && head.source() == Head.Source.H_N
                        ? invoke(row, "array", numbers, index)
                        : invoke(row, "array", DataTypes.createArrayType(numbers, false), index);
            case HIDDEN_STATES, H_N, C_N -> invoke(row, "array", DataTypes.createArrayType(numbers, false), index);
        };
    }

    private static Expression invoke(Expression target, String method, DataType type, Expression... arguments) {
        return new Invoke(
                target,
                method,
                type,
                ScalaCollections.seq(Arrays.asList(arguments)),
                ScalaCollections.seq(List.of()),
                false,
                false,
                true);
    }

    private static Expression text(String name) {
        return Literal.create(UTF8String.fromString(name), DataTypes.StringType);
    }
}
