package io.sparkrnn.parquet.read;

import io.sparkrnn.platform.ScalaCollections;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.BoundReference;
import org.apache.spark.sql.catalyst.expressions.CreateNamedStruct;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.LessThan;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;
import scala.Option;

/**
 * Puts structs together of the float lists in them, which were read from pages, and of their other fields, which Spark's own
 * reader has read. A struct is null where the definition levels of a list in it say so.
 */
final class StructAssembly {
    private final RowLayout layout;

    private StructAssembly(RowLayout layout) {
        this.layout = layout;
    }

    /** What makes rows of {@code layout}'s columns, then the partition's, of the rows that are built; null for the same rows. */
    static @Nullable UnsafeProjection of(RowLayout layout, StructType partition) {
        return layout.inStructs() ? new StructAssembly(layout).projection(partition) : null;
    }

    private UnsafeProjection projection(StructType partition) {
        List<Expression> columns = new ArrayList<>();
        for (StructField field : layout.required().fields()) {
            columns.add(field(field, List.of(field.name()), rest(field.name())));
        }
        int places = layout.rest().length();
        for (int i = 0; i < partition.length(); i++) {
            columns.add(column(layout.others()[places + i], partition.fields()[i]));
        }
        return UnsafeProjection.create(ScalaCollections.seq(columns));
    }

    private static Expression column(int place, StructField field) {
        return new BoundReference(place, field.dataType(), true);
    }

    /** What Spark's reader has read of a column; null when that is nothing. */
    private @Nullable Expression rest(String name) {
        int index = Arrays.asList(layout.rest().fieldNames()).indexOf(name);
        return index < 0 ? null : column(layout.others()[index], layout.rest().fields()[index]);
    }

    /**
     * A field of the result.
     *
     * @param rest what Spark's reader has read of it; null when that is nothing
     */
    private Expression field(StructField field, List<String> path, @Nullable Expression rest) {
        for (ListColumn list : layout.lists()) {
            if (list.path().equals(path)) {
                return new BoundReference(list.place(), list.type(), true);
            }
            if (list.isIn(path)) {
                Expression structs = new BoundReference(list.structsPlace(), DataTypes.IntegerType, false);
                StructType type = (StructType) field.dataType();
                return new If(
                        new LessThan(structs, Literal.create(path.size(), DataTypes.IntegerType)),
                        Literal.create(null, type),
                        struct(type, path, rest));
            }
        }
        return Objects.requireNonNull(rest);
    }

    private Expression struct(StructType type, List<String> path, @Nullable Expression rest) {
        List<Expression> fields = new ArrayList<>();
        for (StructField inner : type.fields()) {
            List<String> innerPath = new ArrayList<>(path);
            innerPath.add(inner.name());
            fields.add(Literal.create(UTF8String.fromString(inner.name()), DataTypes.StringType));
            fields.add(field(inner, innerPath, rest == null ? null : fieldOf(rest, inner.name())));
        }
        return new CreateNamedStruct(ScalaCollections.seq(fields));
    }

    private static @Nullable Expression fieldOf(Expression struct, String name) {
        int index = Arrays.asList(((StructType) struct.dataType()).fieldNames()).indexOf(name);
        return index < 0 ? null : new GetStructField(struct, index, Option.apply(name));
    }
}
