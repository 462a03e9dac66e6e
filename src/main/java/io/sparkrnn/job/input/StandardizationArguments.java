package io.sparkrnn.job.input;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.spark.feature.Standardization;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How features are standardised while they are read: the options of score and verify. */
public final class StandardizationArguments {
    @Option(
            names = "--standardize",
            negatable = true,
            fallbackValue = "true",
            description =
                    "Takes (x - mean) / std of each feature for x, with the mean and std of the model's sidecar or of"
                            + " the options below. --no-standardize says that the table's features are so already.")
    @Nullable
    Boolean standardize;

    @Option(
            names = "--feature-mean",
            paramLabel = "X,...",
            hideParamSyntax = true,
            split = ",",
            description = "With --standardize: the mean of each feature.")
    @Nullable
    List<Double> featureMean;

    @Option(
            names = "--feature-std",
            paramLabel = "X,...",
            hideParamSyntax = true,
            split = ",",
            description = "With --standardize: the standard deviation of each feature, above 0.")
    @Nullable
    List<Double> featureStd;

    /** Whether anything is said of it. */
    boolean isAsked() {
        return standardizes() || featureMean != null || featureStd != null;
    }

    private boolean standardizes() {
        return Boolean.TRUE.equals(standardize);
    }

    /** The line of a summary that says how features were standardised; null when they were not. */
    @Nullable
    public String appliedBy(Network network) {
        if (!standardizes()) {
            return null;
        }
        String file = network.sidecar().file();
        String mean = featureMean == null ? file : "--feature-mean";
        String std = featureStd == null ? file : "--feature-std";
        return "Features: standardised by "
                + (mean.equals(std) ? "mean and std of " + file : "mean of " + mean + " and std of " + std);
    }

    /** What a user should know who may have forgotten to standardise; null when that was said, either way. */
    @Nullable
    public String forgotten(Network network) {
        Sidecar sidecar = network.sidecar();
        if (standardize != null || (sidecar.mean().isEmpty() && sidecar.std().isEmpty())) {
            return null;
        }
        String known = sidecar.std().isEmpty() ? "mean" : sidecar.mean().isEmpty() ? "std" : "mean and std";
        return "features were taken as they are, although " + sidecar.file() + " has " + known
                + "; give --standardize if the table has raw numbers, or --no-standardize if they are standardised"
                + " already";
    }

    /** Refuses what cannot be divided by, or does nothing. */
    void check(Network network) {
        of(network);
    }

    /** How features are standardised; null when they are not. */
    public @Nullable Standardization of(Network network) {
        Sidecar sidecar = network.sidecar();
        if (!standardizes()) {
            if (featureMean != null || featureStd != null) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--feature-mean, --feature-std: they do nothing without --standardize; give that, too");
            }
            return null;
        }
        return new Standardization(
                values("--feature-mean", featureMean, "mean", sidecar.mean(), network),
                values("--feature-std", featureStd, "std", sidecar.std(), network));
    }

    private static List<Double> values(
            String option, @Nullable List<Double> given, String key, List<Double> known, Network network) {
        List<Double> values = given == null ? known : given;
        int inputSize = network.graph() == null
                ? network.model().inputSize()
                : network.graph().stepWidth();
        if (values.isEmpty()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--standardize: give " + option + ", or \"" + key + "\" in a file MODEL.json beside the model: "
                            + Counts.counted(inputSize, "number") + ", one for each feature");
        }
        if (values.size() != inputSize) {
            throw new JobException(
                    ExitCode.USAGE,
                    option + ": " + Counts.counted(values.size(), "number") + ", but the network's input_size is "
                            + inputSize + "; expected one for each feature");
        }
        for (double value : values) {
            if (!Double.isFinite(value) || (key.equals("std") && !(value > 0))) {
                throw new JobException(
                        ExitCode.USAGE,
                        option + " has " + value + "; expected numbers"
                                + (key.equals("std") ? " above 0, for features are divided by them" : ""));
            }
        }
        return values;
    }
}
