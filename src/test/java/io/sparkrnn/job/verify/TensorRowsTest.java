package io.sparkrnn.job.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a framework has the numbers of several rows. */
class TensorRowsTest {
    private static List<Integer> axes(String text) {
        return text.isEmpty()
                ? List.of()
                : Arrays.stream(text.split(" "))
                        .map(size -> size.equals("T") ? GraphInput.STEPS : Integer.parseInt(size))
                        .toList();
    }

    private static List<TensorRows> ways(String tensor, String one) {
        long[] sizes = tensor.isEmpty()
                ? new long[0]
                : Arrays.stream(tensor.split(" ")).mapToLong(Long::parseLong).toArray();
        return TensorRows.of(Shape.of(sizes), axes(one));
    }

    @ParameterizedTest
    @CsvSource({
        // one row, the tensor, then: rows, steps, and where the number of row 1 (or 0), step 2, column 1 (or 0) is
        "1 T 3, 4 5 3, 4, 5, 22",
        "1 T 3, 5 3, 1, 5, 7",
        "T 1 3, 5 4 3, 4, 5, 28",
        "1 3 T, 4 3 5, 4, 5, 22",
        "T 3, 4 5 3, 4, 5, 22",
        "T 3, 5 3, 1, 5, 7",
        "1 T, 4 5, 4, 5, 7",
        "1 T 1, 4 5 1, 4, 5, 7",
        "1 T 1, 4 5, 4, 5, 7",
        "1 T, 4 5 1, 4, 5, 7",
        "1 T 2 2, 3 5 4, 3, 5, 29",
        "1 T 2 2, 3 5 2 2, 3, 5, 29",
        "1 3, 4 3, 4, 0, 4",
        "1 3, 3, 1, 0, 1",
        "1 1, 4, 4, 0, 1",
        "1, 4, 4, 0, 1",
        "'', 4, 4, 0, 1",
        "'', '', 1, 0, 0",
        "2 1 3, 2 4 3, 4, 0, 4",
        "1 1 3, 1 4 3, 4, 0, 4",
        "1 1 3, 4 1 3, 4, 0, 4",
    })
    void areFound(String one, String tensor, int rows, int steps, int place) {
        TensorRows way = ways(tensor, one).get(0);
        assertThat(way.rows()).isEqualTo(rows);
        assertThat(way.steps()).isEqualTo(steps);
        assertThat(way.at(Math.min(1, rows - 1), steps == 0 ? 0 : 2, Math.min(1, way.columns().length - 1)))
                .isEqualTo(place);
    }

    @ParameterizedTest
    @CsvSource({
        "1 T 3, 4 5 2",
        "1 T 3, 4 3 5",
        "1 3 T, 4 5 3",
        "1 3, 4 4",
        "1 T, 4 5 2",
        "1 T 3, 0 5 3",
        "1 T 3, 5",
        "T 1 3, 4 3 3 5",
    })
    void othersAreNone(String one, String tensor) {
        assertThat(ways(tensor, one)).isEmpty();
    }

    @Test
    void whatMayBeReadInTwoWaysHasBoth() {
        assertThat(ways("5 1", "1 T 1"))
                .extracting(way -> List.of(way.rows(), way.steps()))
                .contains(List.of(5, 1), List.of(1, 5));
    }
}
