package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.parquet.InputSources;
import io.sparkrnn.platform.CatalogPlace;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
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

    /** Of Iceberg's tables, in their properties. Its snapshots have random numbers, of which none is another table's. */
    private static final String SNAPSHOT = "current-snapshot-id";

    /**
     * What rows are, in whatever order and files.
     *
     * @param ids the number of rows
     * @param digest of all columns of all rows
     */
    record Content(long ids, String digest) {}

    /** Where it is, or would be. */
    private CatalogPlace place(SparkSession session) {
        CatalogPlace place;
        try {
            place = CatalogPlace.of(session, name);
        } catch (Exception e) { // catalogs throw errors of their own, checked ones too, unseen by the compiler
            throw new JobException(ExitCode.USAGE, option + " " + name + ": " + Failure.firstLine(e), e);
        }
        String unknown = place.unknownCatalog();
        if (unknown != null) {
            throw new JobException(ExitCode.USAGE, option + " " + name + ": " + unknown);
        }
        return place;
    }

    /** The name with its catalog and namespace, as runs tell it. */
    String fullName(SparkSession session) {
        return place(session).fullName();
    }

    /** Whether it is in the catalog that every session has. */
    boolean isOfSession(SparkSession session) {
        return place(session).isOfSession();
    }

    boolean exists(SparkSession session) {
        return table(session) != null;
    }

    private @Nullable Table table(SparkSession session) {
        try {
            return place(session).table();
        } catch (JobException e) {
            throw e;
        } catch (Exception e) { // catalogs throw errors of their own, checked ones too, unseen by the compiler
            throw new JobException(ExitCode.USAGE, option + " " + name + ": " + Failure.firstLine(e), e);
        }
    }

    /** What is in it now. */
    Dataset<Row> rows(SparkSession session) {
        return read(session, "SELECT * FROM " + name);
    }

    /** What was in it at a version. */
    Dataset<Row> rows(SparkSession session, String version) {
        boolean number = version.chars().allMatch(Character::isDigit);
        return read(
                session,
                "SELECT * FROM " + name + " VERSION AS OF "
                        + (number ? version : "'" + version.replace("'", "\\'") + "'"));
    }

    private Dataset<Row> read(SparkSession session, String query) {
        try {
            session.sql("REFRESH TABLE " + name);
            return session.sql(query);
        } catch (Exception e) { // catalogs throw errors of their own, checked ones too, unseen by the compiler
            throw new InputException(option + ": " + name + " cannot be read: " + Failure.firstLine(e), e);
        }
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
        List<String> there = Arrays.asList(rows.columns());
        if (!columns.stream().allMatch(column -> there.stream().anyMatch(column::equalsIgnoreCase))) {
            return null;
        }
        String all = columns.stream()
                .sorted(String.CASE_INSENSITIVE_ORDER)
                .map(column -> there.contains(column)
                        ? column
                        : there.stream()
                                .filter(column::equalsIgnoreCase)
                                .findFirst()
                                .orElseThrow())
                .map(SqlNames::quoted)
                .collect(Collectors.joining(", "));
        // one row an id: no two hashes are of the same row, and none takes another away
        Row found = rows.selectExpr("count(1)", "coalesce(bit_xor(xxhash64(" + all + ")), 0L)")
                .first();
        return new Content(found.getLong(0), Long.toHexString(found.getLong(1)));
    }

    /** The files of runs that wrote it, the last one first, read as they are asked for. */
    private Stream<JsonNode> told(SparkSession session) {
        if (runs == null) {
            return Stream.empty();
        }
        String full = fullName(session);
        return RunFiles.in(runs).filter(run -> isOf(run, full));
    }

    private static boolean isOf(JsonNode run, String table) {
        return to(run).path("table").asText().toLowerCase(Locale.ROOT).equals(table.toLowerCase(Locale.ROOT));
    }

    /** The file of the run that wrote it last, whatever was done to it since; null where none tells of it. */
    @Nullable
    JsonNode last(SparkSession session) {
        return told(session).findFirst().orElse(null);
    }

    /** The file of a run that wrote it; null where there is none. */
    @Nullable
    JsonNode of(SparkSession session, String run) {
        JsonNode found = runs == null ? null : RunFiles.of(runs, run);
        return found != null && isOf(found, fullName(session)) ? found : null;
    }

    /** The file of the run that wrote what is in it now; null where none tells of that. */
    @Nullable
    JsonNode writer(SparkSession session) {
        Now now = new Now(session);
        return told(session).filter(now::isOf).findFirst().orElse(null);
    }

    /** Whether what is in it now is what a run left. */
    boolean isAsLeftBy(SparkSession session, JsonNode run) {
        return new Now(session).isOf(run);
    }

    /** What is in the table now, looked at once. */
    private final class Now {
        private final SparkSession session;
        private final @Nullable String version;
        private final Map<List<String>, Optional<Content>> contents = new HashMap<>();

        Now(SparkSession session) {
            this.session = session;
            version = version(session);
        }

        /** A version by itself tells a table's rows where no other table has it; Delta's begin at 0 in each. */
        boolean isOf(JsonNode run) {
            if (version != null && version.equals(version(run)) && hasSnapshots()) {
                return true;
            }
            List<String> columns = new ArrayList<>();
            to(run).path("columns").forEach(column -> columns.add(column.asText()));
            Content content = contents.computeIfAbsent(
                            columns, some -> Optional.ofNullable(content(rows(session), some)))
                    .orElse(null);
            return content != null
                    && to(run).path("ids").asLong(-1) == content.ids()
                    && to(run).path("digest").asText().equals(content.digest());
        }

        private boolean hasSnapshots() {
            Table table = table(session);
            return table != null && table.properties().containsKey(SNAPSHOT);
        }
    }

    /** The version that a run made; null where the table's format has none. */
    static @Nullable String version(JsonNode run) {
        JsonNode version = to(run).path("version");
        return version.isTextual() ? version.asText() : null;
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
