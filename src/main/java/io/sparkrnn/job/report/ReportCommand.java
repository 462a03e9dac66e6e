package io.sparkrnn.job.report;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.options.JobCommand;
import io.sparkrnn.report.Drift;
import io.sparkrnn.report.ReportPage;
import io.sparkrnn.report.RunMetrics;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Draws the page of a run that is done, perhaps beside another one. */
@Command(
        name = "report",
        sortOptions = false,
        customSynopsis = "spark-rnn report [OPTIONS]",
        description = "Draws the report of a run again from its numbers, metrics.json, perhaps beside an earlier run.")
public final class ReportCommand extends JobCommand {
    private static final String RUN = "--run";
    private static final String TO = "--to";

    @Option(
            names = RUN,
            required = true,
            paramLabel = "PATH",
            description = "The run: its metrics.json, or the folder that has it, which may be the output.")
    String run = "";

    @Option(names = "--against", paramLabel = "PATH", description = "An earlier run to hold it against, likewise.")
    @Nullable
    String against;

    @Option(
            names = TO,
            paramLabel = "FILE",
            description = "The page to write, a .html file or a folder. Default: beside the numbers.")
    @Nullable
    String to;

    @Override
    public Integer call() {
        StoredMetrics drawn = StoredMetrics.at(RUN, run);
        RunMetrics before =
                against == null ? null : StoredMetrics.at("--against", against).metrics();
        ReportPlace place = to == null ? ReportPlace.beside(drawn.folder(), drawn.name()) : ReportPlace.of(TO, to);
        String address = Secrets.publicAddresses(place.folder().address(place.page()));
        try {
            place.folder()
                    .write(
                            place.page(),
                            before == null ? ReportPage.of(drawn.metrics()) : ReportPage.of(drawn.metrics(), before));
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, TO + ": cannot write " + address + ": " + e.getMessage(), e);
        }
        out().println("Report:  " + address);
        if (before != null) {
            List<Drift> shifted = Drift.between(drawn.metrics(), before).stream()
                    .filter(drift -> drift.reading() == Drift.Reading.LARGE || drift.reading() == Drift.Reading.SOME)
                    .toList();
            out().println("Shift:   " + (shifted.isEmpty() ? "none to speak of" : shifted.size() + " distributions"));
            shifted.stream()
                    .limit(5)
                    .forEach(drift -> out().printf(
                                    Locale.ROOT,
                                    "  %s %s: PSI %.3f (%s)%n",
                                    drift.kind(),
                                    drift.name(),
                                    drift.psi(),
                                    drift.reading()));
        }
        return ExitCode.DONE.number();
    }
}
