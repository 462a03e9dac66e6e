package io.sparkrnn.job;

/** The command line. */
public final class SparkRnn {
    private SparkRnn() {}

    public static void main(String[] args) {}
}
