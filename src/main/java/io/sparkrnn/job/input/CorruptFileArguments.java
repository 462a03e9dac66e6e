package io.sparkrnn.job.input;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.parquet.SequenceParquetFormat;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What becomes of files of the input that cannot be read: an option of score. */
public final class CorruptFileArguments {
    private static final String OPTION = "--on-corrupt-file";

    @Option(
            names = OPTION,
            paramLabel = "fail|skip",
            defaultValue = "fail",
            description =
                    "What becomes of Parquet files of --input that cannot be read, since they have no bytes, no footer,"
                            + " or less than it says: the job ends; or they are left out whole, and named at the end. Default: fail.")
    Rule rule = Rule.FAIL;

    /** See there. */
    enum Rule {
        FAIL,
        SKIP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Refuses an input whose files are not looked into.
     *
     * @throws JobException then
     */
    public void check(InputArguments input) {
        if (!skips()) {
            return;
        }
        boolean parquet = input.inputFormat.equalsIgnoreCase("parquet")
                || input.inputFormat.equalsIgnoreCase(SequenceParquetFormat.NAME);
        if (input.input == null || !parquet) {
            throw new JobException(
                    ExitCode.USAGE,
                    OPTION + " skip: only the Parquet files of --input can be looked into, not " + input.named()
                            + ". Leave it out: then the job ends at a file that cannot be read, and names it");
        }
    }

    boolean skips() {
        return rule == Rule.SKIP;
    }
}
