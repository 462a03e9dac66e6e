package io.sparkrnn.job.report;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.report.MetricsFile;
import io.sparkrnn.report.RunMetrics;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;

/**
 * The numbers of a run that is done.
 *
 * @param name of their file in the folder
 */
record StoredMetrics(RunFolder folder, String name, RunMetrics metrics) {
    /**
     * Those in a file, or in a folder: in its metrics.json, or the last that a run wrote there or in the _spark-rnn in it.
     *
     * @param option what messages begin with
     */
    static StoredMetrics at(String option, String path) {
        try {
            if (path.toLowerCase(Locale.ROOT).endsWith(".json")) {
                return read(option, RunFolder.holding(path), RunFolder.name(path));
            }
            for (String folder : List.of(path, path + "/" + RunFolder.NAME)) {
                RunFolder files = RunFolder.at(folder);
                List<String> found = files.has(ReportPlace.METRICS)
                        ? List.of(ReportPlace.METRICS)
                        : files.names(RunFolder.METRICS_ENDING);
                if (!found.isEmpty()) {
                    return read(option, files, found.get(0));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new JobException(ExitCode.USAGE, option + ": '" + path + "' is no path: " + e.getMessage(), e);
        }
        throw new JobException(
                ExitCode.INPUT,
                option + ": there is no " + ReportPlace.METRICS + " in " + path + ", and none of a run in its "
                        + RunFolder.NAME + "; expected the output of a run, the folder of its --report, or the file");
    }

    private static StoredMetrics read(String option, RunFolder folder, String name) {
        String address = Secrets.hiddenIn(folder.address(name));
        if (!folder.has(name)) {
            throw new JobException(ExitCode.INPUT, option + ": there is no file " + address);
        }
        RunMetrics metrics;
        try (InputStream in = folder.open(name)) {
            metrics = MetricsFile.read(address, in);
        } catch (IOException e) {
            throw new JobException(ExitCode.INPUT, option + ": cannot read " + address + ": " + e.getMessage(), e);
        } catch (IllegalArgumentException e) {
            throw new JobException(ExitCode.INPUT, option + ": " + e.getMessage(), e);
        }
        return new StoredMetrics(folder, name, metrics);
    }
}
