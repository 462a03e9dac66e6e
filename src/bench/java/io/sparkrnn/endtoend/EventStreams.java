package io.sparkrnn.endtoend;

import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.stream.StreamScorer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.apache.spark.sql.streaming.Trigger;

/**
 * How many events a second a stream takes whose states are kept: a GRU of 64 over ten numbers, micro-batches of 50,000 events, of
 * as many ids or of 50 events each. Argument: the number of events of an id in a micro-batch.
 */
final class EventStreams {
    private static final int EVENTS = 50_000;
    private static final int BATCHES = 6;

    private EventStreams() {}

    public static void main(String[] arguments) throws Exception {
        int each = Integer.parseInt(arguments[0]);
        Path folder = Files.createTempDirectory("streams");
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.shuffle.partitions", "2")
                .config(
                        "spark.sql.streaming.stateStore.providerClass",
                        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider")
                .getOrCreate();
        String in = folder.resolve("in").toString();
        String[] columns = new String[12];
        columns[0] = "id % " + EVENTS / each + " AS client";
        columns[1] = "id AS n";
        String[] features = new String[10];
        for (int i = 0; i < features.length; i++) {
            features[i] = "f" + i;
            columns[2 + i] = "float(sin(id * " + (i + 1) + ")) AS f" + i;
        }
        for (int b = 0; b < BATCHES; b++) {
            spark.range((long) b * EVENTS, (long) (b + 1) * EVENTS, 1, 1)
                    .selectExpr(columns)
                    .write()
                    .mode("append")
                    .parquet(in);
        }
        Dataset<Row> stream = spark.readStream()
                .schema(spark.read().parquet(in).schema())
                .option("maxFilesPerTrigger", 1)
                .parquet(in);
        SequenceScorer scorer = SequenceScorer.builder(
                        RandomNetwork.of(Cell.GRU, 10, 64).model(new Random(1)))
                .features(features)
                .events(EventLayout.builder("client", "n")
                        .gives(EventLayout.Gives.EVENTS)
                        .build())
                .outputs(EnumSet.of(Output.HIDDEN_STATES))
                .build();
        // files of one commit may come in another order
        StreamScorer streamed =
                StreamScorer.builder(scorer).late(LateEvents.TAKEN).build();
        StreamingQuery query = streamed.transform(stream)
                .writeStream()
                .format("noop")
                .option("checkpointLocation", folder.resolve("checkpoint").toString())
                .trigger(Trigger.AvailableNow())
                .start();
        query.awaitTermination();
        for (StreamingQueryProgress progress : query.recentProgress()) {
            long millis = Objects.requireNonNull(progress.durationMs().get("triggerExecution"));
            System.out.println(each + " events an id: micro-batch " + progress.batchId() + ", " + progress.numInputRows()
                    + " events, " + millis + " ms, " + progress.numInputRows() * 1000 / Math.max(1, millis)
                    + " events/s (with all that a micro-batch costs)");
        }
        spark.stop();
    }
}
