package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.forward.OutputLayout;
import io.sparkrnn.model.Head;
import java.util.Iterator;
import java.util.Set;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;

/** What a task does with its partition. */
final class ScoreTask implements MapPartitionsFunction<SequenceRow, ScoredRow> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SharedNetwork> network;
    private final RowColumns columns;
    private final Set<Output> outputs;
    private final int batchSteps;
    private final ScoreMetrics metrics;

    ScoreTask(
            Broadcast<SharedNetwork> network,
            RowColumns columns,
            Set<Output> outputs,
            int batchSteps,
            ScoreMetrics metrics) {
        this.network = network;
        this.columns = columns;
        this.outputs = outputs;
        this.batchSteps = batchSteps;
        this.metrics = metrics;
    }

    @Override
    public Iterator<ScoredRow> call(Iterator<SequenceRow> rows) {
        SharedNetwork shared = network.value();
        Head head = outputs.contains(Output.SCORE) ? shared.head() : null;
        boolean given = outputs.contains(Output.HIDDEN_STATES);
        boolean stepByStep = given || (head != null && head.source() == Head.Source.HIDDEN_STATES);
        int width = shared.model().outputSize();
        Engine engine = shared.engines()
                .engine(
                        stepByStep ? ForwardPass.Wanted.HIDDEN_STATES : ForwardPass.Wanted.FINAL_STATES,
                        given ? NestedArray.layout(width) : OutputLayout.dense(width));
        metrics.countEngine(EngineUse.Of.here(engine.name()));
        SequenceInput input =
                new SequenceInput(rows, columns, shared.model(), head, outputs, engine.precision(), metrics);
        return new ScoredRows(
                input, columns.kept().length(), engine, shared.model(), head, outputs, batchSteps, metrics);
    }
}
