package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.ListLayout;
import java.io.Closeable;
import java.io.IOException;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/**
 * The rows of a part of a file: float lists from {@link ListColumnReader}, the other columns from Spark's own reader, which
 * goes over the same row groups and leaves out none, so that both are at the same row.
 */
final class SequenceRows extends AbstractIterator<InternalRow> implements Closeable {
    private final OpenFile file;
    private final Iterator<InternalRow> others;
    private final PageDecompressor decompressor;
    private final ListColumnReader[] lists;
    private final RowBuilder builder;
    private final @Nullable UnsafeProjection assembly;

    private int nextRowGroup;
    private long rowsLeft;
    private boolean closed;
    private @Nullable InternalRow ready;

    /**
     * The rows of {@code file}, which is closed at the end.
     *
     * @param partition the columns that follow
     * @param others the rows of the other columns; {@link Closeable} if it needs to be closed
     */
    SequenceRows(
            OpenFile file, RowLayout layout, StructType partition, Iterator<InternalRow> others, Configuration conf) {
        this.file = file;
        this.others = others;
        this.decompressor = new PageDecompressor(conf);
        this.builder = new RowBuilder(layout);
        this.assembly = StructAssembly.of(layout, partition);
        ChecksumPolicy checksums = ChecksumPolicy.of(conf);
        this.lists = new ListColumnReader[file.lists().size()];
        for (int i = 0; i < lists.length; i++) {
            ListLayout list = file.lists().get(i);
            lists[i] = new ListColumnReader(
                    list,
                    new ColumnPages(
                            list,
                            new ChunkInput(FilePieces.of(file.stream(), file.path(), conf), lists.length),
                            decompressor,
                            checksums,
                            new Place(file.path(), list.name(), 0)));
        }
    }

    /** Reads the next row, as Spark's readers do here: it is here that Spark says which file an error is from. */
    @Override
    public boolean hasNext() {
        if (ready != null) {
            return true;
        }
        try {
            while (rowsLeft == 0) {
                if (closed) {
                    return false;
                }
                if (nextRowGroup > 0) {
                    for (ListColumnReader list : lists) {
                        list.finish();
                    }
                }
                if (nextRowGroup == file.rowGroups().size()) {
                    close();
                    return false;
                }
                startRowGroup();
            }
            if (!others.hasNext()) {
                throw lists[0].place().damaged("the columns beside it have fewer rows than the footer says");
            }
            rowsLeft--;
            UnsafeRow built = builder.build((UnsafeRow) others.next(), lists);
            ready = assembly == null ? built : assembly.apply(built);
            return true;
        } catch (IOException e) {
            throw SequenceRows.<RuntimeException>rethrown(e);
        }
    }

    private void startRowGroup() throws IOException {
        BlockMetaData rowGroup = file.rowGroups().get(nextRowGroup);
        for (int i = 0; i < lists.length; i++) {
            Place place = new Place(file.path(), file.lists().get(i).name(), rowGroup.getOrdinal());
            if (rowGroup.getRowCount() < 0) {
                throw place.damaged("the footer says that it has " + rowGroup.getRowCount() + " rows");
            }
            lists[i].start(file.chunks().get(nextRowGroup).get(i), file.length(), place);
        }
        rowsLeft = rowGroup.getRowCount();
        nextRowGroup++;
    }

    @Override
    public InternalRow next() {
        InternalRow row = hasNext() ? ready : null;
        if (row == null) {
            throw new NoSuchElementException();
        }
        ready = null;
        return row;
    }

    /** Throws {@code e} as it is, as a reader in Scala would: Spark has rules for files that are missing. */
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    static <E extends Exception> E rethrown(IOException e) throws E {
        throw (E) e;
    }

    @Override
    public void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            decompressor.close();
            file.stream().close();
        } finally {
            if (others instanceof Closeable closeable) {
                closeable.close();
            }
        }
    }
}
