package io.sparkrnn.spark.row;

import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.ResultColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.objects.Invoke;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.ObjectType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import scala.Option;

/**
 * What stands between Spark's rows and a task's. Spark's own encoders make an object of every row, array and number, or a
 * copy of every array of bytes; these hand a task the arrays as they lie in Spark's memory, and hand Spark arrays that lie in
 * the task's. They are one way each: rows are read by the one, and given by the other.
 */
public final class SequenceEncoders {
    private SequenceEncoders() {}

    /**
     * Rows as {@link SequenceRow}.
     *
     * @param taken the arguments of {@link SequenceRow#of}, in their order: the kept columns as a struct, all columns
     *     as they came as another, the row's name as
     *     text, the features as an array or a struct, their length as a bigint that is not null, three arrays, and
     *     what is taken once for a row as a struct
     */
    public static Encoder<SequenceRow> rows(List<Column> taken) {
        List<Expression> columns =
                taken.stream().map(CatalystEncoders::expression).toList();
        return CatalystEncoders.encoder(
                SequenceRow.class,
                new BoundReference(0, new ObjectType(SequenceRow.class), false),
                CatalystEncoders.call(SequenceRow.class, "of", columns));
    }

    /**
     * Events as {@link EventRow}.
     *
     * @param taken the arguments of {@link EventRow#of}, in their order, each a struct
     */
    public static Encoder<EventRow> events(List<Column> taken) {
        List<Expression> columns =
                taken.stream().map(CatalystEncoders::expression).toList();
        return CatalystEncoders.encoder(
                EventRow.class,
                new BoundReference(0, new ObjectType(EventRow.class), false),
                CatalystEncoders.call(EventRow.class, "of", columns));
    }

    /** Rows of these columns, which {@link ScoredRow#kept} has. */
    public static Encoder<ScoredRow> kept(StructType kept) {
        return encoder(keptColumns(kept));
    }

    /**
     * Rows of the columns of {@code kept}, then the results, of {@link ScoredRow}, then, where rows may have no results, why.
     */
    public static Encoder<ScoredRow> scored(StructType kept, List<ResultColumn> results, OnInvalid onInvalid) {
        List<Expression> columns = keptColumns(kept);
        boolean nullable = onInvalid instanceof OnInvalid.Nulls;
        int array = 0;
        for (ResultColumn result : results) {
            Expression column = result.isLength()
                    ? invoke("length", result.type())
                    : invoke("array", result.type(), Literal.create(array++, DataTypes.IntegerType));
            columns.add(text(result.name()));
            columns.add(
                    nullable
                            ? new If(
                                    invoke("isInvalid", DataTypes.BooleanType),
                                    Literal.create(null, column.dataType()),
                                    column)
                            : column);
        }
        if (nullable) {
            columns.add(text(OnInvalid.ERROR_CODE));
            columns.add(invoke("error", DataTypes.StringType, Nulls.SOME));
        }
        return encoder(columns);
    }

    /** The schema of a table of {@link #scored} rows: what columns that pass through say of themselves passes, too. */
    public static StructType schema(StructType kept, List<ResultColumn> results, OnInvalid onInvalid) {
        StructField[] fields = scored(kept, results, onInvalid).schema().fields();
        for (int i = 0; i < kept.length(); i++) {
            StructField field = fields[i];
            fields[i] = new StructField(field.name(), field.dataType(), field.nullable(), kept.fields()[i].metadata());
        }
        return new StructType(fields);
    }

    /** The names and values of columns that pass through. */
    private static List<Expression> keptColumns(StructType kept) {
        List<Expression> columns = new ArrayList<>();
        Expression image = invoke("kept", kept);
        for (int i = 0; i < kept.length(); i++) {
            columns.add(text(kept.fields()[i].name()));
            columns.add(new GetStructField(image, i, Option.empty()));
        }
        return columns;
    }

    private static Encoder<ScoredRow> encoder(List<Expression> columns) {
        return CatalystEncoders.encoder(
                ScoredRow.class,
                new CreateNamedStruct(ScalaCollections.seq(columns)),
                Literal.create(null, new ObjectType(ScoredRow.class)));
    }

    /** What a method of the row at hand gives, never null. */
    private static Expression invoke(String method, DataType type, Expression... arguments) {
        return invoke(method, type, Nulls.NONE, arguments);
    }

    /** Whether a method gives nulls. */
    private enum Nulls {
        NONE,
        SOME
    }

    private static Expression invoke(String method, DataType type, Nulls nulls, Expression... arguments) {
        return new Invoke(
                new BoundReference(0, new ObjectType(ScoredRow.class), false),
                method,
                type,
                ScalaCollections.seq(Arrays.asList(arguments)),
                ScalaCollections.seq(List.of()),
                false,
                nulls == Nulls.SOME,
                true);
    }

    private static Expression text(String name) {
        return Literal.create(UTF8String.fromString(name), DataTypes.StringType);
    }
}
