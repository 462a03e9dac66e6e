package io.sparkrnn.job;

import org.apache.spark.sql.SparkSession;

/**
 * A client of Spark Connect, a program of its own: on its class path is what Spark's own client has, and nothing of ours but
 * this class and {@link RowsChecksum}. The server is that of SPARK_REMOTE. Prints a line a question: its name, and the answer.
 *
 * <p>Arguments: the folder or file of the table; a model that the server has not been told of, whose sidecar
 * asks for nothing.
 */
public final class ConnectClient {
    private final SparkSession spark;

    private ConnectClient(SparkSession spark) {
        this.spark = spark;
    }

    /** Asks everything. */
    public static void main(String[] args) {
        SparkSession spark = SparkSession.builder().getOrCreate();
        spark.read().parquet(args[0]).createOrReplaceTempView("sequences");
        ConnectClient client = new ConnectClient(spark);
        client.ask("configured", "rnn.weather(features)");
        client.ask("tried", "rnn.try_weather(features)");
        client.ask("path", "rnn.`" + args[1] + "`(features)");
        spark.conf().set("spark.sql.catalog.mine", "io.sparkrnn.sql.ModelCatalog");
        spark.conf().set("spark.sql.catalog.mine.net.model", args[1]);
        client.ask("session", "mine.net(features)");
        client.ask("short", "rnn.weather(IF(id = 'seattle-2012-01-03', array(array(1F, 2F)), features))");
        client.ask("text", "rnn.weather(id)");
        client.ask("missing", "rnn.`/none/model.pt`(features)");
        spark.stop();
    }

    private void ask(String name, String call) {
        String answer;
        try {
            answer = RowsChecksum.of(
                    spark.sql("SELECT id, " + call + ".h_n FROM sequences").collectAsList());
        } catch (Exception e) { // what it is differs between Sparks, and one of them is checked
            answer = e.getClass().getSimpleName() + ": " + firstLine(String.valueOf(e.getMessage()));
        }
        System.out.println(name + ": " + answer);
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }
}
