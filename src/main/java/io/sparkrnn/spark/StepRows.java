package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.event.EventInput;
import io.sparkrnn.spark.file.FinalStatesFile;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.result.Hash;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.row.KeptRows;
import io.sparkrnn.spark.row.ScoredRow;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.Pieces;
import io.sparkrnn.spark.sequence.RowDefects;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceInput;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.jspecify.annotations.Nullable;

/**
 * The events of a partition with what the network gives at each of them, a row an event. A sequence is run as a whole, and its rows
 * are given when it is known that all of it can be scored; or, where the first that cannot ends the job, piece by piece
 * ({@link LengthLimits.Pieces#BATCHES}), so that no more than a batch is held. It is always the same object that is given.
 */
final class StepRows implements Iterator<ScoredRow> {
    /** The most bytes of events' own columns in a batch of several sequences. */
    private static final int MOST_BYTES = 16 << 20;

    private final EventInput input;
    private final Engine engine;
    private final Result[] results;
    private final ScoreRequest request;
    private final InvalidRows invalid;
    private final @Nullable FinalStatesFile states;
    private final ScoreMetrics metrics;
    private final RowCounts counts;
    private final SequenceInput.Sink sink;
    private final @Nullable UnsafeProjection originals;
    private final UnsafeRow keptRow;
    private final ScoredRow row;

    /** The columns of all events of the batch, in its order. */
    private final KeptRows kept = new KeptRows(MOST_BYTES);

    /** Of each sequence of the batch what messages call it, and what is set aside of it; only where these may be asked for. */
    private final List<String> names = new ArrayList<>();

    private final List<UnsafeRow> setAside = new ArrayList<>();

    /** The sequence at hand; those before it are done with. */
    private int sequence;

    private int step;
    private int steps;
    /** Of the events of the batch the next one. */
    private int next;

    /** Whether the batch is a piece of a sequence that goes on. */
    private boolean goesOn;

    /** Whether a piece of the sequence at hand had a number that is not finite. */
    private boolean wasNonFinite;

    private boolean ready;

    /** See {@link ScoredRows}. */
    StepRows(
            EventInput input,
            Engine engine,
            List<Result> results,
            ScoreRequest request,
            InvalidRows invalid,
            @Nullable FinalStatesFile states,
            ScoreMetrics metrics,
            RowCounts counts) {
        this.input = input;
        this.engine = engine;
        this.results = results.toArray(Result[]::new);
        this.request = request;
        this.invalid = invalid;
        this.states = states;
        this.metrics = metrics;
        this.counts = counts;
        counts.name(results.stream().map(result -> result.column).toList());
        sink = new SequenceInput.Sink() {
            @Override
            public void add(
                    int length,
                    NumberSource x,
                    @Nullable NumberSource once,
                    @Nullable NumberSource h0,
                    @Nullable NumberSource c0) {
                engine.add(length, x, once, h0, c0);
            }

            @Override
            public void add(
                    Pieces x, @Nullable NumberSource once, @Nullable NumberSource h0, @Nullable NumberSource c0) {
                // The first: the others are asked for when its rows are given.
                engine.add(x.steps(), x, once, h0, c0);
            }
        };
        originals = invalid.needOriginals() ? UnsafeProjection.create(request.original()) : null;
        keptRow = new UnsafeRow(request.kept().length());
        row = new ScoredRow(new ArrayData[this.results.length]);
        row.setKept(keptRow);
    }

    @Override
    public boolean hasNext() {
        while (!ready) {
            if (step < steps) {
                give();
                ready = true;
            } else if (sequence < engine.size()) {
                open();
            } else if (!runBatch()) {
                invalid.end();
                if (states != null) {
                    counts.finalStates = states.end();
                }
                return false;
            }
        }
        return true;
    }

