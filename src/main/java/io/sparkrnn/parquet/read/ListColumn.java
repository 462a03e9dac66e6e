package io.sparkrnn.parquet.read;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.DataType;

/**
 * A float list that a scan asks for: a column, or a field of structs within each other.
 *
 * @param path the names from the column down to the list: one for a column
 * @param type its type in Spark
 * @param place of the list in the rows that {@link RowBuilder} builds
 * @param structsPlace the place there of the number of structs around the list that are not null; -1 where there is no struct
 */
record ListColumn(List<String> path, DataType type, int place, int structsPlace) implements Serializable {
    private static final long serialVersionUID = 1;

    /** The names with dots between them, for people. */
    String name() {
        return String.join(".", path);
    }

    /** Whether it is in the struct at {@code struct}. */
    boolean isIn(List<String> struct) {
        return path.size() > struct.size() && path.subList(0, struct.size()).equals(struct);
    }
}
