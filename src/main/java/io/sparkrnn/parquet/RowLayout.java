package io.sparkrnn.parquet;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Which of a scan's columns are float lists, and where the others, then the partition columns, come from in the rows of
 * Spark's own reader, which reads the rest alone.
 *
 * @param required the columns read from the file, in the order of the result
 * @param lists the places of the float lists in required
 * @param rest the other columns of required
 * @param others for each column of rest, then each partition column, its place in the result
 * @param otherHasBytes for the same, whether Spark keeps it outside the row's fixed part
 */
record RowLayout(StructType required, int[] lists, StructType rest, int[] others, boolean[] otherHasBytes)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** The layout of rows with the columns of {@code required}, then those of {@code partition}. */
    static RowLayout of(StructType required, StructType partition) {
        List<Integer> lists = new ArrayList<>();
        List<Integer> others = new ArrayList<>();
        List<StructField> rest = new ArrayList<>();
        List<DataType> types = new ArrayList<>();
        for (int i = 0; i < required.length(); i++) {
            StructField field = required.fields()[i];
            if (ListLayout.isList(field.dataType())) {
                lists.add(i);
            } else {
                others.add(i);
                rest.add(field);
                types.add(field.dataType());
            }
        }
        for (int i = 0; i < partition.length(); i++) {
            others.add(required.length() + i);
            types.add(partition.fields()[i].dataType());
        }
        boolean[] hasBytes = new boolean[types.size()];
        for (int i = 0; i < hasBytes.length; i++) {
            hasBytes[i] = !UnsafeRow.isFixedLength(types.get(i));
        }
        return new RowLayout(
                required,
                lists.stream().mapToInt(i -> i).toArray(),
                new StructType(rest.toArray(StructField[]::new)),
                others.stream().mapToInt(i -> i).toArray(),
                hasBytes);
    }

    /** The number of columns of a row. */
    int width() {
        return lists.length + others.length;
    }
}
