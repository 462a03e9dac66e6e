package io.sparkrnn.spark;

import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumn;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.column.KeptColumns;
import io.sparkrnn.spark.column.RowName;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.row.SequenceEncoders;
import io.sparkrnn.spark.row.SequenceRow;
import io.sparkrnn.spark.sequence.RowColumns;
import io.sparkrnn.spark.sequence.SequenceReading;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A table as tasks take it.
 *
 * @param <R> what they get of a row *
 * @param rows what they get of each row
 * @param reading how they make sequences of them
 * @param kept the columns that pass through
 * @param original what is set aside of rows that cannot be scored; empty where nobody asks
 */
record SequenceTable<R>(Dataset<R> rows, SequenceReading<R> reading, StructType kept, StructType original) {
    /** Stands in for a struct of no columns. */
    private static final Column NONE = functions.lit(null).cast(new StructType());

    /** What is taken of a table beside what its user chose. */
    enum Original {
        NONE,
        /** The columns that are kept or read, as they come. */
        TAKEN
    }

    /**
     * A table whose columns are found and checked.
     *
     * @param computation what takes the columns
     * @param added the names of all columns that are to be added to those that pass through
     * @throws InputException when a column is missing or of the wrong type, or is there and is to be added
     */
    static SequenceTable<SequenceRow> of(
            Dataset<Row> input,
            ColumnChoice choice,
            Computation computation,
            @Nullable Standardization standardization,
            List<String> added,
            Original original) {
        InputColumns columns = new InputColumns(input);
        FeatureColumns found = computation.features(columns, choice);
        FeatureColumns once = computation.rowInputs(columns, choice);
        StepRules steps = choice.steps(columns);
        List<InputColumn> parts = new ArrayList<>(found.parts());
        if (once != null) {
            parts.addAll(once.parts());
        }
        KeptColumns kept = kept(columns, choice, found, computation);
        String clash = kept.clash(added);
        if (clash != null) {
            throw new InputException("the input already has a column " + clash + ", which is to be added; name the"
                    + " columns to pass through with " + ColumnOptions.KEEP + " and leave it out, or do without that"
                    + " output");
        }
        StructType originals = original == Original.TAKEN ? originals(columns, choice, parts) : new StructType();
        RowName name = RowName.find(columns, choice.id(), choice.nullIds());
        List<Column> taken = List.of(
                kept.struct(),
                originals.isEmpty() ? NONE : functions.struct(columns(originals)),
                name.column(columns),
                found.column(),
                steps.column().length(columns),
                steps.column().mask(columns),
                columns.states(choice.initialState(), ColumnOptions.INITIAL_STATE),
                columns.states(choice.initialCellState(), ColumnOptions.INITIAL_CELL_STATE),
                once == null ? NONE : once.column());
        Dataset<Row> table = input;
        if (name.isHidden() || parts.stream().anyMatch(InputColumn::isInStruct)) {
            // Spark finds hidden columns, and leaves out the other fields of structs, in projections only.
            Column[] projected = new Column[taken.size()];
            Column[] results = new Column[taken.size()];
            for (int i = 0; i < projected.length; i++) {
                projected[i] = taken.get(i).as("c" + i);
                results[i] = functions.col("c" + i);
            }
            table = input.select(projected);
            taken = List.of(results);
        }
        Computation.InitialStates states = computation.initialStates(columns, choice);
        return new SequenceTable<>(
                table.as(SequenceEncoders.rows(taken)),
                new RowColumns(
                        kept.type(),
                        originals,
                        found.layout(),
                        computation.stepWidth(),
                        standardization,
                        steps,
                        states.hidden(),
                        states.cell(),
                        once == null ? null : (InputFeatures.Layout) once.layout(),
                        name),
                kept.type(),
                originals);
    }

    private static KeptColumns kept(
            InputColumns columns, ColumnChoice choice, FeatureColumns features, Computation computation) {
        if (choice.keep() != null) {
            return KeptColumns.named(columns, choice.keep());
        }
        KeptColumns kept = KeptColumns.allBut(columns, features.parts());
        choice.hidden().forEach(kept::drop);
        if (computation.givesLengths()
                && Output.LENGTHS.column().equals(choice.lengths())
                && choice.mostSteps() == Integer.MAX_VALUE) {
            // The column says the same as the output of its name, unless that is of fewer steps.
            kept.drop(Output.LENGTHS.column());
        }
        return kept;
    }

    /**
     * The columns that are kept or read, whole and in the input's order, without those that say why a row was set aside
     * before: so that rows that are set aside can be repaired and scored as the others.
     */
    private static StructType originals(InputColumns columns, ColumnChoice choice, List<InputColumn> parts) {
        Set<String> wanted = new HashSet<>();
        Stream.concat(parts.stream(), choice.named().map(named -> named.find(columns)))
                .forEach(column -> wanted.add(column.top().field().name()));
        if (choice.keep() != null) {
            choice.keep()
                    .forEach(name -> wanted.add(
                            columns.find(name, ColumnOptions.KEEP).top().field().name()));
        }
        List<StructField> fields = new ArrayList<>();
        for (StructField field : columns.schema().fields()) {
            if ((choice.keep() == null || wanted.contains(field.name()))
                    && !choice.isHidden(field.name())
                    && !InputColumns.same(field.name(), OnInvalid.ERROR_CODE)
                    && !InputColumns.same(field.name(), OnInvalid.ERROR_MESSAGE)) {
                fields.add(field);
            }
        }
        return new StructType(fields.toArray(StructField[]::new));
    }

    private static Column[] columns(StructType fields) {
        return Stream.of(fields.fields())
                .map(field -> InputColumn.of(field).column().as(field.name(), field.metadata()))
                .toArray(Column[]::new);
    }
}
