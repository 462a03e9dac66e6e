package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;

/** Nights whose states lie in tables of a catalog, and whose scores and run files lie in folders. */
abstract class TableCarryCase extends CarryCase {
    private final List<String> tables = new ArrayList<>();

    /** The catalog and namespace of the tables. */
    abstract String namespace();

    /** A table's full name, which is dropped behind the test. */
    final String in(String table) {
        String name = namespace() + "." + table;
        tables.add(name);
        return name;
    }

    @AfterEach
    void drop() {
        tables.forEach(table -> sql("DROP TABLE IF EXISTS " + table));
    }

    static List<Row> sql(String statement) {
        return LocalSpark.session().sql(statement).collectAsList();
    }

    /** A night from a table of states into one, which may be the same. */
    final Cli night(int day, String from, String to, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--run-id",
                "night-" + day,
                "--initial-state-table",
                from,
                "--state-output-table",
                to,
                "--run-files",
                path("runs")));
        args.addAll(List.of(more));
        return score(LSTM, "in/day=" + day, "out/" + day, args.toArray(String[]::new));
    }

    static Cli done(Cli cli) {
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    static final String[] FIRST = {"--initial-state-allow", "first-night"};

    /** The states in a table, or in what a query gives, by id. */
    final Map<Object, String> states(String table) {
        Map<Object, String> states = new TreeMap<>();
        for (Row row : sql("SELECT id, h_n, c_n FROM " + table)) {
            assertThat(states.put(row.get(0), row.toString())).isNull();
        }
        return states;
    }

    /** What one run over all days up to one gives. */
    final Map<Object, String> whole(int days) {
        events(1, days, 20).write().mode("overwrite").parquet(path("all"));
        done(LSTM, "all", "whole", "--outputs", "h_n,c_n", "--mode", "overwrite");
        return rows("whole", "id", "h_n", "c_n");
    }
}
