package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.spark.Output;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/** Scores the first rows of a table with a kernel and with the reference engine, by the way that score goes. */
final class TableComparison {
    private final InputArguments input;
    private final int rows;
    private final RnnModel model;
    private final KernelChoice kernel;

    TableComparison(InputArguments input, int rows, RnnModel model, KernelChoice kernel) {
        this.input = input;
        this.rows = rows;
        this.model = model;
        this.kernel = kernel;
    }

    void run(VerifyReport report) {
        try (JobSession job = JobSession.open("spark-rnn verify")) {
            SparkSession session = job.session();
            Dataset<Row> table = input.read(session);
            // Checked on the table as it is; the rows are then fixed, so that both engines see the same ones.
            score(table, kernel);
            Dataset<Row> first = session.createDataFrame(table.limit(rows).collectAsList(), table.schema());
            List<Row> got = score(first, kernel).collectAsList();
            List<Row> truth = score(first, KernelChoice.REFERENCE).collectAsList();
            if (got.isEmpty()) {
                throw new JobException(ExitCode.INPUT, "--input has no rows, so there is nothing to compare");
            }
            compare(Output.HIDDEN_STATES, got, truth, report);
            compare(Output.H_N, got, truth, report);
            if (model.hasCellState()) {
                compare(Output.C_N, got, truth, report);
            }
        }
    }

    private Dataset<Row> score(Dataset<Row> table, KernelChoice choice) {
        return input.scorer(model, table)
                .keep()
                .outputs(
                        model.hasCellState()
                                ? EnumSet.of(Output.HIDDEN_STATES, Output.H_N, Output.C_N)
                                : EnumSet.of(Output.HIDDEN_STATES, Output.H_N))
                .precision(Precision.FLOAT32)
                .kernel(choice)
                .build()
                .transform(table);
    }

    private void compare(Output output, List<Row> got, List<Row> truth, VerifyReport report) {
        List<double[]> truths =
                truth.stream().map(row -> numbers(row, output.column())).toList();
        double largest =
                truths.stream().mapToDouble(ErrorMeasure::largest).max().orElse(0);
        ErrorMeasure error = new ErrorMeasure(largest);
        for (int i = 0; i < truths.size(); i++) {
            double[] values = numbers(got.get(i), output.column());
            if (output == Output.HIDDEN_STATES) {
                for (int from = 0,
                                block =
                                        model.layers()
                                                .get(model.numLayers() - 1)
                                                .stateSize();
                        from < values.length;
                        from += block) {
                    error.block(values, truths.get(i), from, block);
                }
            } else {
                StateLayout states = output == Output.C_N ? model.cellStates() : model.hiddenStates();
                for (int s = 0; s < states.count(); s++) {
                    error.block(values, truths.get(i), states.offset(s), states.width(s));
                }
            }
        }
        report.line(output.column(), "of " + truths.size() + " rows", error, null);
    }

    private static double[] numbers(Row row, String column) {
        List<Number> numbers = new ArrayList<>();
        List<scala.collection.Seq<Number>> steps = row.getList(row.fieldIndex(column));
        steps.forEach(step -> numbers.addAll(CollectionConverters.asJava(step)));
        return numbers.stream().mapToDouble(Number::doubleValue).toArray();
    }
}
