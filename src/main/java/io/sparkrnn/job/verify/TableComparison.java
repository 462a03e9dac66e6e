package io.sparkrnn.job.verify;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.job.input.InputTable;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.input.UnreadColumns;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.result.Output;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.IntFunction;
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
    private final Set<Output> outputs;
    private final KernelChoice kernel;

    /**
     * A comparison.
     *
     * @param outputs of recurrent layers
     */
    TableComparison(
            InputTable input,
            SequenceArguments sequences,
            int rows,
            Network network,
            Set<Output> outputs,
            KernelChoice kernel) {
        this.input = input;
        this.sequences = sequences;
        this.rows = rows;
        this.network = network;
        this.model = network.model();
        this.outputs = outputs;
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
            Graph graph = network.graph();
            if (graph != null) {
                graph.outputs().forEach(output -> compare(output, got, truth, report));
            } else {
                outputs.forEach(output -> compare(output, got, truth, report));
            }
        }
    }

    private Dataset<Row> score(Dataset<Row> table, KernelChoice choice, ScoreMetrics metrics) {
        ScorerBuilder builder = sequences.scorer(network, table).keep();
        if (network.graph() == null) {
            builder.outputs(outputs);
        }
        return builder.precision(Precision.FLOAT32).kernel(choice).build().transform(table, metrics);
    }

    /** Compares an output of a whole network. */
    private static void compare(GraphOutput output, List<Row> got, List<Row> truth, VerifyReport report) {
        List<double[]> truths =
                truth.stream().map(row -> numbers(row, output.name())).toList();
        double largest =
                truths.stream().mapToDouble(ErrorMeasure::largest).max().orElse(0);
        ErrorMeasure error = ErrorMeasure.of(output, largest);
        for (int i = 0; i < truths.size(); i++) {
            rows(
                    error,
                    numbers(got.get(i), output.name()),
                    truths.get(i),
                    output.numbersEach(),
                    NetworkVectors.place(output, i));
        }
        report.line(output.name(), "of " + truths.size() + " rows", error, null);
    }

    private void compare(Output output, List<Row> got, List<Row> truth, VerifyReport report) {
        List<double[]> truths =
                truth.stream().map(row -> numbers(row, output.column())).toList();
        double largest =
                truths.stream().mapToDouble(ErrorMeasure::largest).max().orElse(0);
        ErrorMeasure error = new ErrorMeasure(largest);
        for (int i = 0; i < truths.size(); i++) {
            double[] values = numbers(got.get(i), output.column());
            int row = i;
            int width = output == Output.SCORE ? scores() : model.outputSize();
            boolean once = output == Output.SCORE && scoresOnce();
            IntFunction<String> ofSteps =
                    index -> "row " + row + (once ? "" : ", step " + index / width) + ", column " + index % width;
            switch (output) {
                case HIDDEN_STATES ->
                    rows(
                            error,
                            values,
                            truths.get(i),
                            model.layers().get(model.numLayers() - 1).stateSize(),
                            ofSteps);
                case SCORE -> rows(error, values, truths.get(i), width, ofSteps);
                case H_N -> states(error, values, truths.get(i), model.hiddenStates(), row);
                case C_N -> states(error, values, truths.get(i), model.cellStates(), row);
                case LENGTHS -> throw new IllegalArgumentException("lengths are not computed");
            }
        }
        report.line(output.column(), "of " + truths.size() + " rows", error, null);
    }

    private int scores() {
        NamedHead head = Objects.requireNonNull(network.head(), "scores without a head");
        return head.head().outputSize();
    }

    private boolean scoresOnce() {
        NamedHead head = Objects.requireNonNull(network.head(), "scores without a head");
        return head.head().source() == Head.Source.H_N;
    }

    private static void rows(ErrorMeasure error, double[] got, double[] truth, int width, IntFunction<String> place) {
        for (int from = 0; from < truth.length; from += width) {
            error.block(got, truth, from, width, place);
        }
    }

    private static void states(ErrorMeasure error, double[] got, double[] truth, StateLayout states, int row) {
        for (int s = 0; s < states.count(); s++) {
            int state = s;
            error.block(
                    got,
                    truth,
                    states.offset(s),
                    states.width(s),
                    index -> "row " + row + ", state " + state + ", column " + (index - states.offset(state)));
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
