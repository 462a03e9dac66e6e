package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.platform.ScalaCollections;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Row;

/** Results as lists that can be compared. */
public final class Rows {
    private Rows() {}

    /** The rows of a column of nested arrays. */
    public static List<List<Number>> floats(Row row, String column) {
        List<scala.collection.Seq<Number>> rows = row.getList(row.fieldIndex(column));
        List<List<Number>> lists = new ArrayList<>();
        rows.forEach(numbers -> lists.add(new ArrayList<>(ScalaCollections.list(numbers))));
        return lists;
    }

    static List<List<Number>> hiddenStates(Engine engine, int sequence, RnnModel model) {
        ByteBuffer bytes = bytes(engine.length(sequence), model.outputSize(), engine.precision());
        engine.copyHiddenStates(
                sequence, bytes, 0, model.outputSize() * engine.precision().byteSize());
        return lists(bytes, model.outputSize(), engine.precision());
    }

    static List<List<Number>> finalStates(Engine engine, int sequence, RnnModel model) {
        ByteBuffer bytes = bytes(model.numStates(), model.stateSize(), engine.precision());
        for (int s = 0; s < model.numStates(); s++) {
            engine.copyFinalState(
                    sequence,
                    s,
                    bytes,
                    s * model.stateSize() * engine.precision().byteSize());
        }
        return lists(bytes, model.stateSize(), engine.precision());
    }

    private static ByteBuffer bytes(int rows, int columns, Precision precision) {
        return ByteBuffer.allocate(rows * columns * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static List<List<Number>> lists(ByteBuffer bytes, int columns, Precision precision) {
        List<List<Number>> rows = new ArrayList<>();
        while (bytes.hasRemaining()) {
            List<Number> row = new ArrayList<>();
            for (int i = 0; i < columns; i++) {
                row.add(precision == Precision.FLOAT32 ? (Number) bytes.getFloat() : (Number) bytes.getDouble());
            }
            rows.add(row);
        }
        return rows;
    }
}
