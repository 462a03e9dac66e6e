package io.sparkrnn.stream;

import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.EventStream;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.invalid.InputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an id between micro-batches.
 *
 * @param network by which it is known of which network it is
 * @param sequence which of the id's sequences it is in, where gaps cut
 * @param last what the last event was ordered by, as a row of Spark's; null where nobody knows
 * @param once what a whole network takes once for a sequence, likewise; null where there is no such thing
 * @param h the hidden states, little-endian, in the engine's precision
 * @param c the cell states; null where there are none
 */
record IdState(
        byte[] network, int sequence, byte @Nullable [] last, byte @Nullable [] once, byte[] h, byte @Nullable [] c) {
    /** How it lies in Spark's store: by these columns the state can be read from a checkpoint, too. */
    static final StructType SCHEMA = StructType.fromDDL(
            "network BINARY, sequence INT, last_order BINARY, row_inputs BINARY, h_n BINARY, c_n BINARY");

    static final String ID = "id";

    static IdState of(Row row) {
        return new IdState(row.getAs(0), row.getInt(1), row.getAs(2), row.getAs(3), row.getAs(4), row.getAs(5));
    }

    Row row() {
        return RowFactory.create(network, sequence, last, once, h, c);
    }

    /** The columns of initial states. */
    static StructType initial(EventStream.Program program, EventColumns columns) {
        DataType number =
                columns.numbers().precision() == Precision.FLOAT32 ? DataTypes.FloatType : DataTypes.DoubleType;
        DataType matrix = DataTypes.createArrayType(DataTypes.createArrayType(number));
        StructType type = new StructType()
                .add(ID, columns.idType())
                .add(columns.lastColumn(), columns.orders().get(0).type())
                .add("h_n", matrix);
        return program.hasCellState() ? type.add("c_n", matrix) : type;
    }

    /**
     * The state that a row of {@link #initial} has.
     *
     * @param name what messages call the id
     * @throws InputException when it is not as the network's is
     */
    static IdState of(
            Row row, EventStream.Program program, EventStream.Task task, byte @Nullable [] last, String name) {
        RnnModel layers = task.layers();
        return new IdState(
                program.digest(),
                0,
                last,
                null,
                numbers(row, 2, "h_n", layers.hiddenStates(), task.precision(), name),
                layers.hasCellState() ? numbers(row, 3, "c_n", layers.cellStates(), task.precision(), name) : null);
    }

    private static byte[] numbers(
            Row row, int column, String called, StateLayout layout, Precision precision, String name) {
        if (row.isNullAt(column)) {
            throw new InputException("initial state of " + name + ": " + called
                    + " is null; leave the row out, and the id" + " begins with the network's own");
        }
        ByteBuffer bytes =
                ByteBuffer.allocate(layout.total() * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        List<scala.collection.Seq<Number>> states = row.getList(column);
        boolean fits = states.size() == layout.count();
        for (int s = 0; fits && s < layout.count(); s++) {
            List<Number> state = states.get(s) == null ? List.of() : ScalaCollections.list(states.get(s));
            fits = state.size() == layout.width(s) && state.stream().allMatch(Objects::nonNull);
            for (int i = 0; fits && i < state.size(); i++) {
                if (precision == Precision.FLOAT32) {
                    bytes.putFloat(state.get(i).floatValue());
                } else {
                    bytes.putDouble(state.get(i).doubleValue());
                }
            }
        }
        if (!fits) {
            throw new InputException("initial state of " + name + ": " + called + " is not [" + layout.count()
                    + "] states of the network's widths without nulls; expected states of this network");
        }
        return bytes.array();
    }

    /**
     * Refuses a state of another network, whose numbers would be wrong without anybody's seeing it.
     *
     * @param name what messages call the id
     */
    void check(EventStream.Program program, String name) {
        if (!Arrays.equals(network, program.digest())) {
            throw new InputException(
                    name + ": the state in the checkpoint is of another network than this (" + program.name()
                            + "): other weights, layers, precision or standardisation. Go on with the network that the query began"
                            + " with, or begin a new checkpoint for the new one");
        }
    }

    /** Values of the order columns as bytes. */
    static byte[] bytes(UnsafeProjection projection, @Nullable Object[] order) {
        return projection.apply(new GenericInternalRow(order)).getBytes();
    }

    /** A row of so many columns in bytes. */
    static UnsafeRow row(byte[] bytes, int columns) {
        UnsafeRow row = new UnsafeRow(columns);
        row.pointTo(bytes, bytes.length);
        return row;
    }
}
