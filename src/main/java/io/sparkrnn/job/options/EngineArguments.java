package io.sparkrnn.job.options;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.model.Precision;
import java.util.Locale;
import picocli.CommandLine.Option;

/** How the arithmetic is done: the options of score and verify. */
public final class EngineArguments {
    @Option(
            names = "--precision",
            paramLabel = "auto|float32|float64",
            defaultValue = "auto",
            description = "The arithmetic and the type of the results; auto is float64 for float64 weights, else"
                    + " float32. Default: auto.")
    PrecisionName precision = PrecisionName.AUTO;

    @Option(
            names = "--kernel",
            paramLabel = "auto|simd|portable|reference",
            defaultValue = "auto",
            description = "What computes: simd (float32, with Java's vector module), portable (float32, plain Java, the"
                    + " same results), reference (EJML in float64, a second opinion for any network; slow), auto (the"
                    + " fastest there is). Default: auto.")
    KernelName kernel = KernelName.AUTO;

    enum PrecisionName {
        AUTO,
        FLOAT32,
        FLOAT64;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    enum KernelName {
        AUTO,
        SIMD,
        PORTABLE,
        REFERENCE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The arithmetic: that which is asked for, else {@code natural}, which the weights ask for. */
    public Precision precision(Precision natural) {
        return switch (precision) {
            case AUTO -> natural;
            case FLOAT32 -> Precision.FLOAT32;
            case FLOAT64 -> Precision.FLOAT64;
        };
    }

    /** What does the arithmetic, of weights that by themselves ask for {@code natural}. */
    public KernelChoice kernel(Precision natural) {
        KernelChoice choice = switch (kernel) {
            case AUTO -> KernelChoice.AUTO;
            case PORTABLE -> KernelChoice.PORTABLE;
            case REFERENCE -> KernelChoice.REFERENCE;
            case SIMD -> KernelChoice.SIMD;
        };
        if (!EngineFactory.canCompute(choice, precision(natural))) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--kernel " + kernel + " computes in float32, and this run is in float64"
                            + (precision == PrecisionName.AUTO ? " since the weights are" : "")
                            + "; use --kernel auto, or --precision float32");
        }
        if (EngineFactory.lacksModule(choice)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--kernel simd needs Java's vector module on the driver and the executors, and this driver was started"
                            + " without it; add --driver-java-options \"--add-modules jdk.incubator.vector\" --conf"
                            + " spark.executor.extraJavaOptions=\"--add-modules jdk.incubator.vector\", or use --kernel auto");
        }
        return choice;
    }
}
