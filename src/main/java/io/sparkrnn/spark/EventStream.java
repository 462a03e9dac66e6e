package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.row.ScoredRow;
import io.sparkrnn.spark.sequence.ScoreRequest;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataType;

/**
 * A stream of events for those who keep the states themselves: its columns, found and checked as those of a table are, and the
 * network. Public because {@code io.sparkrnn.stream} is a room of its own; of no use by itself.
 *
 * @param rows a row an event, as they come, with a column {@code id}
 * @param taken what a task takes of a row
 * @param given the rows of a result
 * @param idType the type of the ids
 * @param program what a task does
 */
public record EventStream(
        Dataset<Row> rows, Encoder<EventRow> taken, Encoder<ScoredRow> given, DataType idType, Program program) {
    /** What a task is told; shared by all. */
    public static final class Program implements Serializable {
        private static final long serialVersionUID = 1;

        private final Broadcast<SharedNetwork> network;
        private final EventColumns columns;
        private final ScoreRequest request;
        private final byte[] digest;
        private final String name;
        private final boolean hasCellState;

        Program(
                Broadcast<SharedNetwork> network,
                EventColumns columns,
                ScoreRequest request,
                byte[] digest,
                Computation of) {
            this.network = network;
            this.columns = columns;
            this.request = request;
            this.digest = digest;
            name = of.toString();
            hasCellState = of.layers().hasCellState();
        }

        /** What a task has to know of the events. */
        public EventColumns columns() {
            return columns;
        }

        /** What is asked of all tasks alike. */
        public ScoreRequest request() {
            return request;
        }

        /** By which states tell what network they are of; not to be modified. */
        public byte[] digest() {
            return digest;
        }

        /** Whether there are cell states beside the hidden ones. */
        public boolean hasCellState() {
            return hasCellState;
        }

        /** What messages call the network. */
        public String name() {
            return name;
        }

        /** What one task runs. */
        public Task open() {
            SharedNetwork shared = network.value();
            shared.prove();
            Computation computation = shared.computation();
            Engine engine = shared.engines().engine();
            return new Task(
                    engine,
                    computation.results(engine),
                    computation.layers(),
                    computation.vocabularies(),
                    shared.precision());
        }
    }

    /**
     * What one task runs.
     *
     * @param results what puts the columns together, but for the lengths
     * @param layers whose states are kept
     * @param vocabularies of the inputs whose indices come as tokens
     */
    public record Task(
            Engine engine,
            List<Result> results,
            RnnModel layers,
            Map<String, Vocabulary> vocabularies,
            Precision precision) {}
}
