package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.state.StateArguments.Allowed;
import io.sparkrnn.spark.invalid.InputException;
import java.util.List;
import java.util.Objects;
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

    @Override
    public StateChain chain(SparkSession session) {
        List<JsonNode> told = table.told(session);
        boolean mayBeFirst = taker.arguments().allows(Allowed.FIRST_NIGHT);
        if (!table.exists(session)) {
            if (told.isEmpty() && mayBeFirst) {
                return StateChain.first(this, taker, "is not there");
            }
            throw refused(ExitCode.INPUT, "there is no table " + address() + otherwise(told));
        }
        if (told.isEmpty() && mayBeFirst && table.rows(session).isEmpty()) {
            return StateChain.first(this, taker, "has no rows");
        }
        String asked = taker.arguments().run;
        JsonNode writer = asked == null ? table.writer(session, told) : asked(session, asked, told);
        return StateChain.of(this, writer == null ? List.of() : List.of(writer), untold(told), taker);
    }

    private String otherwise(List<JsonNode> told) {
        return told.isEmpty()
                ? "; name that of an earlier run. For a first night, before which there is none, give "
                        + StateArguments.ALLOW + " " + Allowed.FIRST_NIGHT
                : ", which run " + id(told.get(0)) + " wrote; restore it, or name another";
    }

    private static String id(JsonNode run) {
        return run.path("run_id").asText();
    }

    /** The file of a run that is asked for, whose states are read even if later runs replaced them. */
    private @Nullable JsonNode asked(SparkSession session, String asked, List<JsonNode> told) {
        JsonNode run =
                told.stream().filter(one -> id(one).equals(asked)).findFirst().orElse(null);
        if (run == null || Objects.equals(table.writer(session, List.of(run)), run)) {
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

    private String untold(List<JsonNode> told) {
        if (table.runs() == null) {
            return "there is no folder with the files of runs; name it with --run-files";
        }
        String among = " among those in " + table.runs().address();
        if (told.isEmpty()) {
            return "there is no file of a run that wrote it" + among;
        }
        JsonNode last = told.get(0);
        String asked = taker.arguments().run;
        if (asked != null) {
            return "run " + asked + " did not write it, by its file" + among + "; the last that did is " + id(last);
        }
        return "its rows are others than any run left" + among + ": it was changed since, or a run was ended before it"
                + " had written its file"
                + (TableStates.version(last) == null
                        ? ""
                        : "; to go on from what run " + id(last) + " left, whatever was done since, give "
                                + StateArguments.RUN + " " + id(last));
    }

    @Override
    public Dataset<Row> rows(SparkSession session) {
        try {
            return past == null
                    ? table.rows(session)
                    : session.sql("SELECT * FROM " + table.name() + " VERSION AS OF " + literal(past));
        } catch (Exception e) { // catalogs throw errors of their own, checked ones too, unseen by the compiler
            throw new InputException(
                    option() + ": " + address() + (past == null ? "" : " at its version " + past) + " cannot be read: "
                            + Failure.firstLine(e),
                    e);
        }
    }

    private static String literal(String version) {
        return version.chars().allMatch(Character::isDigit) ? version : "'" + version.replace("'", "\\'") + "'";
    }
}
