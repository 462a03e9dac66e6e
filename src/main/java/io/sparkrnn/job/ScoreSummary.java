package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.session.SessionSettings;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.model.Precision;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.ScoreMetrics;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The last lines of a job: what was done, where it is, how to read it, and what it looks like. */
final class ScoreSummary {
    /** Numbers of an array that are shown. */
    private static final int FEW = 4;

    /** Characters of any other value that are shown. */
    private static final int MOST_CHARACTERS = 60;

    private final PrintWriter out;
    private final Network network;
    private final @Nullable String features;
    private final List<String> notes;
    private final Precision precision;
    private final KernelChoice kernel;
    private final ScoreMetrics metrics;

    /**
     * The summary of one job.
     *
     * @param features the line that says what was done to the features; null when nothing was
     * @param notes what its user should know, a sentence each
     * @param kernel what was asked for
     */
    ScoreSummary(
            PrintWriter out,
            Network network,
            @Nullable String features,
            List<String> notes,
            Precision precision,
            KernelChoice kernel,
            ScoreMetrics metrics) {
        this.out = out;
        this.network = network;
        this.features = features;
        this.notes = notes;
        this.precision = precision;
        this.kernel = kernel;
        this.metrics = metrics;
    }

    /**
     * Prints it.
     *
     * @param schema of the result
     * @param rows how many are shown at most
     */
    void print(Written written, StructType schema, int rows) {
        List<String> columns = List.of(schema.fieldNames());
        double seconds = written.seconds();
        EngineSummary engines = new EngineSummary(metrics.engines(), kernel);
        out.printf(
                Locale.ROOT,
                "Scored %s, %s in %.1f s: %,.0f sequences/s, %,.0f steps/s (forward pass: %.1f s of task time)%n",
                Counts.counted(metrics.sequences(), "sequence"),
                Counts.counted(metrics.steps(), "time step"),
                seconds,
                metrics.sequences() / seconds,
                metrics.steps() / seconds,
                metrics.forwardSeconds());
        out.println("Network: " + network.described() + "; computed in " + precision + engines.inBrackets());
        if (network.head() != null && network.graph() == null) {
            out.println("Head:    " + network.head().prefix() + ": "
                    + network.head().head());
        }
        if (features != null) {
            out.println(features);
        }
        Stream.concat(notes.stream(), written.notes().stream()).forEach(note -> out.println("Note:    " + note));
        long nonFinite = metrics.nonFiniteSequences();
        if (nonFinite > 0) {
            out.printf(
                    Locale.ROOT,
                    "Note:    %,d of %,d sequences %s a NaN or infinity in %s results (%s)%n",
                    nonFinite,
                    metrics.sequences(),
                    nonFinite == 1 ? "has" : "have",
                    nonFinite == 1 ? "its" : "their",
                    String.join(", ", metrics.nonFiniteOutputs()));
        }
        String slow = engines.note();
        if (slow != null) {
            out.println("Note:    " + slow);
        }
        if (rows > 0 && written.rows() != null) {
            try {
                show(written.rows().get(), columns, rows);
            } catch (Exception e) { // a source throws what it likes, checked too; what was written stays written
                String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
                out.println("  (rows cannot be shown: "
                        + message.lines().findFirst().orElse("") + ")");
            }
        }
        out.println(
                "Output:  " + written.address() + " (" + written.format() + ": " + String.join(", ", columns) + ")");
        for (int i = 0; i < written.readers().size(); i++) {
            out.println((i == 0 ? "Read it: " : "         ") + written.readers().get(i));
        }
    }

    private void show(Dataset<Row> written, List<String> columns, int rows) throws Exception {
        // A few rows are read sooner than a program that reads them is compiled.
        List<Row> shown = SessionSettings.under(
                written.sparkSession(),
                Map.of("spark.sql.codegen.wholeStage", "false"),
                () -> written.select(SqlNames.columns(columns)).limit(rows).collectAsList());
        for (Row row : shown) {
            List<String> fields = new ArrayList<>();
            for (int i = 0; i < columns.size(); i++) {
                fields.add(columns.get(i) + " " + brief(row.get(i)));
            }
            out.println("  " + String.join(", ", fields));
        }
    }

    /** A value in a few characters: of an array its size, its first numbers and an ellipsis. */
    private static String brief(Object value) {
        if (value instanceof scala.collection.Seq<?> sequence) {
            List<?> list = ScalaCollections.list(sequence);
            boolean nested = !list.isEmpty() && list.get(0) instanceof scala.collection.Seq<?>;
            // Of nested arrays the last is shown: the state at the last step.
            if (nested) {
                return "[" + list.size() + "][...] ending " + brief(list.get(list.size() - 1));
            }
            List<String> first =
                    list.stream().limit(FEW).map(ScoreSummary::brief).toList();
            return "[" + String.join(", ", first) + (list.size() > FEW ? ", ..." : "") + "]";
        }
        if (value instanceof Number number && (value instanceof Float || value instanceof Double)) {
            return String.format(Locale.ROOT, "%.4f", number.doubleValue());
        }
        if (value instanceof byte[] bytes) {
            return bytes.length + " bytes";
        }
        String text = String.valueOf(value);
        return text.length() > MOST_CHARACTERS ? text.substring(0, MOST_CHARACTERS) + "..." : text;
    }
}
