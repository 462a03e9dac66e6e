package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.state.StateArguments.Allowed;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** Former states in a table of a catalog, as it is now or, where it has versions, as a run left it. */
final class TableOrigin implements StateOrigin {
    private final TableStates table;
    private final StateChain.Taker taker;

    /** The version that is read; null for what is there now. */
    private @Nullable String past;

    /** The version that the table was at before anything was read of it; null where it has none. */
    private @Nullable String began;

    TableOrigin(TableStates table, StateChain.Taker taker) {
        this.table = table;
        this.taker = taker;
    }

    @Override
    public String option() {
        return table.option();
    }

    @Override
    public String address() {
        return table.name();
    }

    /** See {@link #chain}, which notes it: another run that writes the table behind that is found by it. */
    @Nullable
    String began() {
        return began;
    }

    /** Whether a name means this table. */
    boolean isNamed(SparkSession session, TableStates other) {
        return table.fullName(session).equalsIgnoreCase(other.fullName(session));
    }

    @Override
    public StateChain chain(SparkSession session) {
        boolean there = table.exists(session);
        began = there ? table.version(session) : null;
        JsonNode last = table.last(session);
        boolean mayBeFirst = last == null && taker.arguments().allows(Allowed.FIRST_NIGHT);
        if (!there) {
            if (mayBeFirst) {
                return StateChain.first(this, taker, "is not there");
            }
            throw refused(ExitCode.INPUT, "there is no table " + address() + otherwise(last));
        }
        if (mayBeFirst && table.rows(session).isEmpty()) {
            return StateChain.first(this, taker, "has no rows");
        }
        String asked = taker.arguments().run;
        JsonNode writer = last == null ? null : asked == null ? table.writer(session) : asked(session, asked);
        return StateChain.of(this, writer == null ? List.of() : List.of(writer), untold(last), taker);
    }

    private static String otherwise(@Nullable JsonNode last) {
        return last == null
                ? "; name that of an earlier run. For a first night, before which there is none, give "
                        + StateArguments.ALLOW + " " + Allowed.FIRST_NIGHT
                : ", which run " + id(last) + " wrote; restore it, or name another";
    }

    private static String id(JsonNode run) {
        return run.path("run_id").asText();
    }

    /** The file of a run that is asked for, whose states are read even if later runs replaced them. */
    private @Nullable JsonNode asked(SparkSession session, String asked) {
        JsonNode run = table.of(session, asked);
        if (run == null || table.isAsLeftBy(session, run)) {
            return run;
        }
        past = TableStates.version(run);
        if (past == null) {
            throw refused(
                    ExitCode.INPUT,
                    "the states in " + address() + " are no longer those of run " + asked + ", which "
                            + StateArguments.RUN
                            + " asks for, and a table of its format keeps no versions; name the run"
                            + " whose states are meant");
        }
        return run;
    }

    private String untold(@Nullable JsonNode last) {
        if (table.runs() == null) {
            return "there is no folder with the files of runs; name it with --run-files";
        }
        String among = " among those in " + table.runs().address();
        if (last == null) {
            return "there is no file of a run that wrote it with " + StateArguments.TO_TABLE + among
                    + "; where it has no rows, and this is the first night, give " + StateArguments.ALLOW + " "
                    + Allowed.FIRST_NIGHT;
        }
        String asked = taker.arguments().run;
        if (asked != null) {
            return "run " + asked + " did not write it, by its file" + among + "; the last that did is " + id(last);
        }
        return "its rows are others than any run left" + among + ": it was changed since, or a run was ended before it"
                + " had written its file"
                + (TableStates.version(last) == null
                        ? ""
                        : "; to go on from what run " + id(last) + " left, as if nothing had been done since, give "
                                + StateArguments.RUN + " " + id(last));
    }

    @Override
    public Dataset<Row> rows(SparkSession session) {
        return past == null ? table.rows(session) : table.rows(session, past);
    }
}
