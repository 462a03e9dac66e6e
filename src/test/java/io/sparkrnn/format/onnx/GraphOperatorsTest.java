package io.sparkrnn.format.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each operator in random graphs, with everything that it can be told, against ONNX Runtime, row by row. The system property
 * {@code sparkrnn.seed} is the first seed, {@code sparkrnn.seeds} how many there are for each operator.
 */
class GraphOperatorsTest {
    private static final long SEED = Long.getLong("sparkrnn.seed", 1);
    private static final int SEEDS = Integer.getInteger("sparkrnn.seeds", 12);

    @TempDir
    Path folder;

    static List<String> operators() {
        return OnnxOperatorTable.names();
    }

    @ParameterizedTest
    @MethodSource("operators")
    void agreesWithOnnxRuntime(String operator) {
        Consumer<GraphCase> maker =
                Objects.requireNonNull(OperatorCases.all().get(operator), "no cases of " + operator);
        GraphCheck check = new GraphCheck(folder);
        for (long seed = SEED; seed < SEED + SEEDS; seed++) {
            check.check(operator, seed, maker);
        }
    }

    @Test
    void casesAreOfOperatorsThatThereAre() {
        assertThat(new TreeSet<>(OperatorCases.all().keySet())).isEqualTo(new TreeSet<>(OnnxOperatorTable.names()));
    }
}
