package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.result.ResultColumn;
import io.sparkrnn.spark.row.SequenceRow;
import io.sparkrnn.spark.sequence.RowDefects;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceInput;
import java.io.Serializable;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.UUID;
import java.util.function.Supplier;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A network as a function of the values of one row: for expressions of SQL, which Spark computes a row at a time. The numbers
 * are those of a table that is scored. Made by {@link SequenceScorer#function}; of one task, once it has come there.
 */
public final class RowFunction implements Serializable {
    private static final long serialVersionUID = 1;

    private final Broadcast<SharedNetwork> network;
    private final ScoreRequest request;
    private final RowArguments.Read read;
    private final List<ResultColumn> columns;

    /** Tells this one from others of the same name, wherever a copy of it is. */
    private final String version = UUID.randomUUID().toString();

    private transient @Nullable Calls calls;

    RowFunction(
            Broadcast<SharedNetwork> network,
            ScoreRequest request,
            RowArguments.Read read,
            List<ResultColumn> columns) {
        this.network = network;
        this.request = request;
        this.read = read;
        this.columns = List.copyOf(columns);
    }

    /** What its copies have in common, and no other function has. */
    public String version() {
        return version;
    }

    /** What it gives: a field for each output, by its name. */
    public StructType type() {
        return new StructType(columns.stream()
                .map(column -> new StructField(column.name(), column.type(), false, Metadata.empty()))
                .toArray(StructField[]::new));
    }

    /**
     * What comes of a row; a new object each time.
     *
     * @param row the arguments, as Spark has their types; not kept
     * @return null when an argument is null
     * @throws InputException when the network cannot be run over them, saying why
     */
    public @Nullable InternalRow apply(InternalRow row) {
        return read.arguments().anyIsNull(row) ? null : calls().result(row, Bad.THROWN);
    }

    /** As {@link #apply}, but null where that throws for what is in the row. */
    public @Nullable InternalRow tryToApply(InternalRow row) {
        return read.arguments().anyIsNull(row) ? null : calls().result(row, Bad.NULL);
    }

    /** What comes of a row that the network cannot be run over. */
    private enum Bad {
        THROWN,
        NULL
    }

    // Spark may hand the object to several threads where it computes a query without a job.
    private synchronized Calls calls() {
        Calls made = calls;
        if (made == null || made.thread != Thread.currentThread()) {
            made = new Calls(network.value(), request, read);
            calls = made;
        }
        return made;
    }

    /** What a thread needs to run the network over one row after the other. */
    private static final class Calls implements Iterator<SequenceRow> {
        final Thread thread = Thread.currentThread();
        private final RowArguments arguments;
        private final Engine engine;
        private final List<Result> results;
        private final RowCounts counts = new RowCounts();
        private final SequenceInput input;
        private final SequenceInput.Sink sink;
        private final RowDefects defects;
        private final boolean givesLengths;
        private @Nullable SequenceRow next;

        Calls(SharedNetwork shared, ScoreRequest request, RowArguments.Read read) {
            arguments = read.arguments();
            shared.prove();
            engine = shared.engines().engine();
            results = shared.computation().results(engine);
            input = new SequenceInput(
                    this,
                    read.columns(),
                    request.limits(),
                    counts,
                    shared.computation().vocabularies());
            sink = request.limits().sink(engine, request.batchSteps(), nanos -> {});
            defects = new RowDefects(read.columns(), request.limits());
            givesLengths = request.lengths() == ScoreRequest.Lengths.GIVEN;
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public SequenceRow next() {
            SequenceRow row = next;
            if (row == null) {
                throw new NoSuchElementException();
            }
            next = null;
            return row;
        }

        @Nullable
        InternalRow result(InternalRow row, Bad bad) {
            engine.clear();
            next = SequenceRow.of(null, null, null, arguments.ofSteps(row), 0, null, null, null, arguments.ofRow(row));
            if (!input.hasRow()) {
                throw new IllegalStateException("a row that is neither taken nor refused");
            }
            Defect defect = input.addTo(sink);
            int length = input.length();
            input.done();
            if (defect != null) {
                return refused(bad, () -> defects.row(defect, null, counts.read));
            }
            engine.run();
            String problem = engine.problem(0);
            if (problem != null) {
                return refused(bad, () -> RowDefects.notComputed(defects.name(null, counts.read), problem));
            }
            int fields = results.size() + (givesLengths ? 1 : 0);
            Object[] values = new Object[fields];
            for (int i = 0; i < results.size(); i++) {
                results.get(i).put(0);
                // whoever has the former row's may keep it
                values[i] = results.get(i).image.array().copy();
            }
            if (givesLengths) {
                values[fields - 1] = length;
            }
            return new GenericInternalRow(values);
        }

        private static @Nullable InternalRow refused(Bad bad, Supplier<InvalidRow> why) {
            if (bad == Bad.THROWN) {
                throw new InputException(why.get().message());
            }
            return null;
        }
    }
}
