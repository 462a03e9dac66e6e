package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.spark.count.EngineUse;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.event.EventInput;
import io.sparkrnn.spark.file.FinalStatesFile;
import io.sparkrnn.spark.file.SetAsideFile;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.row.ScoredRow;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceReading;
import io.sparkrnn.spark.sequence.Sequences;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * What a task does with its partition.
 *
 * @param <R> what it gets of a row
 */
final class ScoreTask<R> implements MapPartitionsFunction<R, ScoredRow> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SharedNetwork> network;
    private final @Nullable Broadcast<SerializableConfiguration> configuration;
    private final SequenceReading<R> reading;
    private final ScoreRequest request;
    private final ScoreMetrics metrics;
    private final @Nullable ScoreProfile profile;

    /**
     * A task.
     *
     * @param configuration how it reaches files; null where it writes none
     * @param reading how it makes sequences of rows
     * @param profile what is gathered for a report; null where nothing is
     */
    ScoreTask(
            Broadcast<SharedNetwork> network,
            @Nullable Broadcast<SerializableConfiguration> configuration,
            SequenceReading<R> reading,
            ScoreRequest request,
            ScoreMetrics metrics,
            @Nullable ScoreProfile profile) {
        this.network = network;
        this.configuration = configuration;
        this.reading = reading;
        this.request = request;
        this.metrics = metrics;
        this.profile = profile;
    }

    @Override
    public Iterator<ScoredRow> call(Iterator<R> rows) {
        SharedNetwork shared = network.value();
        shared.prove();
        Computation computation = shared.computation();
        Engine engine = shared.engines().engine();
        List<Result> results = computation.results(engine);
        metrics.countEngine(EngineUse.Of.here(engine.name()));
        RowCounts counts = metrics.open();
        Sequences input = reading.open(rows, request, counts, computation.vocabularies());
        if (input instanceof EventInput events && events.givesEvents()) {
            return new StepRows(
                    events,
                    engine,
                    results,
                    request,
                    invalidRows(counts),
                    states(computation, engine),
                    metrics,
                    counts);
        }
        ProfiledRows profiled = profile == null ? null : computation.profiled(engine, results, profile);
        return new ScoredRows(
                input,
                engine,
                results,
                request,
                invalidRows(counts),
                states(computation, engine),
                metrics,
                counts,
                profiled);
    }

    private @Nullable FinalStatesFile states(Computation computation, Engine engine) {
        ScoreRequest.FinalStates asked = request.states();
        return asked == null || configuration == null
                ? null
                : new FinalStatesFile(
                        asked.folder(),
                        configuration.value().value(),
                        computation.finalStates(engine),
                        asked.kept(),
                        asked.rows());
    }

    private InvalidRows invalidRows(RowCounts counts) {
        SetAsideFile file = request.onInvalid() instanceof OnInvalid.SetAside aside && configuration != null
                ? new SetAsideFile(
                        aside.folder(), configuration.value().value(), SetAsideFile.schema(request.original()))
                : null;
        return new InvalidRows(request.onInvalid(), counts, file);
    }
}
