package io.sparkrnn.parquet.read;

import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Function;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.jspecify.annotations.Nullable;
import scala.collection.AbstractIterator;

/** The rows of some row groups of a file by Spark's own reader, which is given a part of the file for each of them. */
final class RowGroupRows extends AbstractIterator<InternalRow> implements Closeable {
    private final PartitionedFile file;
    private final Iterator<BlockMetaData> rowGroups;
    private final Function<PartitionedFile, scala.collection.Iterator<InternalRow>> reader;
    private scala.collection.@Nullable Iterator<InternalRow> current;

    RowGroupRows(
            PartitionedFile file,
            List<BlockMetaData> rowGroups,
            Function<PartitionedFile, scala.collection.Iterator<InternalRow>> reader) {
        this.file = file;
        this.rowGroups = rowGroups.iterator();
        this.reader = reader;
    }

    @Override
    public boolean hasNext() {
        while (current == null || !current.hasNext()) {
            closeCurrent();
            if (!rowGroups.hasNext()) {
                return false;
            }
            current = reader.apply(part(rowGroups.next()));
        }
        return true;
    }

    /** Readers take the row groups whose middle is in their part of the file. */
    private PartitionedFile part(BlockMetaData rowGroup) {
        return file.copy(
                file.partitionValues(),
                file.filePath(),
                rowGroup.getStartingPos(),
                rowGroup.getCompressedSize(),
                file.locations(),
                file.modificationTime(),
                file.fileSize(),
                file.otherConstantMetadataColumnValues());
    }

    @Override
    public InternalRow next() {
        if (!hasNext() || current == null) {
            throw new NoSuchElementException();
        }
        return current.next();
    }

    private void closeCurrent() {
        try {
            if (current instanceof Closeable closeable) {
                closeable.close();
            }
        } catch (IOException e) {
            throw SequenceRows.<RuntimeException>rethrown(e);
        }
        current = null;
    }

    @Override
    public void close() {
        closeCurrent();
    }
}
