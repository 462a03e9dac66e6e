package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.Rows;
import io.sparkrnn.tensor.Tensors;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The sample in data/, which is what a stranger scores first, against what PyTorch gives for it. */
class SampleTest {
    @TempDir
    Path folder;

    private static Tensors expected(String file) throws URISyntaxException {
        Path path = Path.of(Objects.requireNonNull(SampleTest.class.getResource("/weather/" + file))
                .toURI());
        return ModelFile.open(path, file).tensors();
    }

    /** The scored sample, in the order of the truth. */
    private List<Row> rows(Path output) {
        List<Row> rows = new ArrayList<>(
                LocalSpark.session().read().parquet(output.toString()).collectAsList());
        rows.sort(Comparator.comparing(row -> row.getString(row.fieldIndex("id"))));
        assertThat(rows).hasSize(1461);
        return rows;
    }

    @ParameterizedTest
    @CsvSource({"rnn, expected_rnn", "lstm, head_lstm", "gru, head_gru"})
    void allThreeNetworksPredictWhatPyTorchPredicts(String cell, String truthFile) throws URISyntaxException {
        Path output = folder.resolve(cell);
        Cli cli = Cli.run(
                "score",
                "--model",
                "data/weather_" + cell + ".pt",
                "--input",
                "data/weather.parquet",
                "--outputs",
                "score",
                "--output",
                output.toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Head:    head: linear 8 to 2, on h_n").contains("score [");
        double[] truth = expected(truthFile + ".safetensors").get("head_f64").toDoubles();
        List<Row> rows = rows(output);
        double largest = 0;
        for (int b = 0; b < rows.size(); b++) {
            List<Float> score = rows.get(b).getList(rows.get(b).fieldIndex("score"));
            assertThat(score).hasSize(2);
            for (int i = 0; i < 2; i++) {
                largest = Math.max(largest, Math.abs(score.get(i) - truth[b * 2 + i]));
            }
        }
        assertThat(largest).isLessThan(1e-6);
    }

    @Test
    void theSampleHasPyTorchsNumbers() throws URISyntaxException {
        Path output = folder.resolve("out");
        Cli cli = Cli.run(
                "score",
                "--model",
                "data/weather_rnn.pt",
                "--input",
                "data/weather.parquet",
                "--output",
                output.toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Scored 1,461 sequences, 43,395 time steps")
                .contains("id seattle-2012-01-01, date 2012-01-01, hidden_states [1]")
                .contains(output.toString());

        Tensors io = expected("expected_rnn.safetensors");
        double[] finalStates = io.get("h_n_f64").toDoubles();
        double[] float32 = io.get("h_n").toDoubles();
        double[] first64 = io.get("output_first64").toDoubles();
        long[] lengths = io.get("lengths").toLongs();

        List<Row> rows = rows(output);
        double ours = 0;
        double pyTorchs = 0;
        for (int b = 0; b < rows.size(); b++) {
            List<List<Number>> states = Rows.floats(rows.get(b), "hidden_states");
            List<List<Number>> last = Rows.floats(rows.get(b), "h_n");
            assertThat(states).hasSize((int) lengths[b]);
            assertThat(last).containsExactly(states.get(states.size() - 1));
            for (int j = 0; j < 8; j++) {
                double truth = finalStates[b * 8 + j];
                ours = Math.max(ours, Math.abs(last.get(0).get(j).doubleValue() - truth));
                pyTorchs = Math.max(pyTorchs, Math.abs(float32[b * 8 + j] - truth));
                for (int t = 0; b < 64 && t < states.size(); t++) {
                    assertThat(states.get(t).get(j).doubleValue())
                            .isCloseTo(first64[(b * 30 + t) * 8 + j], org.assertj.core.api.Assertions.within(1e-6));
                }
            }
        }
        // The layer's sums are grouped as PyTorch groups them, so the roundings are mostly the same ones.
        assertThat(ours).as("against PyTorch's own error %s", pyTorchs).isLessThanOrEqualTo(pyTorchs);
    }
}
