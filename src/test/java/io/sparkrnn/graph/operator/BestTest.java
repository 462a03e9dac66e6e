package io.sparkrnn.graph.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.GraphOutput.Form;
import io.sparkrnn.graph.GraphOutput.Kind;
import io.sparkrnn.graph.Node;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The best of many scores, against sorting all of them. */
class BestTest {
    private static Array scores(Precision precision, double... values) {
        Array scores = Array.numbers(precision, 1, values.length);
        for (int i = 0; i < values.length; i++) {
            scores.set(i, values[i]);
        }
        return scores;
    }

    private static long[] indices(Array[] best) {
        return best[1].toWholes();
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void areThoseThatSortingGives(Precision precision) {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            int width = 1 + random.nextInt(60);
            // few values, so that many are equal; some are none
            double[] values = random.ints(width, -4, 9)
                    .mapToDouble(value -> value == 8
                            ? Double.NaN
                            : value == 7 ? Double.NEGATIVE_INFINITY : value == 0 ? -0.0 : value / 3.0)
                    .toArray();
            Array all = scores(precision, values);
            int most = 1 + random.nextInt(width);
            long[] seen = random.longs(random.nextInt(20), -2, width + 3).toArray();
            Set<Long> out = new HashSet<>();
            Arrays.stream(seen).forEach(out::add);
            long never = random.nextInt(width);
            out.add(never);
            long[] expected = IntStream.range(0, width)
                    .boxed()
                    .filter(i -> !out.contains((long) i))
                    .sorted((a, b) -> {
                        int compared = TopK.compared(all.get(b), all.get(a));
                        return compared == 0 ? a - b : compared;
                    })
                    .limit(most)
                    .mapToLong(i -> i)
                    .toArray();
            Array[] best = new Best(most, List.of(never)).run(new Array[] {all, Array.ofWholes(seen)}, precision);
            assertThat(indices(best)).as("seed %d", seed).isEqualTo(expected);
            for (int n = 0; n < expected.length; n++) {
                assertThat(Double.doubleToLongBits(best[0].get(n)))
                        .isEqualTo(Double.doubleToLongBits(all.get((int) expected[n])));
            }
            assertThat(best[0].shape()).isEqualTo(best[1].shape());
        }
    }

    @Test
    void ofEqualOnesTheLowerIndexIsFirstAndNanIsAboveAll() {
        Array all = scores(Precision.FLOAT32, 1, 3, 3, Double.NaN, 3, Double.NaN);
        @Nullable Array[] inputs = {all};
        assertThat(indices(new Best(4, List.of()).run(inputs, Precision.FLOAT32)))
                .containsExactly(3, 5, 1, 2);
        assertThat(indices(new Best(6, List.of()).run(inputs, Precision.FLOAT32)))
                .containsExactly(3, 5, 1, 2, 4, 0);
    }

    @Test
    void whereTooFewAreLeftThereAreFewer() {
        Array[] inputs = {scores(Precision.FLOAT64, 1, 2, 3), Array.ofWholes(2, 0, 2)};
        assertThat(indices(new Best(3, List.of()).run(inputs, Precision.FLOAT64)))
                .containsExactly(1);
        assertThat(indices(new Best(3, List.of(1L)).run(inputs, Precision.FLOAT64)))
                .isEmpty();
    }

    // ---- in a graph ----

    private static final GraphInput ITEMS = new GraphInput("items", List.of(GraphInput.STEPS), OptionalLong.of(5));

    private static Graph graph(GraphOutput... outputs) {
        return new Graph(
                List.of(ITEMS, new GraphInput("s", List.of(1, 5), OptionalLong.empty())),
                Map.of(),
                List.of(
                        new Node("a", new Identity(), List.of("s"), List.of("scores")),
                        new Node("b", new Identity(), List.of("scores"), List.of("scores_index")),
                        new Node("c", new Identity(), List.of("scores_index"), List.of("again"))),
                List.of(outputs));
    }

    @Test
    void anOutputIsReplacedByTwoWhateverTheGraphCallsItsValues() {
        GraphOutput scores = new GraphOutput("scores", Form.OF_ROW, -1, 5);
        GraphOutput again = new GraphOutput("again", Form.OF_ROW, -1, 5);
        Graph ranked = new Ranking("scores", 2, "items", List.of(0L)).of(graph(scores, again));
        assertThat(ranked.outputs())
                .containsExactly(
                        new GraphOutput("scores", Form.LIST_OF_ROW, 0, 2),
                        new GraphOutput("scores_index", Form.LIST_OF_ROW, 0, 2, Kind.WHOLE_NUMBERS),
                        again);
        assertThat(ranked.nodes().get(2).inputs()).containsExactly("all of scores_index");
        assertThat(ranked.outputs()).asString().contains("scores [up to 2], scores_index [up to 2] of whole numbers");
        // what the best alone need
        assertThat(ranked.with(ranked.outputs().subList(0, 2)).inputs()).hasSize(2);
    }

    @Test
    void whatCannotBeRankedIsRefused() {
        GraphOutput scores = new GraphOutput("scores", Form.OF_ROW, -1, 5);
        GraphOutput index = new GraphOutput("scores_index", Form.OF_ROW, -1, 5);
        refused(new Ranking("s", 2, null, List.of()), "no output 's'", scores);
        refused(new Ranking("scores", 6, null, List.of()), "the best 6 of scores [5]: expected 1 to 5", scores);
        refused(new Ranking("scores", 0, null, List.of()), "the best 0", scores);
        refused(new Ranking("scores", 2, null, List.of(5L)), "index 5 is to be left out", scores);
        refused(new Ranking("scores", 2, "x", List.of()), "no input 'x'", scores);
        refused(new Ranking("scores", 2, "s", List.of()), "s [5] has no indices", scores);
        refused(
                new Ranking("scores", 2, null, List.of()),
                "'scores_index', which is the name of another",
                scores,
                index);
        refused(
                new Ranking("scores", 2, "items", List.of()),
                "are not of as many",
                new GraphOutput("scores", Form.OF_ROW, -1, 4));
        refused(
                new Ranking("scores", 2, null, List.of()),
                "a list of scores a row",
                new GraphOutput("scores", Form.NUMBERS_OF_STEP, 0, 5));
    }

    private static void refused(Ranking ranking, String why, GraphOutput... outputs) {
        assertThatThrownBy(() -> ranking.of(graph(outputs)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining(why);
    }
}
