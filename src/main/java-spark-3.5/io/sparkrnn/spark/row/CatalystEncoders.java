package io.sparkrnn.spark.row;

import io.sparkrnn.platform.ScalaCollections;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.types.ObjectType;
import scala.reflect.ClassTag$;

/** What is special of the expressions and encoders of Spark 3.5. */
final class CatalystEncoders {
    private CatalystEncoders() {}

    /** The expression that a column stands for. */
    static Expression expression(Column column) {
        return column.expr();
    }

    /** A call of the static method {@code method} of {@code type}, which returns a {@code type}, never null. */
    static Expression call(Class<?> type, String method, List<Expression> arguments) {
        return new StaticInvoke(
                type,
                new ObjectType(type),
                method,
                ScalaCollections.seq(arguments),
                ScalaCollections.seq(List.of()),
                false,
                false,
                true);
    }

    /** An encoder that goes from {@code T} by the one expression, and to it by the other. */
    static <T> Encoder<T> encoder(Class<T> type, Expression from, Expression to) {
        return new ExpressionEncoder<>(from, to, ClassTag$.MODULE$.apply(type));
    }
}
