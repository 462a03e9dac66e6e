package io.sparkrnn.job;

import io.sparkrnn.format.Network;
import io.sparkrnn.format.Sidecar;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.Standardization;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.StructField;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which columns of the table are what, and how they are taken: the options of score and verify. */
final class SequenceArguments {
    static final String DEFAULT_ID = "id";
    static final String DEFAULT_FEATURES = "features";

    @Option(
            names = "--features",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "The features: a column array<array<number>> [T][input_size], or flat array<number> of"
                    + " T*input_size values; or one column array<number> [T] for each feature. A number is float,"
                    + " double, decimal or an integer type. Default: features, or where the table has no such column, those the"
                    + " model's sidecar names.")
    @Nullable
    List<String> features;

    @Mixin
    StandardizationArguments scales = new StandardizationArguments();

    @Option(
            names = "--lengths",
            paramLabel = "COLUMN",
            description = "Where rows are padded: the integer column with the number of steps that count.")
    @Nullable
    String lengths;

    @Option(
            names = "--id",
            paramLabel = "COLUMN",
            description =
                    "The column that names a row in messages, of any type. Default: id if there is one, else a row"
                            + " is named by its file, partition and position.")
    @Nullable
    String id;

    @Option(
            names = "--initial-state",
            paramLabel = "COLUMN",
            description = "h_0 of each sequence: array<array<number>> [num_layers * num_directions][hidden_size, or"
                    + " proj_size]; null means zeros. Default: zeros.")
    @Nullable
    String initialState;

    @Option(
            names = "--initial-cell-state",
            paramLabel = "COLUMN",
            description = "c_0 of each sequence, for an LSTM: array<array<number>> [num_layers * num_directions]"
                    + "[hidden_size]; null means zeros. Default: zeros.")
    @Nullable
    String initialCellState;

    /** Refuses what the network cannot take. */
    void check(Network network) {
        RnnModel model = network.model();
        checkOrder(network.sidecar());
        scales.check(network);
        if (initialCellState != null && !model.hasCellState()) {
            throw new JobException(
                    ExitCode.USAGE, "--initial-cell-state: a network of " + model.cell() + " has no cell state");
        }
        if ((initialState != null && !model.hiddenStates().isUniform())
                || (initialCellState != null && !model.cellStates().isUniform())) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--initial-state, --initial-cell-state: they cannot be given to a network whose layers have states"
                            + " of different widths (" + model + ")");
        }
    }

    /** Names that the sidecar has too must stand where it has them; columns of other names are the user's own. */
    private void checkOrder(Sidecar sidecar) {
        List<String> trained = lowerCase(sidecar.features());
        if (features == null || features.size() < 2 || trained.isEmpty()) {
            return;
        }
        List<String> given = lowerCase(features);
        for (int i = 0; i < given.size(); i++) {
            int place = trained.indexOf(given.get(i));
            if (place >= 0 && place != i) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--features " + String.join(",", features) + ": by " + sidecar.file()
                                + " beside the model, it was" + " trained with " + String.join(",", sidecar.features())
                                + ", in this order");
            }
        }
    }

    private static List<String> lowerCase(List<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    /** The columns that are meant. */
    List<String> features(Sidecar sidecar, Dataset<Row> table) {
        if (features != null) {
            return features;
        }
        List<String> columns = lowerCase(Arrays.asList(table.schema().fieldNames()));
        boolean named = !sidecar.features().isEmpty() && columns.containsAll(lowerCase(sidecar.features()));
        return named && !columns.contains(DEFAULT_FEATURES) ? sidecar.features() : List.of(DEFAULT_FEATURES);
    }

    /** What a user should know of features whose steps the table does not show; null when it does. */
    @Nullable
    String flatFeatures(Dataset<Row> table, Network network) {
        List<String> names = features(network.sidecar(), table);
        if (names.size() > 1) {
            return null;
        }
        for (StructField field : table.schema().fields()) {
            if (field.name().equalsIgnoreCase(names.get(0))
                    && field.dataType() instanceof ArrayType array
                    && !(array.elementType() instanceof ArrayType)) {
                return "the flat column " + field.name() + " was read as T steps of "
                        + network.model().inputSize()
                        + " numbers, the network's input_size; a table of another width whose rows can be cut so would be"
                        + " read so, too";
            }
        }
        return null;
    }

    /** A scorer for the network and its head over the table's columns. */
    SequenceScorer.Builder scorer(Network network, Dataset<Row> table) {
        SequenceScorer.Builder builder = SequenceScorer.builder(network.model())
                .features(features(network.sidecar(), table).toArray(String[]::new));
        if (network.head() != null) {
            builder.head(network.head().head());
        }
        Standardization standardization = scales.of(network);
        if (standardization != null) {
            builder.standardize(standardization);
        }
        if (lengths != null) {
            builder.lengths(lengths);
        }
        if (initialState != null) {
            builder.initialState(initialState);
        }
        if (initialCellState != null) {
            builder.initialCellState(initialCellState);
        }
        if (id != null) {
            builder.id(id);
        } else {
            // As the table spells it, for where Spark is told to tell ID from id.
            Arrays.stream(table.schema().fieldNames())
                    .filter(DEFAULT_ID::equalsIgnoreCase)
                    .findFirst()
                    .ifPresent(builder::id);
        }
        return builder;
    }
}
