package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are short, and numbers that are none; what ONNX Runtime has not, by what it has; the page of operators. */
class GraphRowsTest {
    private static final Path PAGE = Path.of(System.getProperty("user.dir"), "docs/operators.md");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Abs",
                "Neg",
                "Ceil",
                "Floor",
                "Round",
                "Sqrt",
                "Exp",
                "Log",
                "Tanh",
                "Sigmoid",
                "Relu",
                "LeakyRelu",
                "Elu",
                "Softplus",
                "Reciprocal",
                "Erf",
                "Identity"
            })
    void numbersThatAreNone(String operator) {
        GraphCheck check = new GraphCheck(folder);
        for (int seed = 1; seed <= 5; seed++) {
            check.check(operator + " of any numbers", seed, c -> {
                c.anyNumbers = true;
                c.output(c.op(operator, c.value().name()));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Add", "Sub", "Mul", "Div", "Max", "Min", "Less", "GreaterOrEqual", "Equal"})
    void pairsThatAreNone(String operator) {
        GraphCheck check = new GraphCheck(folder);
        for (int seed = 1; seed <= 5; seed++) {
            check.check(operator + " of any numbers", seed, c -> {
                c.anyNumbers = true;
                Value x = c.x();
                Value other = c.input("other", GraphCase.BATCH, GraphCase.STEPS, x.sizes()[2]);
                c.output(c.op(operator, x.name() + " " + other.name()));
            });
        }
    }

    @Test
    void rowsThatAreTooShortLeaveTheOthersAlone() {
        GraphCheck check = new GraphCheck(folder);
        check.check(
                "a window of 5 steps",
                1,
                c -> {
                    c.tolerance = 1e-5;
                    c.least = 5;
                    Value turned = c.transpose(c.x(2), 0, 2, 1);
                    c.output(c.op("Conv", turned.name() + " " + c.weights(3, 2, 5)));
                },
                9,
                2,
                5,
                1,
                4,
                12,
                6);
        assertThat(check.problems()).isEqualTo(3);
    }

    @Test
    void rowsThatAreTooLongForATable() {
        GraphCheck check = new GraphCheck(folder);
        check.check(
                "places of 20 steps",
                1,
                c -> {
                    Value x = c.x(2);
                    String steps = c.op("Gather", c.op("Shape", x.name()) + " " + c.whole(1));
                    String places = c.op("Range", c.whole(0) + " " + steps + " " + c.whole(1));
                    c.output(c.op("Add", c.op("Gather", c.numbers(20, 2) + " " + places) + " " + x.name()));
                },
                3,
                20,
                21,
                1,
                60);
        assertThat(check.problems()).isEqualTo(2);
    }

    @Test
    void indicesThatATableHasNot() {
        GraphCheck check = new GraphCheck(folder);
        check.check(
                "a table of 3",
                5,
                c -> {
                    c.x(1);
                    // Drawn below 4.
                    Value item = c.indices("item", 4, GraphCase.BATCH, GraphCase.STEPS);
                    c.output(c.op("Gather", c.numbers(3, 2) + " " + item.name()));
                    c.output("x");
                },
                1,
                2,
                1,
                3,
                9,
                1,
                1);
        assertThat(check.problems()).isBetween(1, 6);
    }

    @ParameterizedTest
    @ValueSource(strings = {"LSTM", "GRU", "RNN"})
    void layoutOneIsLayoutZeroTurned(String type) {
        GraphCheck check = new GraphCheck(folder);
        for (int seed = 1; seed <= 6; seed++) {
            for (String direction : new String[] {"forward", "reverse", "bidirectional"}) {
                check.same(
                        type + " " + direction,
                        seed,
                        c -> layout(c, type, direction, 0),
                        c -> layout(c, type, direction, 1));
            }
        }
    }

    private static void layout(GraphCase c, String type, String direction, int layout) {
        int directions = direction.equals("bidirectional") ? 2 : 1;
        int hidden = 3;
        long rows = hidden * (type.equals("LSTM") ? 4L : type.equals("GRU") ? 3 : 1);
        Value x = c.x(2);
        String weights = c.weights(directions, rows, 2) + " " + c.weights(directions, rows, hidden);
        Value row = c.input("row", GraphCase.BATCH, (long) directions * hidden);
        String state = c.op("Reshape", c.op("Tanh", row.name()) + " " + c.longs(1, directions, hidden));
        Value states = new Value(state, 1, directions, hidden);
        String initial = layout == 1 ? state : c.transpose(states, 1, 0, 2).name();
        String taken = layout == 1 ? x.name() : c.transpose(x, 1, 0, 2).name();
        var given = c.ops(
                type,
                2,
                taken + " " + weights + " - - " + initial,
                attribute("hidden_size", (long) hidden),
                attribute("direction", direction),
                attribute("layout", (long) layout));
        Value y = new Value(given.get(0), GraphCase.STEPS, directions, 1, hidden);
        Value h = new Value(given.get(1), directions, 1, hidden);
        c.output(layout == 1 ? given.get(0) : c.transpose(y, 2, 0, 1, 3).name());
        c.output(layout == 1 ? given.get(1) : c.transpose(h, 1, 0, 2).name());
    }

    @Test
    void thePageHasEveryOperatorAndNoOther() throws IOException {
        TreeSet<String> described = Pattern.compile("(?m)^\\| `(\\w+)` \\|")
                .matcher(Files.readString(PAGE))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        TreeSet<String> run = new TreeSet<>(OnnxOperatorTable.names());
        run.addAll(java.util.List.of("LSTM", "GRU", "RNN", "Constant", "If", "Loop", "Scan"));
        assertThat(described).isEqualTo(run);
    }
}
