package io.sparkrnn.report;

/**
 * Which rows of a partition are looked at, by their place in it alone: the first ones all, then every second, every third, and
 * so on, so that it is some hundred rows of a small partition and a thousand of a thousand million. Each stands for those
 * that are passed over after it, so late rows count for no less than early ones.
 */
public final class RowSampler {
    /** After so many rows the distance grows by one. */
    private static final int EASE = 64;

    /** Of more partitions only some are looked at, for each sends its profile to the driver. */
    private static final int MOST_PARTITIONS = 512;

    /** One of so many partitions is looked at. */
    private final long partitionsEach;

    private long row;
    private long next;

    private RowSampler(long partitionsEach, long next) {
        this.partitionsEach = partitionsEach;
        this.next = next;
    }

    /** For the rows of one partition of several. */
    public static RowSampler ofPartition(int partition, int partitions) {
        int each = Math.max(1, (partitions + MOST_PARTITIONS - 1) / MOST_PARTITIONS);
        return new RowSampler(each, partition % each == 0 ? 0 : Long.MAX_VALUE);
    }

    /**
     * Goes to the next row.
     *
     * @return for how many rows it stands; 0 when it is passed over
     */
    public long next() {
        if (row++ != next) {
            return 0;
        }
        long distance = 1 + next / EASE;
        next += distance;
        return distance * partitionsEach;
    }
}
