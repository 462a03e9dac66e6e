package io.sparkrnn.job.report;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.report.RunMetrics;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the report of a run goes, and what the run is held against: options of score. */
public final class ReportArguments {
    private static final String REPORT = "--report";
    private static final String BASELINE = "--baseline";
    private static final String NONE = "none";

    @Option(
            names = REPORT,
            paramLabel = "PATH|none",
            description =
                    "Where the page that tells what the run was like goes, and its numbers, metrics.json: a folder,"
                            + " or a .html file. Default: among the run's files; none: nothing is gathered for it.")
    @Nullable
    String path;

    @Option(
            names = BASELINE,
            paramLabel = "PATH",
            description = "An earlier run that the report holds this one against: its metrics.json, or the folder that"
                    + " has it.")
    @Nullable
    String baseline;

    /** What {@link #baseline} names. */
    private @Nullable RunMetrics before;

    /** Refuses what cannot be, before anything is read but the earlier run. */
    public void check() {
        if (NONE.equals(path) && baseline != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    BASELINE + ": with " + REPORT + " none there is no report to hold an earlier run against; leave one"
                            + " of them out");
        }
        if (path != null && !NONE.equals(path)) {
            ReportPlace place = ReportPlace.of(REPORT, path);
            place.folder().address(place.page());
        }
        if (baseline != null) {
            before = StoredMetrics.at(BASELINE, baseline).metrics();
        }
    }

    /** Refuses a place among the rows, which readers of the output would take for a part of them. */
    public void checkNotIn(Destination output) {
        String rows = output.runFolder();
        if (path == null || NONE.equals(path) || rows == null) {
            return;
        }
        OutputFolders folders = OutputFolders.of(REPORT);
        String address = output.address();
        String asked = folders.qualified(path);
        boolean passedOver = asked.startsWith(address + "/_") || asked.startsWith(address + "/.");
        if (!passedOver && folders.holds(address, path)) {
            throw new JobException(
                    ExitCode.USAGE,
                    REPORT + " " + path + ": this is in the output, whose readers would take the page for rows; give a"
                            + " place outside of it, or leave " + REPORT + " out: then it is in its " + RunFolder.NAME);
        }
    }

    /**
     * The report of the run that begins now.
     *
     * @param files the folder for the run's files; null where there is none
     */
    public RunReport begin(SparkContext context, @Nullable RunFolder files, String id) {
        if (NONE.equals(path)) {
            return RunReport.none();
        }
        if (path != null) {
            return RunReport.of(context, ReportPlace.of(REPORT, path), before);
        }
        if (files == null) {
            return RunReport.none();
        }
        return RunReport.of(context, ReportPlace.ofRun(files, id), before);
    }
}
