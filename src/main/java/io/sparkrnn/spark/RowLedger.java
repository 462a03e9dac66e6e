package io.sparkrnn.spark;

/** What became of the rows, partition by partition. */
final class RowLedger extends PartitionLedger<RowCounts> {
    private static final long serialVersionUID = 1;

    /** Counts for the partition at hand, which this then has. */
    synchronized RowCounts open() {
        RowCounts counts = new RowCounts();
        add(counts);
        return counts;
    }

    @Override
    PartitionLedger<RowCounts> empty() {
        return new RowLedger();
    }

    /** All together. */
    RowCounts total() {
        RowCounts total = new RowCounts();
        parts().forEach(total::add);
        return total;
    }
}
