package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.file.FinalStatesFile;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.result.ArrayImage;
import io.sparkrnn.spark.result.Hash;
import io.sparkrnn.spark.result.NestedArray;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.result.ScoreSpread;
import io.sparkrnn.spark.row.ScoredRow;
import io.sparkrnn.spark.sequence.RowDefects;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceInput;
import io.sparkrnn.spark.sequence.Sequences;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.jspecify.annotations.Nullable;

/**
 * The scored rows of a partition, in its order. Reads rows until the budget of steps is full, or that of kept columns,
 * runs the batch, gives its rows one at a time, and reads on: what is held at any time is one batch. It is always the same
 * object that is given, with the values of the next row.
 */
final class ScoredRows implements Iterator<ScoredRow> {
    /** A whole number of blocks of lanes, on every kernel. */
    private static final int WHOLE_BLOCKS = 128;

    /** Bytes of features and states that a core's own cache, of 1 or 2 MiB, still holds the most of. */
    private static final int CACHED = 1 << 20;

    private final Sequences input;
    /** Makes hidden states, if it can, in the layout of {@link NestedArray#layout}. */
    private final Engine engine;

    private final Result[] results;
    private final boolean givesLengths;
    private final int batchSteps;
    private final ScoreMetrics metrics;
    private final RowCounts counts;
    private final InvalidRows invalid;
    private final @Nullable FinalStatesFile states;
    private final SequenceInput.Sink sink;
    private final @Nullable ProfiledRows profiled;
    private final boolean rejectsNonFinite;
    /** Whether rows may turn out to be invalid when they were run. */
    private final boolean late;

    /** The batch's rows: the engine has the numbers. */
    private final BatchRows rows = new BatchRows();

    private final @Nullable UnsafeRow keptRow;
    /** For rows that turn out to be invalid when they are scored; null where none can, or nobody asks how they came. */
    private final @Nullable UnsafeProjection originals;

    private final @Nullable UnsafeRow originalRow;
    private final ScoredRow row;

    /** The bytes of a step's features and states. */
    private final long stepBytes;

    /** Whether all sequences of the batch are of one length. */
    private boolean alike;

    private int next;

    /** Of what is in {@link #row}. */
    private long hash;

    /** Whether {@link #row} has the values of a row that was not given yet. */
    private boolean ready;

    /**
     * Of the rows of {@code input}.
     *
     * @param results the columns that come of the engine's batch
     * @param request what is asked, of all partitions alike
     * @param invalid what becomes of rows that cannot be scored
     * @param states where final states go; null where nobody asks for them
     * @param profiled what looks at them; null where nothing does
     */
    ScoredRows(
            Sequences input,
            Engine engine,
            List<Result> results,
            ScoreRequest request,
            InvalidRows invalid,
            @Nullable FinalStatesFile states,
            ScoreMetrics metrics,
            RowCounts counts,
            @Nullable ProfiledRows profiled) {
        this.input = input;
        this.engine = engine;
        this.results = results.toArray(Result[]::new);
        givesLengths = request.lengths() == ScoreRequest.Lengths.GIVEN;
        this.batchSteps = request.batchSteps();
        this.invalid = invalid;
        this.states = states;
        this.metrics = metrics;
        this.counts = counts;
        counts.name(results.stream().map(result -> result.column).toList());
        counts.scores = spreads(results);
        SequenceInput.Sink batch = request.limits()
                .sink(engine, batchSteps, nanos -> metrics.countBatch(counts, 0, engine.steps(), nanos));
        this.profiled = profiled;
        sink = profiled == null ? batch : profiled.over(batch);
        rejectsNonFinite = request.nonFinite() == ScoreRequest.NonFinite.INVALID;
        late = request.late() == ScoreRequest.Late.POSSIBLE;
        boolean keepsOriginals = late && invalid.needOriginals();
        originals = keepsOriginals ? UnsafeProjection.create(request.original()) : null;
        originalRow = keepsOriginals ? new UnsafeRow(request.original().length()) : null;
        int kept = request.kept().length();
        stepBytes = (long) request.stepNumbers() * engine.precision().byteSize();
        keptRow = kept == 0 ? null : new UnsafeRow(kept);
        row = new ScoredRow(results.stream().map(result -> result.image.array()).toArray(ArrayData[]::new));
        row.setKept(keptRow);
    }

    private static Map<String, ScoreSpread> spreads(List<Result> results) {
        Map<String, ScoreSpread> spreads = new LinkedHashMap<>();
        for (Result result : results) {
            ScoreSpread spread = result.spread();
            if (spread != null) {
                spreads.put(result.column, spread);
            }
        }
        return spreads;
    }

