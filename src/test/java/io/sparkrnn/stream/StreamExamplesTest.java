package io.sparkrnn.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/streaming.md shows is compiled and run here, line for line. */
class StreamExamplesTest {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));

    private final SparkSession spark = LocalSpark.session().newSession();

    @TempDir
    Path folder;

    @Test
    void aStream() throws Exception {
        assumeTrue(StatefulStreams.lack() == null, "a Spark before 4.0");
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 8).model(new Random(5));
        Path arriving = Files.createDirectory(folder.resolve("arriving"));
        Events files = new Events(spark, arriving);
        files.add(List.of(Events.event("a", 2, 0.5f, 1), Events.event("a", 1, 0.25f, 2), Events.event("b", 7, 1f, 3)));
        files.add(List.of(Events.event("a", 3, 0.5f, 1), Events.event("b", 6, 0.25f, 2)));
        String output = folder.resolve("output").toString();
        String checkpoint = folder.resolve("checkpoint").toString();
        spark.conf().set("spark.sql.shuffle.partitions", "2");
        Dataset<Row> events = files.stream();

        SequenceScorer scorer = SequenceScorer.builder(model)
                .features("a", "b")
                .events(EventLayout.builder("client", "n")
                        .gives(EventLayout.Gives.EVENTS)
                        .build())
                .outputs(EnumSet.of(Output.HIDDEN_STATES))
                .build();
        spark.conf()
                .set(
                        "spark.sql.streaming.stateStore.providerClass",
                        "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
        StreamScorer stream =
                StreamScorer.builder(scorer).onInvalid(OnInvalid.nulls()).build();
        StreamingQuery query = stream.transform(events)
                .writeStream()
                .format("parquet")
                .option("checkpointLocation", checkpoint)
                .trigger(Trigger.AvailableNow())
                .start(output);
        query.awaitTermination();

        Dataset<Row> scored = spark.read().parquet(output);
        assertThat(scored.columns()).containsExactly("client", "n", "hidden_states", "error_code");
        assertThat(scored.count()).isEqualTo(5);
        assertThat(scored.where("error_code = 'LATE_EVENT'").head().getLong(1)).isEqualTo(6);
    }

    @Test
    void anOlderSparkSaysThatItHasNone() {
        assumeTrue(StatefulStreams.lack() != null, "Spark 4.0 and later have them");
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 8).model(new Random(5));
        SequenceScorer scorer = SequenceScorer.builder(model)
                .features("a", "b")
                .events(EventLayout.builder("client", "n").build())
                .build();
        Dataset<Row> events = new Events(spark, folder).stream();
        assertThatThrownBy(() -> StreamScorer.builder(scorer).build().transform(events))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("which Spark has from 4.0 on");
    }

    @Test
    void isPrintedAsItIsRun() throws IOException {
        String page = Files.readString(PROJECT.resolve("docs/streaming.md"));
        String test =
                plain(Files.readString(PROJECT.resolve("src/test/java/io/sparkrnn/stream/StreamExamplesTest.java")));
        List<MatchResult> blocks =
                Pattern.compile("(?s)```java\n(.*?)```").matcher(page).results().toList();
        assertThat(blocks).hasSize(1);
        for (MatchResult block : blocks) {
            assertThat(test).contains(plain(block.group(1)));
        }
    }

    /** Without the blanks that only the place of a line makes. */
    private static String plain(String code) {
        return code.lines().map(String::strip).reduce("", (all, line) -> all + "\n" + line) + "\n";
    }
}
