package io.sparkrnn.spark;

import org.apache.spark.sql.SparkSession;

/** The one Spark of a test JVM: two tasks at a time, no web page, no port. */
public final class LocalSpark {
    private static final SparkSession SESSION = start();

    private LocalSpark() {}

    public static SparkSession session() {
        return SESSION;
    }

    private static SparkSession start() {
        return SparkSession.builder()
                .master("local[2]")
                .appName("tests")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "4")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .config("spark.sql.session.timeZone", "UTC")
                .getOrCreate();
    }
}