    @Override
    public ScoredRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ready = false;
        return row;
    }

    /** Runs what comes next; whether there is something. */
    private boolean runBatch() {
        long begin = System.nanoTime();
        kept.clear();
        names.clear();
        setAside.clear();
        sequence = 0;
        step = 0;
        steps = 0;
        next = 0;
        boolean begins = !goesOn;
        if (goesOn) {
            resume();
        } else {
            engine.clear();
            wasNonFinite = false;
            while (!goesOn && input.hasRow() && (engine.size() == 0 || fits())) {
                take();
            }
        }
        counts.readNanos += System.nanoTime() - begin;
        if (engine.size() == 0) {
            return false;
        }
        long start = System.nanoTime();
        engine.run();
        metrics.countBatch(counts, begins ? engine.size() : 0, engine.steps(), System.nanoTime() - start);
        return true;
    }

    private boolean fits() {
        return (long) engine.steps() + input.length() <= request.batchSteps() && kept.bytes() <= MOST_BYTES;
    }

    private void take() {
        Defect defect = input.addTo(sink);
        if (defect != null) {
            invalid.stays(input.invalid(defect), input.original());
            input.done();
            return;
        }
        input.copyEvents(kept);
        if (request.late() == ScoreRequest.Late.POSSIBLE) {
            names.add(input.name());
            if (originals != null) {
                setAside.add(originals.apply(input.original()).copy());
            }
        }
        goesOn = input.goesOn();
        if (!goesOn) {
            input.done();
        }
    }

    private void resume() {
        Pieces pieces = input.pieces();
        try {
            pieces.next();
        } catch (Defect found) {
            // Ends the job: pieces are for that rule alone.
            invalid.stays(input.invalid(found), input.original());
            throw new IllegalStateException("a sequence that cannot be scored, of which rows were given", found);
        }
        engine.resume(pieces.steps(), pieces);
        input.copyEvents(kept);
        if (request.late() == ScoreRequest.Late.POSSIBLE) {
            names.add(input.name());
        }
        goesOn = input.goesOn();
        if (!goesOn) {
            input.done();
        }
    }

    /** Makes the next sequence the one at hand; it has no steps where it cannot be scored. */
    private void open() {
        int length = engine.length(sequence);
        InvalidRow found = look(length);
        if (found == null) {
            steps = length;
            step = 0;
            counts.steps += length;
            if (!goesOn) {
                counts.scored++;
                if (states != null) {
                    kept.point(keptRow, next + length - 1);
                    states.add(keptRow, sequence);
                }
            }
        } else {
            invalid.stays(found, setAside.isEmpty() ? null : setAside.get(sequence));
            next += length;
        }
        sequence++;
    }

    private @Nullable InvalidRow look(int length) {
        String problem = engine.problem(sequence);
        if (problem != null) {
            return RowDefects.notComputed(names.get(sequence), problem);
        }
        boolean finite = true;
        for (int i = 0; i < results.length; i++) {
            results[i].put(sequence);
            int elements = results[i].image.array().numElements();
            if (elements != length) {
                return RowDefects.notComputed(
                        names.get(sequence),
                        "its output " + results[i].column + " has " + elements + " steps for " + length
                                + " events, so that nobody knows which is whose");
            }
            results[i].image.look();
            if (results[i].image.hasNonFinite()) {
                counts.countNonFinite(i);
                finite = false;
            }
        }
        if (!finite && !wasNonFinite) {
            counts.nonFinite++;
            wasNonFinite = goesOn;
        }
        if (finite || request.nonFinite() == ScoreRequest.NonFinite.SCORED) {
            return null;
        }
        return RowDefects.nonFinite(names.get(sequence), results);
    }

    /** Puts the next event of the sequence at hand into the row. */
    private void give() {
        kept.point(keptRow, next++);
        long hash = Hash.of(keptRow);
        for (int i = 0; i < results.length; i++) {
            UnsafeArrayData numbers = results[i].ofStep(step);
            row.setArray(i, numbers);
            hash = Hash.joined(hash, Hash.of(numbers));
        }
        counts.checksum += Hash.joined(hash, 0);
        step++;
    }
}
