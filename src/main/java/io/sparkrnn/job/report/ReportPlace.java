package io.sparkrnn.job.report;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.RunFolder;
import java.util.Locale;

/**
 * Where the report of a run goes.
 *
 * @param page the name of the page in the folder
 * @param metrics the name of the file with the numbers
 */
public record ReportPlace(RunFolder folder, String page, String metrics) {
    static final String METRICS = "metrics.json";

    private static final String PAGE_ENDING = ".html";

    /** In the folder with the files of runs, under the run's own name. */
    public static ReportPlace ofRun(RunFolder folder, String id) {
        return new ReportPlace(folder, id + PAGE_ENDING, id + RunFolder.METRICS_ENDING);
    }

    /**
     * A folder, or a file of HTML with the numbers beside it.
     *
     * @param option what messages begin with
     */
    static ReportPlace of(String option, String path) {
        try {
            if (!path.toLowerCase(Locale.ROOT).endsWith(PAGE_ENDING)) {
                return new ReportPlace(RunFolder.at(path), "report" + PAGE_ENDING, METRICS);
            }
            String name = RunFolder.name(path);
            String stem = name.substring(0, name.length() - PAGE_ENDING.length());
            return new ReportPlace(RunFolder.holding(path), name, stem + RunFolder.METRICS_ENDING);
        } catch (IllegalArgumentException e) {
            throw new JobException(ExitCode.USAGE, option + ": '" + path + "' is no path: " + e.getMessage(), e);
        }
    }

    /** Where the page of a run is drawn again, when nothing else is said: beside its numbers. */
    static ReportPlace beside(RunFolder folder, String metrics) {
        return metrics.endsWith(RunFolder.METRICS_ENDING)
                ? ofRun(folder, metrics.substring(0, metrics.length() - RunFolder.METRICS_ENDING.length()))
                : new ReportPlace(folder, "report" + PAGE_ENDING, metrics);
    }
}
