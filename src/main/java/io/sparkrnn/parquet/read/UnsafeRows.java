package io.sparkrnn.parquet.read;

import java.io.Closeable;
import java.io.IOException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/** Rows of Spark's reader as unsafe rows, which is what Spark expects of all readers but its own. */
final class UnsafeRows extends AbstractIterator<InternalRow> implements Closeable {
    private final Iterator<InternalRow> rows;
    private final UnsafeProjection projection;

    UnsafeRows(Iterator<InternalRow> rows, UnsafeProjection projection) {
        this.rows = rows;
        this.projection = projection;
    }

    @Override
    public boolean hasNext() {
        return rows.hasNext();
    }

    @Override
    public InternalRow next() {
        return projection.apply(rows.next());
    }

    @Override
    public void close() throws IOException {
        if (rows instanceof Closeable closeable) {
            closeable.close();
        }
    }
}
