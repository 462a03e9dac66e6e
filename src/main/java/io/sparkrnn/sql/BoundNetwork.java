package io.sparkrnn.sql;

import io.sparkrnn.spark.RowFunction;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** A network over arguments of known types, as Spark calls it: a row at a time, a struct of its outputs for each. */
final class BoundNetwork implements ScalarFunction<InternalRow> {
    private static final long serialVersionUID = 1;

    private final String name;
    private final DataType[] types;
    private final RowFunction function;
    private final OnBad onBad;

    /** What comes of a row that the network cannot be run over. */
    enum OnBad {
        /** The query fails, saying why. */
        FAIL,
        /** Null. */
        NULL
    }

    BoundNetwork(String name, List<DataType> types, RowFunction function, OnBad onBad) {
        this.name = name;
        this.types = types.toArray(DataType[]::new);
        this.function = function;
        this.onBad = onBad;
    }

    @Override
    public DataType[] inputTypes() {
        return types.clone();
    }

    @Override
    public DataType resultType() {
        return function.type();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String canonicalName() {
        return "io.sparkrnn." + name + "." + function.version();
    }

    /** Two calls of one network are equal, so that Spark computes {@code f(x).a, f(x).b} once. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BoundNetwork network
                && network.name.equals(name)
                && network.onBad == onBad
                && network.function.version().equals(function.version());
    }

    @Override
    public int hashCode() {
        return name.hashCode();
    }

    @Override
    public String toString() {
        return name;
    }

    @Override
    public @Nullable InternalRow produceResult(InternalRow arguments) {
        return switch (onBad) {
            case FAIL -> function.apply(arguments);
            case NULL -> function.tryToApply(arguments);
        };
    }
}
