package io.sparkrnn.spark.event;

import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.feature.NumberReader;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.jspecify.annotations.Nullable;

/**
 * Reads the numbers [W] of one event, in the order in which the network takes them: of columns with a number each, of arrays of
 * several, of strings by a vocabulary, and the time since the event before. Each is standardised and rounded as the numbers of a
 * sequence in arrays are. For one thread.
 */
public final class EventReader {
    private final Layout layout;
    private final NumberReader[] numbers;
    private final @Nullable Vocabulary[] vocabularies;
    private final double[] scales;
    private final boolean single;

    private EventReader(Layout layout, Map<String, Vocabulary> vocabularies) {
        this.layout = layout;
        int size = layout.parts().size();
        numbers = new NumberReader[size];
        this.vocabularies = new Vocabulary[size];
        for (int i = 0; i < size; i++) {
            Part part = layout.parts().get(i);
            if (part.form() == Form.TOKEN) {
                this.vocabularies[i] = Objects.requireNonNull(vocabularies.get(part.input()), part.input());
            } else if (part.form() != Form.DELTA) {
                numbers[i] = NumberReader.of(part.number());
            }
        }
        scales = layout.standardization() == null
                ? new double[0]
                : layout.standardization().pairs();
        single = layout.precision() == Precision.FLOAT32;
    }

    /** What a part is. */
    public enum Form {
        /** A column with a number. */
        NUMBER,
        /** A column with an array of them. */
        ARRAY,
        /** A column with a string whose index a vocabulary has. */
        TOKEN,
        /** No column: the time since the event before. */
        DELTA
    }

    /**
     * A part of an event's numbers.
     *
     * @param input what the network calls what it is of
     * @param column where it is
     * @param number the type of its numbers; of {@link Form#TOKEN} and {@link Form#DELTA} any
     * @param width how many numbers
     * @param range indices are below it; 0 of numbers
     */
    public record Part(String input, String column, Form form, DataType number, int width, long range)
            implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * All parts of an event.
     *
     * @param parts by the fields of the struct that a task gets, of which a {@link Form#DELTA} has none
     * @param standardization what is done to them; null for nothing
     * @param precision what numbers are rounded to
     */
    public record Layout(List<Part> parts, @Nullable Standardization standardization, Precision precision)
            implements Serializable {
        private static final long serialVersionUID = 1;

        /** What reads them. */
        public EventReader reader(Map<String, Vocabulary> vocabularies) {
            return new EventReader(this, vocabularies);
        }

        /** W. */
        public int width() {
            return parts.stream().mapToInt(Part::width).sum();
        }

        /** Whether one of them is the time since the event before. */
        public boolean hasDelta() {
            return parts.stream().anyMatch(part -> part.form() == Form.DELTA);
        }
    }

    /** The form of a part in a column of {@code type}; null when the network cannot take that. */
    public static @Nullable Form form(DataType type, int width, long range, Tokens tokens) {
        if (tokens == Tokens.IN_VOCABULARY) {
            return type instanceof StringType && width == 1 ? Form.TOKEN : null;
        }
        DataType number = number(type);
        boolean fits = range > 0 ? NumberReader.isInteger(number) : NumberReader.reads(number);
        if (!fits) {
            return null;
        }
        return type instanceof ArrayType ? Form.ARRAY : width == 1 ? Form.NUMBER : null;
    }

    /** Whether a part has a vocabulary. */
    public enum Tokens {
        IN_VOCABULARY,
        NONE
    }

    /** The type of the numbers in a column of {@code type}. */
    public static DataType number(DataType type) {
        return type instanceof ArrayType array ? array.elementType() : type;
    }

    /**
     * Reads an event.
     *
     * @param row the columns
     * @param delta the time since the event before
     * @param at where in {@code target} its first number goes
     * @throws Defect when one of them is not what the network takes
     */
    public void read(InternalRow row, double delta, double[] target, int at) {
        int field = 0;
        int number = 0;
        for (int i = 0; i < numbers.length; i++) {
            Part part = layout.parts().get(i);
            if (part.form() == Form.DELTA) {
                target[at + number] = rounded(standardized(delta, number));
            } else {
                if (row.isNullAt(field)) {
                    throw defect(i, Kind.NULL_NUMBER, 0);
                }
                switch (part.form()) {
                    case NUMBER -> target[at + number] = number(i, row, field, number);
                    case ARRAY -> readArray(i, row.getArray(field), target, at + number, number);
                    default -> target[at + number] = index(i, row, field);
                }
                field++;
            }
            number += part.width();
        }
    }

    private double number(int i, InternalRow row, int field, int place) {
        if (layout.parts().get(i).range() > 0) {
            return checkedIndex(i, numbers[i].doubleAt(row, field));
        }
        // As it is, rounded once: a bigint by way of a double would be rounded twice.
        return scales.length > 0
                ? rounded(standardized(numbers[i].doubleAt(row, field), place))
                : single ? numbers[i].floatAt(row, field) : numbers[i].doubleAt(row, field);
    }

    private void readArray(int i, ArrayData values, double[] target, int at, int place) {
        Part part = layout.parts().get(i);
        if (values.numElements() != part.width()) {
            throw defect(i, Kind.WIDTH, values.numElements());
        }
        for (int n = 0; n < part.width(); n++) {
            if (values.isNullAt(n)) {
                throw defect(i, Kind.NULL_NUMBER, n);
            }
            if (part.range() > 0) {
                target[at + n] = checkedIndex(i, numbers[i].doubleAt(values, n));
            } else if (scales.length > 0) {
                target[at + n] = rounded(standardized(numbers[i].doubleAt(values, n), place + n));
            } else {
                target[at + n] = single ? numbers[i].floatAt(values, n) : numbers[i].doubleAt(values, n);
            }
        }
    }

    private double checkedIndex(int i, double index) {
        if (index < 0 || index >= layout.parts().get(i).range()) {
            throw defect(i, Kind.BAD_INDEX, (long) index);
        }
        return index;
    }

    private double index(int i, InternalRow row, int field) {
        byte[] token = row.getUTF8String(field).getBytes();
        int index = Objects.requireNonNull(vocabularies[i]).find(token, 0, token.length);
        if (index < 0) {
            throw defect(i, Kind.UNKNOWN_TOKEN, 0)
                    .with(Vocabulary.shown(row.getUTF8String(field).toString()));
        }
        return checkedIndex(i, index);
    }

    private double standardized(double number, int place) {
        return scales.length == 0 ? number : (number - scales[2 * place]) / scales[2 * place + 1];
    }

    private double rounded(double number) {
        return single ? (float) number : number;
    }

    private static Defect defect(int part, Kind kind, long found) {
        return new Defect(Where.FEATURES, kind, -1, found).of(part);
    }
}
