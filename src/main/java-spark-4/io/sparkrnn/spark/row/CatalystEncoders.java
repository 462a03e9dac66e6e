package io.sparkrnn.spark.row;

import io.sparkrnn.platform.ScalaCollections;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.catalyst.encoders.AgnosticEncoder;
import org.apache.spark.sql.catalyst.encoders.ExpressionEncoder;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.objects.StaticInvoke;
import org.apache.spark.sql.classic.ColumnNodeToExpressionConverter$;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.ObjectType;
import scala.Option;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/** What is special of the expressions and encoders of Spark 4. */
final class CatalystEncoders {
    private CatalystEncoders() {}

    /** The expression that a column stands for. */
    static Expression expression(Column column) {
        return ColumnNodeToExpressionConverter$.MODULE$.apply(column.node());
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
                true,
                Option.empty());
    }

    /** An encoder that goes from {@code T} by the one expression, and to it by the other. */
    static <T> Encoder<T> encoder(Class<T> type, Expression from, Expression to) {
        return new ExpressionEncoder<>(new OneWay<>(type), from, to);
    }

    /** What Spark asks of any encoder of {@code T}, beside the expressions. */
    private static final class OneWay<T> implements AgnosticEncoder<T> {
        private static final long serialVersionUID = 1;

        private final Class<T> type;

        OneWay(Class<T> type) {
            this.type = type;
        }

        @Override
        public boolean isPrimitive() {
            return false;
        }

        @Override
        public DataType dataType() {
            return new ObjectType(type);
        }

        @Override
        public ClassTag<T> clsTag() {
            return ClassTag$.MODULE$.apply(type);
        }
    }
}
