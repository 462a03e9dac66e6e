package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Head;
import java.util.Iterator;
import java.util.Set;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** What a task does with its partition: rows of (kept, id, x, h_0, c_0) in, rows of (kept, outputs...) out. */
final class ScoreTask implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SharedNetwork> network;
    private final Set<Output> outputs;
    private final @Nullable String idColumn;
    private final @Nullable String initialStateColumn;
    private final @Nullable String initialCellStateColumn;
    private final int batchSteps;
    private final ScoreMetrics metrics;

    ScoreTask(
            Broadcast<SharedNetwork> network,
            Set<Output> outputs,
            @Nullable String idColumn,
            @Nullable String initialStateColumn,
            @Nullable String initialCellStateColumn,
            int batchSteps,
            ScoreMetrics metrics) {
        this.network = network;
        this.outputs = outputs;
        this.idColumn = idColumn;
        this.initialStateColumn = initialStateColumn;
        this.initialCellStateColumn = initialCellStateColumn;
        this.batchSteps = batchSteps;
        this.metrics = metrics;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        SharedNetwork shared = network.value();
        Head head = outputs.contains(Output.SCORE) ? shared.head() : null;
        boolean stepByStep =
                outputs.contains(Output.HIDDEN_STATES) || (head != null && head.source() == Head.Source.HIDDEN_STATES);
        Engine engine = shared.engines()
                .engine(stepByStep ? ForwardPass.Wanted.HIDDEN_STATES : ForwardPass.Wanted.FINAL_STATES);
        RowDefects defects = new RowDefects(shared.model(), idColumn, initialStateColumn, initialCellStateColumn);
        return new ScoredRows(rows, engine, shared.model(), head, defects, outputs, batchSteps, metrics);
    }
}