    @Override
    public boolean hasNext() {
        if (!ready) {
            ready = advance();
        }
        return ready;
    }

    @Override
    public ScoredRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        ready = false;
        return row;
    }

    /** Fills {@link #row} with the next row that stays in the table; whether there is one. */
    private boolean advance() {
        while (true) {
            if (next == rows.size()) {
                runBatch();
                if (rows.size() == 0) {
                    invalid.end();
                    if (states != null) {
                        counts.finalStates = states.end();
                    }
                    if (profiled != null) {
                        profiled.end();
                    }
                    return false;
                }
            }
            int index = next++;
            hash = 0;
            ErrorCode error = rows.error(index);
            if (error == null) {
                InvalidRow found = score(index);
                if (found != null) {
                    if (!invalid.stays(found, original(index))) {
                        continue;
                    }
                    error = found.code();
                }
            }
            row.setError(error);
            if (keptRow != null) {
                rows.pointToKept(keptRow, index);
                hash = Hash.joined(hash, Hash.of(keptRow));
            }
            counts.checksum += Hash.joined(hash, error == null ? 0 : 1);
            if (error == null) {
                counts.scored++;
                counts.steps += rows.length(index);
                if (states != null) {
                    states.add(Objects.requireNonNull(keptRow), rows.sequence(index));
                }
                if (profiled != null) {
                    profiled.take(rows.sequence(index), rows.length(index));
                }
            }
            return true;
        }
    }

    private void runBatch() {
        engine.clear();
        rows.clear();
        next = 0;
        alike = true;
        long begin = System.nanoTime() - counts.forwardNanos;
        while (input.hasRow()) {
            if (rows.size() > 0 && (isFull() || !fits())) {
                break;
            }
            take();
        }
        // what was run of long sequences meanwhile is of the forward pass
        counts.readNanos += System.nanoTime() - counts.forwardNanos - begin;
        if (engine.size() > 0) {
            long start = System.nanoTime();
            engine.run();
            metrics.countBatch(counts, engine.size(), engine.steps(), System.nanoTime() - start);
        }
    }

    /** Takes the row at hand: into the batch, or to what becomes of those that cannot be scored. */
    private void take() {
        Defect defect = input.addTo(sink);
        if (defect == null) {
            int sequence = engine.size() - 1;
            alike &= input.length() == engine.length(0);
            rows.add(sequence, input.length(), input.kept());
            if (late) {
                rows.addOrigin(
                        input.name(),
                        originals == null ? null : originals.apply(Objects.requireNonNull(input.original())));
            }
        } else {
            InvalidRow found = input.invalid(defect);
            if (invalid.stays(found, input.original())) {
                rows.addInvalid(found.code(), input.kept());
            }
        }
        input.done();
    }

    /**
     * Whether the batch gains nothing by more sequences. It gains as long as lengths differ, because sequences of nearly one
     * length are put side by side. Where all are of one length, a small batch is better: one that stays in the cache on
     * its way took a sixth less of a task's time than one of 65,536 steps (I=32, H=64, 50 steps, all hidden states).
     */
    private boolean isFull() {
        return alike && engine.size() % WHOLE_BLOCKS == 0 && engine.steps() * stepBytes >= CACHED;
    }

    private boolean fits() {
        return (long) engine.steps() + input.length() <= batchSteps && rows.fits(input.kept());
    }

    /** Puts the results of a row into {@link #row}; why it has none, or null. */
    private @Nullable InvalidRow score(int index) {
        int sequence = rows.sequence(index);
        String problem = engine.problem(sequence);
        if (problem != null) {
            return RowDefects.notComputed(rows.name(index), problem);
        }
        boolean finite = true;
        for (int i = 0; i < results.length; i++) {
            results[i].put(sequence);
            // Not after the pass: Spark reads the numbers next, from the cache that this brings them to.
            ArrayImage image = results[i].image;
            image.look();
            hash = Hash.joined(hash, image.hash());
            if (image.hasNonFinite()) {
                counts.countNonFinite(i);
                finite = false;
            }
        }
        if (givesLengths) {
            row.setLength(rows.length(index));
            hash = Hash.joined(hash, rows.length(index));
        }
        if (!finite) {
            counts.nonFinite++;
        }
        return finite || !rejectsNonFinite ? null : RowDefects.nonFinite(rows.name(index), results);
    }

    private @Nullable UnsafeRow original(int index) {
        if (originalRow != null) {
            rows.pointToOriginal(originalRow, rows.sequence(index));
        }
        return originalRow;
    }
}
