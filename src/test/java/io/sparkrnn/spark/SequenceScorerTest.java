package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.RnnModel;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

class SequenceScorerTest {
    private final SparkSession spark = LocalSpark.session();

    @Test
    void scoresRaggedSequences() {
        RnnModel model = RandomNetwork.of(CellType.RNN_TANH, 2, 3).model(new Random(1));
        Dataset<Row> input = spark.sql(
                "SELECT id, date'2020-01-01' AS day, named_struct('a', id, 'b', array(1,2)) AS s,"
                        + " transform(sequence(0, id), t -> array(float(t), float(id))) AS features FROM range(0, 100, 1, 3)");
        Dataset<Row> scored = SequenceScorer.builder(model).id("id").build().transform(input);
        scored.explain();
        scored.printSchema();
        List<Row> rows = scored.collectAsList();
        assertThat(rows).hasSize(100);
        System.out.println(rows.get(3));
        System.out.println(rows.get(99).getStruct(2));
    }
}
