package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.GoldenTable;
import io.sparkrnn.spark.Rows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each golden case of a network that runs forward, cut at each step: the rest begins with the states of what is before. */
class EachStepTest extends CarryCase {
    /** More than any row has steps. */
    private static final int MOST = 1000;

    static Stream<Golden.Case> cases() {
        return Golden.cases().stream().filter(golden -> !golden.bidirectional());
    }

    private void write(String name, List<Row> rows) {
        GoldenTable.of(spark, rows).repartition(3).write().parquet(path(name));
    }

    private Map<Integer, Row> score(Golden.Case golden, String input, String output, List<String> more) {
        List<String> args = new ArrayList<>(
                List.of("--input", path(input), "--output", path(output), "--show", "0", "--report", "none"));
        args.addAll(more);
        if (golden.tolF32Scaled() == null) {
            args.addAll(List.of("--precision", "float64"));
        }
        Cli cli = Cli.run(Cli.golden(golden, "score", "model.safetensors", args.toArray(String[]::new)));
        assertThat(cli.code()).as(golden + ": " + cli).isZero();
        Map<Integer, Row> rows = new HashMap<>();
        spark.read().parquet(path(output)).collectAsList().forEach(row -> rows.put(row.getInt(0), row));
        return rows;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theRestHasTheBitsOfTheWhole(Golden.Case golden) {
        List<Row> parts = new ArrayList<>();
        List<Row> rests = new ArrayList<>();
        Map<Integer, Integer> whole = new HashMap<>();
        for (Row row : GoldenTable.rows(
                golden,
                ModelFile.open(golden.file("io.safetensors"), golden.name()).tensors())) {
            List<Object> features = row.getAs(1); // not Spark's yet
            for (int cut = 1; cut <= features.size(); cut++) {
                int id = row.getInt(0) * MOST + cut;
                parts.add(RowFactory.create(id, features.subList(0, cut), row.get(2), row.get(3)));
                if (cut < features.size()) {
                    rests.add(RowFactory.create(id, features.subList(cut, features.size()), null, null));
                    whole.put(id, row.getInt(0) * MOST + features.size());
                }
            }
        }
        boolean lstm = golden.cell().equals("lstm");
        String outputs = "hidden_states,h_n" + (lstm ? ",c_n" : "");
        List<String> first =
                new ArrayList<>(List.of("--outputs", outputs, "--keep", "id", "--state-output", path("states")));
        if (golden.hasH0()) {
            first.addAll(
                    lstm
                            ? List.of("--initial-state", "h", "--initial-cell-state", "c")
                            : List.of("--initial-state", "h"));
        }
        write("parts", parts);
        write("rests", rests);
        Map<Integer, Row> before = score(golden, "parts", "out", first);
        Map<Integer, Row> after = score(
                golden,
                "rests",
                "more",
                List.of("--outputs", outputs, "--keep", "id", "--initial-state-from", path("states")));
        assertThat(after).hasSameSizeAs(rests);
        after.forEach((id, rest) -> {
            Row all = Objects.requireNonNull(before.get(whole.get(id)));
            List<Object> steps = new ArrayList<>(Rows.floats(Objects.requireNonNull(before.get(id)), "hidden_states"));
            steps.addAll(Rows.floats(rest, "hidden_states"));
            assertThat(steps.toString())
                    .as("%s cut at %s", golden, id)
                    .isEqualTo(Rows.floats(all, "hidden_states").toString());
            assertThat(rest.get(2).toString()).isEqualTo(all.get(2).toString());
            if (lstm) {
                assertThat(rest.get(3).toString()).isEqualTo(all.get(3).toString());
            }
        });
    }
}
