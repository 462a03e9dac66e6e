package io.sparkrnn.job.verify;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.InputTable;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.input.UnreadColumns;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.parquet.ScanReport;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.Output;
import io.sparkrnn.spark.ScoreMetrics;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Scores the first rows of a table with a kernel and with the reference engine, by the way that score goes. */
final class TableComparison {
    private final InputTable input;
    private final SequenceArguments sequences;
    private final int rows;
    private final Network network;
    private final RnnModel model;
    private final KernelChoice kernel;

    TableComparison(InputTable input, SequenceArguments sequences, int rows, Network network, KernelChoice kernel) {
        this.input = input;
        this.sequences = sequences;
        this.rows = rows;
        this.network = network;
        this.model = network.model();
        this.kernel = kernel;
    }

    void run(VerifyReport report) {
        try (JobSession job = JobSession.open("spark-rnn verify");
                ScanReport scan = ScanReport.start(job.session().sparkContext())) {
            SparkSession session = job.session();
            Dataset<Row> table = input.read(session, scan);
            sequences.refuse(new UnreadColumns(scan), network, table);
            // Checked on the table as it is; the rows are then fixed, so that both engines see the same ones.
            ScoreMetrics metrics = new ScoreMetrics(session.sparkContext());
            score(table, kernel, metrics);
            Dataset<Row> first = session.createDataFrame(table.limit(rows).collectAsList(), table.schema());
            List<Row> got = score(first, kernel, metrics).collectAsList();
            List<Row> truth = score(first, KernelChoice.REFERENCE, new ScoreMetrics(session.sparkContext()))
                    .collectAsList();
            String leftOut = sequences.leftOut(metrics);
            if (leftOut != null && got.isEmpty()) {
                throw new JobException(
                        ExitCode.INPUT,
                        "--input: " + leftOut + ", so there is nothing to compare; raise --rows, or lower --min-steps");
            }
            if (leftOut != null) {
                report.note(leftOut);
            }
            if (got.isEmpty()) {
                throw new JobException(ExitCode.INPUT, "the input gives no rows, so there is nothing to compare");
            }
            for (Output output : outputs()) {
                compare(output, got, truth, report);
            }
        }
    }

    private EnumSet<Output> outputs() {
        EnumSet<Output> outputs = EnumSet.of(Output.HIDDEN_STATES, Output.H_N);
        if (model.hasCellState()) {
            outputs.add(Output.C_N);
        }
        if (network.head() != null) {
            outputs.add(Output.SCORE);
        }
        return outputs;
    }

    private Dataset<Row> score(Dataset<Row> table, KernelChoice choice, ScoreMetrics metrics) {
        return sequences
                .scorer(network, table)
                .keep()
                .outputs(outputs())
                .precision(Precision.FLOAT32)
                .kernel(choice)
                .build()
                .transform(table, metrics);
    }

    private void compare(Output output, List<Row> got, List<Row> truth, VerifyReport report) {
        List<double[]> truths =
                truth.stream().map(row -> numbers(row, output.column())).toList();
        double largest =
                truths.stream().mapToDouble(ErrorMeasure::largest).max().orElse(0);
        ErrorMeasure error = new ErrorMeasure(largest);
        for (int i = 0; i < truths.size(); i++) {
            double[] values = numbers(got.get(i), output.column());
            switch (output) {
                case HIDDEN_STATES ->
                    rows(
                            error,
                            values,
                            truths.get(i),
                            model.layers().get(model.numLayers() - 1).stateSize());
                case SCORE -> rows(error, values, truths.get(i), scores());
                case H_N -> states(error, values, truths.get(i), model.hiddenStates());
                case C_N -> states(error, values, truths.get(i), model.cellStates());
                case LENGTHS -> throw new IllegalArgumentException("lengths are not computed");
            }
        }
        report.line(output.column(), "of " + truths.size() + " rows", error, null);
    }

    private int scores() {
        NamedHead head = Objects.requireNonNull(network.head(), "scores without a head");
        return head.head().outputSize();
    }

    private static void rows(ErrorMeasure error, double[] got, double[] truth, int width) {
        for (int from = 0; from < truth.length; from += width) {
            error.block(got, truth, from, width);
        }
    }

    private static void states(ErrorMeasure error, double[] got, double[] truth, StateLayout states) {
        for (int s = 0; s < states.count(); s++) {
            error.block(got, truth, states.offset(s), states.width(s));
        }
    }

    private static double[] numbers(Row row, String column) {
        List<Number> numbers = new ArrayList<>();
        // Of numbers, or of arrays of them.
        List<Object> items = row.getList(row.fieldIndex(column));
        for (Object item : items) {
            if (item instanceof scala.collection.Seq<?> step) {
                ScalaCollections.list(step).forEach(number -> numbers.add((Number) number));
            } else {
                numbers.add((Number) item);
            }
        }
        return numbers.stream().mapToDouble(Number::doubleValue).toArray();
    }
}
