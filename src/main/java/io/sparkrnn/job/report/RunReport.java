package io.sparkrnn.job.report;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.job.storage.WrittenFile;
import io.sparkrnn.report.MetricsFile;
import io.sparkrnn.report.ReportPage;
import io.sparkrnn.report.RunMetrics;
import io.sparkrnn.report.RunProfile;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScoreProfile;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.invalid.ErrorCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.package$;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** The report of a run: gathers what it tells while the run goes on, and is written when the output is whole. */
public final class RunReport implements AutoCloseable {
    /** Files of the output that are looked at: to list a million takes minutes. */
    private static final int MOST_FILES = 10_000;

    private final @Nullable SparkContext context;
    private final @Nullable ReportPlace place;
    private final @Nullable RunMetrics before;
    private final List<Part> parts = new ArrayList<>();
    private List<String> features = List.of();
    private List<String> scores = List.of();

    /** What is gathered of one job: of a run that goes partition by partition, of each of them. */
    private record Part(ScoreProfile profile, TaskTimes times, ScoreMetrics metrics) {}

    private RunReport(@Nullable SparkContext context, @Nullable ReportPlace place, @Nullable RunMetrics before) {
        this.context = context;
        this.place = place;
        this.before = before;
    }

    /** No report: nothing is gathered, and nothing is written. */
    public static RunReport none() {
        return new RunReport(null, null, null);
    }

    /**
     * One that goes to a place.
     *
     * @param before an earlier run to hold this one against; null for none
     */
    public static RunReport of(SparkContext context, ReportPlace place, @Nullable RunMetrics before) {
        return new RunReport(context, place, before);
    }

    /**
     * What a run was.
     *
     * @param model the path of its file
     * @param input what was read, for people
     * @param folder the output, where it is one; null of a table
     * @param setAside what was written of the rows that cannot be scored; null when they stayed
     */
    public record Of(
            String id,
            Instant started,
            String model,
            Network network,
            String input,
            Written written,
            @Nullable String folder,
            @Nullable Written setAside,
            String kernel) {}

    /** The scored table, of which this report gathers what it tells: beside the tables of the same run that were before. */
    public Dataset<Row> transform(SequenceScorer scorer, Network network, Dataset<Row> table, ScoreMetrics metrics) {
        if (context == null) {
            return scorer.transform(table, metrics);
        }
        List<String> ofColumns = scorer.featureNames(table);
        List<String> ofModel = network.sidecar().features();
        Graph graph = network.graph();
        int width = graph == null ? network.model().inputSize() : graph.stepWidth();
        features = ofColumns.isEmpty() && ofModel.size() == width ? ofModel : ofColumns;
        if (graph != null) {
            features = features.isEmpty()
                    ? graph.stepInputs().stream()
                            .flatMap(input -> numbered(input.name(), input.width()))
                            .toList()
                    : features;
            scores = graph.outputs().stream()
                    .filter(output -> !output.isWhole())
                    .flatMap(output -> numbered(output.name(), output.numbersEach()))
                    .limit(RunProfile.MOST_SCORES)
                    .toList();
        }
        ScoreProfile profile = scorer.profile(context);
        parts.add(new Part(profile, TaskTimes.of(context, metrics), metrics));
        return scorer.transform(table, metrics, profile);
    }

    private static Stream<String> numbered(String name, int width) {
        return width == 1 ? Stream.of(name) : IntStream.range(0, width).mapToObj(i -> name + " " + i);
    }

    /**
     * Writes it. An output that is whole does not fail for it.
     *
     * @return what to tell of it; null where there is none
     */
    public @Nullable String write(Of run) {
        if (place == null || parts.isEmpty()) {
            return null;
        }
        RunFolder folder = place.folder();
        String missing = place.metrics() + " and " + place.page();
        try {
            RunMetrics metrics = metrics(run);
            folder.write(place.metrics(), new String(MetricsFile.write(metrics), StandardCharsets.UTF_8));
            missing = place.page();
            folder.write(place.page(), before == null ? ReportPage.of(metrics) : ReportPage.of(metrics, before));
            return "Report:  " + Secrets.publicAddresses(folder.address(place.page()));
        } catch (IOException | RuntimeException e) {
            return "Note:    the output is whole, but of the run's report " + missing + " could not be written: "
                    + Failure.firstLine(e);
        }
    }

    private RunMetrics metrics(Of run) throws IOException {
        RunProfile profile = parts.get(0).profile.total();
        parts.stream().skip(1).forEach(part -> profile.merge(part.profile.total()));
        List<RunMetrics.Task> tasks = new ArrayList<>();
        for (Part part : parts) {
            // the partitions of each job are numbered from 0
            int first = tasks.isEmpty() ? 0 : tasks.get(tasks.size() - 1).index() + 1;
            part.times.all(part.metrics.sequences()).stream()
                    .map(task -> task.withIndex(first + task.index()))
                    .forEach(tasks::add);
        }
        double seconds = Math.max(1e-3, run.written().seconds());
        double reading = seconds(ScoreMetrics::readSeconds);
        double forward = seconds(ScoreMetrics::forwardSeconds);
        double all = parts.stream().mapToDouble(part -> part.times.seconds()).sum();
        RunMetrics.Throughput throughput = new RunMetrics.Throughput(
                count(ScoreMetrics::sequences) / seconds,
                count(ScoreMetrics::steps) / seconds,
                TaskTimes.mostAtOnce(tasks),
                reading,
                forward,
                Math.max(0, all - reading - forward));
        Map<String, Long> invalid = new LinkedHashMap<>();
        for (ErrorCode reason : ErrorCode.values()) {
            long rows = count(metrics -> metrics.invalid().getOrDefault(reason, 0L));
            if (rows > 0) {
                invalid.put(reason.toString(), rows);
            }
        }
        RunMetrics.Funnel funnel = new RunMetrics.Funnel(
                count(ScoreMetrics::rows),
                count(ScoreMetrics::sequences),
                count(ScoreMetrics::leftOut),
                run.setAside() == null ? Map.of() : invalid,
                run.setAside() == null ? invalid : Map.of());
        List<RunMetrics.OutputFile> files = run.folder() == null
                ? List.of()
                : WrittenFile.since(run.started(), run.folder(), MOST_FILES).stream()
                        .map(file -> new RunMetrics.OutputFile(file.name(), file.bytes()))
                        .toList();
        return RunMetrics.of(header(run), funnel, profile, features, scores, throughput, tasks, files);
    }

    private long count(ToLongFunction<ScoreMetrics> of) {
        return parts.stream().map(Part::metrics).mapToLong(of).sum();
    }

    private double seconds(ToDoubleFunction<ScoreMetrics> of) {
        return parts.stream().map(Part::metrics).mapToDouble(of).sum();
    }

    private static RunMetrics.Header header(Of run) {
        String head = run.network().head() == null || run.network().graph() != null
                ? ""
                : "; head " + run.network().head().head();
        return new RunMetrics.Header(
                run.id(),
                "succeeded",
                run.started().toString(),
                Duration.between(run.started(), Instant.now()).toMillis() / 1e3,
                Secrets.publicAddresses(run.model()),
                run.network().described() + head,
                Secrets.publicAddresses(run.input()),
                Secrets.publicAddresses(run.written().address()) + " ("
                        + run.written().format() + ")",
                package$.MODULE$.SPARK_VERSION(),
                Runtime.version().toString(),
                run.kernel());
    }

    @Override
    public void close() {
        parts.forEach(part -> part.times.close());
    }
}
