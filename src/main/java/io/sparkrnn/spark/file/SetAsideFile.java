package io.sparkrnn.spark.file;

import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.invalid.OnInvalid;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** The rows that one task sets aside, with their reasons, in a {@link RowsFile}. */
public final class SetAsideFile {
    private final RowsFile file;
    private final UnsafeProjection projection;
    private final GenericInternalRow reason = new GenericInternalRow(new Object[2]);
    private final JoinedRow joined = new JoinedRow();

    /**
     * Of the task at hand.
     *
     * @param rows the columns as they came, then the reasons; see {@link #schema}
     */
    public SetAsideFile(String folder, Configuration configuration, StructType rows) {
        file = new RowsFile(folder, "rows", configuration);
        projection = UnsafeProjection.create(rows);
    }

    /** The columns as they came, then the reasons. */
    public static StructType schema(StructType original) {
        return original.add(OnInvalid.ERROR_CODE, "string").add(OnInvalid.ERROR_MESSAGE, "string");
    }

    /** Takes a copy of a row. */
    public void add(InternalRow original, InvalidRow row) {
        reason.update(0, UTF8String.fromString(row.code().name()));
        reason.update(1, UTF8String.fromString(row.message()));
        file.add(projection.apply(joined.apply(original, reason)));
    }

    /** Finishes the file; its address, or null when there was no row. */
    public @Nullable String end() {
        return file.end();
    }
}
