package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.result.Output;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The column that a head adds. */
class ScoreColumnTest {
    private static final RnnModel MODEL = new RandomNetwork(Cell.LSTM, 2, 3, 2, 2, true).model(new Random(1));

    private final SparkSession spark = LocalSpark.session();

    private static Head head(Head.Source source) {
        return new Head(
                List.of(RandomHead.linear(new Random(2), 6, 3, Precision.FLOAT32)), source, Head.Finish.SIGMOID);
    }

    private Dataset<Row> sequences() {
        return spark.sql(
                "SELECT id, transform(sequence(0, id), t -> array(float(t % 7), float(id % 5 - 2))) AS features"
                        + " FROM range(0, 100, 1, 3)");
    }

    private static List<List<Number>> scores(Engine engine, int rows) {
        int size = engine.precision().byteSize();
        ByteBuffer bytes = ByteBuffer.allocate(rows * 3 * size).order(ByteOrder.LITTLE_ENDIAN);
        engine.copyScores(0, bytes, 0, 3 * size);
        List<List<Number>> all = new ArrayList<>();
        for (int r = 0; r < rows; r++) {
            List<Number> row = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                row.add(size == 4 ? (Number) bytes.getFloat() : (Number) bytes.getDouble());
            }
            all.add(row);
        }
        return all;
    }

    @ParameterizedTest
    @CsvSource({"H_N, FLOAT32", "H_N, FLOAT64", "HIDDEN_STATES, FLOAT32", "HIDDEN_STATES, FLOAT64"})
    void givesWhatTheEngineGives(Head.Source source, Precision precision) {
        Head head = head(source);
        Dataset<Row> scored = SequenceScorer.builder(MODEL)
                .head(head)
                .precision(precision)
                .outputs(EnumSet.of(Output.SCORE))
                .batchSteps(500)
                .build()
                .transform(sequences());
        String number = precision == Precision.FLOAT32 ? "float" : "double";
        assertThat(scored.schema().apply("score").dataType().catalogString())
                .isEqualTo(source == Head.Source.H_N ? "array<" + number + ">" : "array<array<" + number + ">>");
        assertThat(scored.columns()).containsExactly("id", "score");
        Engine engine =
                EngineFactory.of(MODEL, head, precision, KernelChoice.AUTO).engine(ForwardPass.Wanted.HIDDEN_STATES);
        List<Row> rows = scored.collectAsList();
        assertThat(rows).hasSize(100);
        for (Row row : rows) {
            long id = row.getLong(0);
            int steps = (int) id + 1;
            ByteBuffer x = ByteBuffer.allocate(steps * 2 * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
            for (int t = 0; t < steps; t++) {
                for (int value : new int[] {t % 7, (int) id % 5 - 2}) {
                    if (precision == Precision.FLOAT32) {
                        x.putFloat(value);
                    } else {
                        x.putDouble(value);
                    }
                }
            }
            engine.clear();
            engine.add(x.flip(), steps, null, null);
            engine.run();
            List<List<Number>> expected = scores(engine, source == Head.Source.H_N ? 1 : steps);
            if (source == Head.Source.H_N) {
                assertThat(row.<Number>getList(1)).isEqualTo(expected.get(0));
            } else {
                assertThat(Rows.floats(row, "score")).isEqualTo(expected);
            }
        }
    }

    @Test
    void isAddedWhereThereIsAHead() {
        assertThat(SequenceScorer.builder(MODEL)
                        .head(head(Head.Source.H_N))
                        .build()
                        .transform(sequences())
                        .columns())
                .containsExactly("id", "hidden_states", "h_n", "score");
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .outputs(EnumSet.of(Output.SCORE))
                        .build())
                .hasMessageContaining("no head to score with");
        RnnModel narrow = RandomNetwork.of(Cell.GRU, 2, 5).model(new Random(1));
        assertThatThrownBy(() -> SequenceScorer.builder(narrow)
                        .head(head(Head.Source.H_N))
                        .build())
                .hasMessageContaining("the head takes 6 numbers, the network's last layer gives 5");
    }

    @Test
    void isAnArrayLikeAnyOther() {
        for (Head.Source source : Head.Source.values()) {
            Dataset<Row> scored =
                    SequenceScorer.builder(MODEL).head(head(source)).build().transform(sequences());
            List<Row> ordered = scored.orderBy("id").collectAsList();
            assertThat(ordered).hasSize(100);
            String number = source == Head.Source.H_N ? "score[2]" : "element_at(score, -1)[2]";
            List<Row> last = scored.orderBy("id").selectExpr("id", number).collectAsList();
            assertThat(last).hasSize(100);
            for (int i = 0; i < ordered.size(); i++) {
                List<?> score = ordered.get(i).getList(3);
                Object expected = source == Head.Source.H_N
                        ? score.get(2)
                        : Rows.floats(ordered.get(i), "score")
                                .get(score.size() - 1)
                                .get(2);
                assertThat(last.get(i).get(1)).isEqualTo(expected);
            }
        }
    }
}
