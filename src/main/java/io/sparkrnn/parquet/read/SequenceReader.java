package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.ListLayout;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;
import scala.runtime.AbstractFunction1;

/** Reads parts of files, in the tasks: directly where the file allows it, else with Spark's own reader. */
final class SequenceReader extends AbstractFunction1<PartitionedFile, Iterator<InternalRow>> implements Serializable {
    private static final long serialVersionUID = 1;

    private final RowLayout layout;
    private final StructType partition;
    private final OpenFile.NameMatch names;
    private final Function1<PartitionedFile, Iterator<InternalRow>> whole;
    private final @Nullable Function1<PartitionedFile, Iterator<InternalRow>> rest;
    private final Broadcast<SerializableConfiguration> conf;
    private final ScanReport.@Nullable Counts counts;
    private final @Nullable RowGroupPruning pruning;
    private final @Nullable String reason;

    /**
     * A reader of rows of {@code layout}, then {@code partition}.
     *
     * @param whole Spark's reader of all of these columns
     * @param rest Spark's reader of the columns that are no float lists; null where there are none
     * @param counts where parts of files are counted
     * @param pruning says which row groups have no row that is wanted; null when all are read
     * @param reason why no file can be read directly; null when the files decide
     */
    SequenceReader(
            RowLayout layout,
            StructType partition,
            OpenFile.NameMatch names,
            Function1<PartitionedFile, Iterator<InternalRow>> whole,
            @Nullable Function1<PartitionedFile, Iterator<InternalRow>> rest,
            Broadcast<SerializableConfiguration> conf,
            ScanReport.@Nullable Counts counts,
            @Nullable RowGroupPruning pruning,
            @Nullable String reason) {
        this.layout = layout;
        this.partition = partition;
        this.names = names;
        this.whole = whole;
        this.rest = rest;
        this.conf = conf;
        this.counts = counts;
        this.pruning = pruning;
        this.reason = reason;
    }

    @Override
    public Iterator<InternalRow> apply(PartitionedFile file) {
        if (reason != null) {
            count(reason);
            return unsafe(whole.apply(file), layout.required());
        }
        Configuration hadoopConf = conf.value().value();
        try {
            OpenFile open = OpenFile.open(file, hadoopConf, layout, names, pruning);
            ListLayout onlyDirect = open.onlyDirect();
            if (open.reason() != null) {
                open.stream().close();
                if (onlyDirect != null) {
                    throw open.unreadable(onlyDirect);
                }
                count(open.reason());
                return unsafe(whole.apply(file), layout.required());
            }
            boolean started = false;
            try {
                Iterator<InternalRow> rows = new SequenceRows(open, layout, partition, others(file, open), hadoopConf);
                started = true;
                count(ScanReport.Counts.DIRECT);
                return rows;
            } finally {
                if (!started) {
                    open.stream().close();
                }
            }
        } catch (IOException e) {
            throw SequenceRows.<RuntimeException>rethrown(e);
        }
    }

    private Iterator<InternalRow> others(PartitionedFile file, OpenFile open) {
        Function1<PartitionedFile, Iterator<InternalRow>> reader = rest;
        if (reader != null) {
            return open.rowGroupsLeftOut() == 0
                    ? unsafe(reader.apply(file), layout.rest())
                    : new RowGroupRows(file, open.rowGroups(), part -> unsafe(reader.apply(part), layout.rest()));
        }
        UnsafeRow values =
                UnsafeProjection.create(partition).apply(file.partitionValues()).copy();
        return Iterator.continually(() -> values);
    }

    private Iterator<InternalRow> unsafe(Iterator<InternalRow> rows, StructType columns) {
        List<StructField> fields = new ArrayList<>(List.of(columns.fields()));
        fields.addAll(List.of(partition.fields()));
        return new UnsafeRows(rows, UnsafeProjection.create(new StructType(fields.toArray(StructField[]::new))));
    }

    private void count(String reason) {
        if (counts != null) {
            counts.add(reason);
        }
    }
}
