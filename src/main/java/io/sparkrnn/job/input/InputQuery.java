package io.sparkrnn.job.input;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.spark.invalid.InputException;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * What Spark SQL makes of the input before it is scored: a query, in which the files or the table of the other options are
 * the view {@value #VIEW}, and a condition on its rows. Spark plans both with the scan, so that what they leave out is, where
 * that can be, not read.
 */
final class InputQuery {
    /** The name by which a query reads what {@code --input} or {@code --input-table} names. */
    static final String VIEW = "input";

    private static final String QUERY = "--input-query";
    private static final String WHERE = "--where";

    private static final Pattern MENTIONS_VIEW = Pattern.compile("\\b" + VIEW + "\\b", Pattern.CASE_INSENSITIVE);
    private static final Pattern ENDING = Pattern.compile("[\\s;]+$");

    /** Where in a text of SQL Spark says that something is wrong. */
    private static final Pattern LINE = Pattern.compile("\\bline (\\d+),? pos");

    private final @Nullable String query;
    private final @Nullable String where;

    private InputQuery(@Nullable String query, @Nullable String where) {
        this.query = query;
        this.where = where;
    }

    /**
     * The one that the options give. A text {@code @file} is that of a file.
     *
     * @param read is told of the file
     */
    static InputQuery of(InputArguments arguments, Storage storage, ReadFiles read) {
        String query = arguments.inputQuery;
        if (query != null && query.startsWith("@")) {
            String file = query.substring(1);
            query = storage.text(file, QUERY, ExitCode.USAGE);
            read.add("the " + QUERY + " file", file);
        }
        if (query != null) {
            query = ENDING.matcher(query).replaceFirst("");
            if (query.isBlank()) {
                throw new JobException(
                        ExitCode.USAGE, QUERY + " is empty; expected a query such as SELECT * FROM " + VIEW);
            }
            if (arguments.readsTable() && !MENTIONS_VIEW.matcher(query).find()) {
                throw new JobException(
                        ExitCode.USAGE,
                        QUERY + " does not read what " + arguments.named() + " names; there it is the view " + VIEW
                                + ", as in SELECT * FROM " + VIEW);
            }
        }
        return new InputQuery(query, arguments.where);
    }

    /** Whether there is a query, so that the columns are its own and not those of the files. */
    boolean makesColumns() {
        return query != null;
    }

    /**
     * What is to be scored; nothing is read.
     *
     * @param input what the query calls {@value #VIEW}; null when it reads the catalog's tables alone
     */
    Dataset<Row> over(SparkSession session, @Nullable Dataset<Row> input) {
        Dataset<Row> table = input;
        if (query != null) {
            table = input == null ? queried(session, query) : queried(session, query, input);
        }
        if (table == null) {
            throw new IllegalStateException("neither a table nor a query");
        }
        return where == null ? table : filtered(table, where);
    }

    /** With {@code input} as the view, which a session of the user's own is rid of afterwards: it may have one of that name. */
    private static Dataset<Row> queried(SparkSession session, String text, Dataset<Row> input) {
        Dataset<Row> former = former(session);
        input.createOrReplaceTempView(VIEW);
        try {
            return queried(session, text);
        } finally {
            if (former == null) {
                session.catalog().dropTempView(VIEW);
            } else {
                former.createOrReplaceTempView(VIEW);
            }
        }
    }

    /** The view of that name that the session has; null when it has none. */
    private static @Nullable Dataset<Row> former(SparkSession session) {
        try {
            return session.catalog().getTable(VIEW).isTemporary() ? session.table(VIEW) : null;
        } catch (AnalysisException e) { // there is no such view, which is no error
            return null;
        }
    }

    /** A query stands in parentheses: there Spark takes no command, of which it would run a DROP TABLE at once. */
    private static Dataset<Row> queried(SparkSession session, String text) {
        try {
            return session.sql("SELECT * FROM (\n" + text + "\n)");
        } catch (Exception e) { // sql() does not declare its checked AnalysisException, so none can name it
            throw refused(QUERY, e, 1, "; expected one query of Spark SQL, such as SELECT id, features FROM " + VIEW);
        }
    }

    private static Dataset<Row> filtered(Dataset<Row> table, String condition) {
        try {
            return table.where(condition);
        } catch (Exception e) { // where() does not declare its checked AnalysisException, so none can name it
            throw refused(WHERE, e, 0, "; expected a condition on the input's columns, such as ds = \"2026-11-27\"");
        }
    }

    /**
     * The error in Spark's words.
     *
     * @param linesBefore that stand in what Spark was given before the user's own
     * @param expected what to say of one that is no SQL at all
     */
    private static RuntimeException refused(String option, Exception thrown, int linesBefore, String expected) {
        if (!(thrown instanceof AnalysisException)) {
            throw new InputException(option + ": " + Failure.firstLine(thrown), thrown);
        }
        Matcher lines = LINE.matcher(Failure.firstLine(thrown));
        String message = lines.replaceAll(line -> moved(line, linesBefore));
        // Its class is one that Spark keeps to itself.
        if (thrown.getClass().getSimpleName().equals("ParseException")) {
            return new JobException(ExitCode.USAGE, option + ": " + message + expected, thrown);
        }
        return new InputException(option + ": " + message, thrown);
    }

    private static String moved(MatchResult line, int by) {
        int number = Math.max(1, Integer.parseInt(line.group(1)) - by);
        return line.group().replaceFirst("\\d+", Integer.toString(number));
    }
}
