package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.parquet.InputSources;
import io.sparkrnn.platform.CatalogPlace;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * A catalog's table of states, and what the files of runs tell of it. They lie in a folder of the user's ({@code --run-files}), for
 * a table has no place for them. A run that wrote the table says in its file which version that made, and what the rows are: a
 * table that was compacted since has another version and the same rows.
 *
 * @param option that names the table; messages begin with it
 * @param name as the user gives it
 * @param runs null where there are no files of runs
 */
record TableStates(String option, String name, @Nullable RunFolder runs) {
    /** In a run's file, below {@link Told#STATES}: the table that it wrote. */
    private static final String TO = "to";

    /**
     * What rows are, in whatever order and files.
     *
     * @param ids the number of rows
     * @param digest of all columns of all rows
     */
    record Content(long ids, String digest) {}

    /** The name with its catalog and namespace, as runs tell it. */
    String fullName(SparkSession session) {
        try {
            CatalogPlace place = CatalogPlace.of(session, name);
            return place.namespace() + "." + place.identifier().name();
        } catch (Exception e) { // catalogs throw errors of their own, checked ones too, unseen by the compiler
            throw new JobException(ExitCode.USAGE, option + " " + name + ": " + Failure.firstLine(e), e);
        }
    }

    boolean exists(SparkSession session) {
        try {
            return session.catalog().tableExists(name);
        } catch (RuntimeException e) {
            throw new JobException(ExitCode.USAGE, option + " " + name + ": " + Failure.firstLine(e), e);
        }
    }

    /** What is in it now. */
    Dataset<Row> rows(SparkSession session) {
        session.sql("REFRESH TABLE " + name);
        return session.table(name);
    }

    /** The version that it is at; null where its format has none. */
    @Nullable
    String version(SparkSession session) {
        List<InputSources.Source> sources = InputSources.of(rows(session));
        return sources.size() == 1 ? sources.get(0).version() : null;
    }

    /**
     * Looks at some columns of all rows, in a job of Spark's.
     *
     * @return null where it has not all these columns
     */
    static @Nullable Content content(Dataset<Row> rows, List<String> columns) {
        if (!List.of(rows.columns()).containsAll(columns)) {
            return null;
        }
        String all = columns.stream().sorted().map(SqlNames::quoted).collect(Collectors.joining(", "));
        // one row an id: no two hashes are of the same row, and none takes another away
        Row found = rows.selectExpr("count(1)", "coalesce(bit_xor(xxhash64(" + all + ")), 0L)")
                .first();
        return new Content(found.getLong(0), Long.toHexString(found.getLong(1)));
    }

    /** The files of runs that wrote it, the last one first. */
    List<JsonNode> told(SparkSession session) {
        if (runs == null) {
            return List.of();
        }
        String full = fullName(session);
        return RunFiles.in(runs)
                .filter(run -> to(run).path("table").asText().equalsIgnoreCase(full))
                .toList();
    }

    /** The file of the run that wrote what is in it now; null where none tells of that. */
    @Nullable
    JsonNode writer(SparkSession session, List<JsonNode> told) {
        String version = version(session);
        for (JsonNode run : told) {
            if (version != null && version.equals(version(run))) {
                return run;
            }
        }
        Map<List<String>, @Nullable Content> contents = new LinkedHashMap<>();
        for (JsonNode run : told) {
            List<String> columns = columns(run);
            if (!contents.containsKey(columns)) {
                contents.put(columns, content(rows(session), columns));
            }
            if (isOf(run, contents.get(columns))) {
                return run;
            }
        }
        return null;
    }

    private static boolean isOf(JsonNode run, @Nullable Content content) {
        return content != null
                && to(run).path("ids").asLong(-1) == content.ids()
                && to(run).path("digest").asText().equals(content.digest());
    }

    /** The version that a run made; null where the table's format has none. */
    static @Nullable String version(JsonNode run) {
        JsonNode version = to(run).path("version");
        return version.isTextual() ? version.asText() : null;
    }

    private static List<String> columns(JsonNode run) {
        List<String> columns = new ArrayList<>();
        to(run).path("columns").forEach(column -> columns.add(column.asText()));
        return columns;
    }

    private static JsonNode to(JsonNode run) {
        return run.path(Told.STATES).path(TO);
    }

    /** What a run's file says of states that it wrote here, to be put below {@link Told#STATES}. */
    Map<String, Object> said(SparkSession session, List<String> columns, Content content) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("table", fullName(session));
        said.put("version", version(session));
        said.put("columns", columns);
        said.put("ids", content.ids());
        said.put("digest", content.digest());
        return Map.of(TO, said);
    }
}
