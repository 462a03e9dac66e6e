package io.sparkrnn.spark.feature;

import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.invalid.Defect.Where;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.UserDefinedType;
import org.jspecify.annotations.Nullable;

/**
 * How the numbers of a sequence lie in their column: found on the driver, from the column's type, and sent to the tasks, where
 * it makes what reads them. A layout is a class of its own beside its {@link Features}.
 */
public interface FeatureLayout extends Serializable {
    /** What lies in a column of {@code type}; empty when that is nothing that features can be. */
    static Optional<FeatureLayout> of(DataType type) {
        Stream<Function<DataType, Optional<FeatureLayout>>> layouts = Stream.of(
                NestedFeatures.Layout::of,
                FlatFeatures.Layout::of,
                RecordFeatures.Layout::of,
                VectorFeatures.OfAllSteps.Layout::of,
                VectorFeatures.OfEachStep.Layout::of);
        DataType plain = plain(type);
        return layouts.flatMap(layout -> layout.apply(plain).stream()).findFirst();
    }

    /** What Spark's rows have for a type of a user's own, or for an array of it. */
    private static DataType plain(DataType type) {
        if (type instanceof UserDefinedType<?> own) {
            return own.sqlType();
        }
        return type instanceof ArrayType array && array.elementType() instanceof UserDefinedType<?> own
                ? DataTypes.createArrayType(own.sqlType(), array.containsNull())
                : type;
    }

    /** What reads such a column, for one task. */
    Features reader(Wanted wanted);

    /** Whether only the width says where a step ends, so that rows of another width may be cut into steps, too. */
    default boolean isFlat() {
        return false;
    }

    /** Whether its numbers are of integer types alone, so that they can be indices. */
    default boolean isOfIntegers() {
        return false;
    }

    /** The names of the numbers of a step, in their order, where the column's type has some; else empty. */
    default List<String> names() {
        return List.of();
    }

    /**
     * What is to be made of the numbers.
     *
     * @param where what they are, for errors
     * @param width how many a step must have
     * @param standardization what is done to them; null for nothing
     * @param vocabularies of the inputs whose indices come as tokens
     */
    record Wanted(
            Where where, int width, @Nullable Standardization standardization, Map<String, Vocabulary> vocabularies) {
        /** Of numbers. */
        public Wanted(Where where, int width, @Nullable Standardization standardization) {
            this(where, width, standardization, Map.of());
        }
    }
}
