package io.sparkrnn.report;

/** Steps in buckets that grow with their distance from the first: four to each doubling, 120 for all steps there can be. */
final class StepBuckets {
    private StepBuckets() {}

    /** The bucket of a step, which counts from 0. */
    static int of(long step) {
        if (step < 4) {
            return (int) step;
        }
        int octave = Long.SIZE - 1 - Long.numberOfLeadingZeros(step);
        return (octave - 1) * 4 + (int) (step >>> (octave - 2) & 3);
    }

    /** The first step of a bucket. */
    static long first(int bucket) {
        if (bucket < 4) {
            return bucket;
        }
        return (4L + bucket % 4) << (bucket / 4 - 1);
    }
}
