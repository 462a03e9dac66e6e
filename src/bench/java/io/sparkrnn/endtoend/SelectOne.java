package io.sparkrnn.endtoend;

import org.apache.spark.sql.SparkSession;

/** The least that a Spark job can be: a session is made, asked {@code SELECT 1} and stopped. Public for spark-submit. */
public final class SelectOne {
    private SelectOne() {}

    /** Runs it. */
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        System.out.println(spark.sql("SELECT 1").collectAsList());
        spark.stop();
    }
}
