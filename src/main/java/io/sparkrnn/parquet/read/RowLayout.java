package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.ListLayout;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Where what a scan asks for comes from: float lists from the pages, all else, then the partition columns, from Spark's own
 * reader, which reads the rest alone. A list may be a field of structs; the structs' other fields are part of the rest.
 *
 * @param required the columns read from the file, in the order of the result
 * @param lists the float lists
 * @param rest the columns without the lists; a struct with nothing but lists is not among them
 * @param others for each column of rest, then each partition column, its place in the rows that are built
 * @param otherHasBytes for the same, whether Spark keeps it outside the row's fixed part
 * @param inStructs whether a list is in a struct; the rows that are built then have the lists, a number for each list (see
 *     {@link ListColumn#structsPlace}), the rest and the partition columns, and {@link StructAssembly} makes the result of
 *     them. Otherwise they are the result
 */
record RowLayout(
        StructType required,
        List<ListColumn> lists,
        StructType rest,
        int[] others,
        boolean[] otherHasBytes,
        boolean inStructs)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** The layout of rows with the columns of {@code required}, then those of {@code partition}. */
    static RowLayout of(StructType required, StructType partition) {
        List<StructField> found = new ArrayList<>();
        List<List<String>> paths = new ArrayList<>();
        for (StructField field : required.fields()) {
            collect(field, List.of(field.name()), found, paths);
        }
        boolean inStructs = paths.stream().anyMatch(path -> path.size() > 1);
        List<ListColumn> lists = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        List<StructField> rest = new ArrayList<>();
        List<DataType> types = new ArrayList<>();
        for (int i = 0; i < found.size(); i++) {
            lists.add(new ListColumn(
                    paths.get(i),
                    found.get(i).dataType(),
                    inStructs ? i : Arrays.asList(required.fields()).indexOf(found.get(i)),
                    paths.get(i).size() > 1 ? found.size() + i : -1));
        }
        int next = 2 * found.size();
        for (int i = 0; i < required.length(); i++) {
            StructField left = without(required.fields()[i]);
            if (left != null) {
                others.add(inStructs ? next++ : i);
                rest.add(left);
                types.add(left.dataType());
            }
        }
        for (int i = 0; i < partition.length(); i++) {
            others.add(inStructs ? next++ : required.length() + i);
            types.add(partition.fields()[i].dataType());
        }
        boolean[] hasBytes = new boolean[types.size()];
        for (int i = 0; i < hasBytes.length; i++) {
            hasBytes[i] = !UnsafeRow.isFixedLength(types.get(i));
        }
        return new RowLayout(
                required,
                List.copyOf(lists),
                new StructType(rest.toArray(StructField[]::new)),
                others.stream().mapToInt(i -> i).toArray(),
                hasBytes,
                inStructs);
    }

    private static void collect(
            StructField field, List<String> path, List<StructField> found, List<List<String>> paths) {
        if (ListLayout.isList(field.dataType())) {
            found.add(field);
            paths.add(path);
        } else if (field.dataType() instanceof StructType struct) {
            for (StructField inner : struct.fields()) {
                List<String> below = new ArrayList<>(path);
                below.add(inner.name());
                collect(inner, List.copyOf(below), found, paths);
            }
        }
    }

    /** The field without the lists in it; null when nothing is left. */
    static @Nullable StructField without(StructField field) {
        if (ListLayout.isList(field.dataType())) {
            return null;
        }
        if (!ListLayout.isIn(field.dataType())) {
            return field;
        }
        StructField[] left = Arrays.stream(((StructType) field.dataType()).fields())
                .map(RowLayout::without)
                .filter(inner -> inner != null)
                .toArray(StructField[]::new);
        return left.length == 0
                ? null
                : DataTypes.createStructField(field.name(), new StructType(left), field.nullable(), field.metadata());
    }

    /** The number of columns of the rows that are built. */
    int width() {
        return (inStructs ? 2 * lists.size() : lists.size()) + others.length;
    }
}
