package io.sparkrnn.spark.count;

/** What became of the rows, partition by partition. */
public final class RowLedger extends PartitionLedger<RowCounts> {
    private static final long serialVersionUID = 1;

    /** Counts for the partition at hand, which this then has. */
    public synchronized RowCounts open() {
        RowCounts counts = new RowCounts();
        add(counts);
        return counts;
    }

    @Override
    protected PartitionLedger<RowCounts> empty() {
        return new RowLedger();
    }

    /** All together. */
    public RowCounts total() {
        RowCounts total = new RowCounts();
        parts().forEach(total::add);
        return total;
    }
}
