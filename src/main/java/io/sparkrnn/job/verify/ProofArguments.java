package io.sparkrnn.job.verify;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.ProofSequence;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is proved before a row is scored: options of score. */
public final class ProofArguments {
    @Option(
            names = "--reference",
            paramLabel = "FILE",
            description =
                    "Reference vectors as verify has them. The driver replays them before it reads a row, and each"
                            + " executor before its first: a machine that gives another number ends the run, exit code 5.")
    @Nullable
    String reference;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description =
                    "The largest scaled error against them that passes. Default: 1e-6 in float32, 1e-12 in float64.")
    @Nullable
    Double tolerance;

    /** Refuses a tolerance of nothing. */
    public void check() {
        if (tolerance != null && reference == null) {
            throw new JobException(
                    ExitCode.USAGE, "--tolerance: it is one of --reference, and there is none; give both, or neither");
        }
    }

    /**
     * Replays them here.
     *
     * @return what executors are to run; nothing where nothing was asked for
     * @throws JobException when a result is not what the file has
     */
    public List<ProofSequence> prove(
            Storage storage, Vectors.Asked asked, Precision precision, KernelChoice kernel, PrintWriter out) {
        if (reference == null) {
            return List.of();
        }
        double allowed = tolerance == null ? VerifyReport.defaultTolerance(precision) : tolerance;
        Vectors vectors = Vectors.read(storage, reference, asked);
        StringWriter lines = new StringWriter();
        VerifyReport report = new VerifyReport(new PrintWriter(lines, true), allowed);
        vectors.replay(precision, kernel, report);
        if (!report.passed()) {
            throw new JobException(
                    ExitCode.VERIFICATION_FAILED,
                    "--reference " + reference
                            + ": this driver's results are not what the file has; nothing was read or" + " written:\n"
                            + lines);
        }
        List<ProofSequence> sequences = vectors.sequences(precision);
        out.println(String.format(
                Locale.ROOT,
                "Proved:  %s of %s, within %.1e; each executor has to give the same bits before its first row",
                Counts.counted(sequences.size(), "sequence"),
                reference,
                allowed));
        return sequences;
    }
}
