package io.sparkrnn.spark.feature;

import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Indices that come as tokens: {@code array<string>} of T*width, or {@code array<array<string>>} [T][width]. */
public final class TokenFeatures extends Features {
    /** Bytes of a token that a message shows something of. */
    private static final int MOST_SHOWN = 400;

    private final Vocabulary vocabulary;
    private final Form form;
    private @Nullable ArrayData values;

    /** The bytes of the token at hand: Spark's may be anywhere. */
    private byte[] token = new byte[64];

    private TokenFeatures(Wanted wanted, Vocabulary vocabulary, Form form) {
        super(wanted);
        this.vocabulary = vocabulary;
        this.form = form;
    }

    /** How tokens lie. */
    enum Form {
        FLAT,
        NESTED
    }

    /**
     * Their layout.
     *
     * @param input whose vocabulary they are of
     */
    public record Layout(String input, Form form) implements FeatureLayout {
        private static final long serialVersionUID = 1;

        /** What lies in a column of {@code type}; empty when that is not tokens. */
        public static Optional<FeatureLayout> of(String input, DataType type) {
            if (!(type instanceof ArrayType values)) {
                return Optional.empty();
            }
            if (values.elementType() instanceof StringType) {
                return Optional.of(new Layout(input, Form.FLAT));
            }
            return values.elementType() instanceof ArrayType step && step.elementType() instanceof StringType
                    ? Optional.of(new Layout(input, Form.NESTED))
                    : Optional.empty();
        }

        @Override
        public Features reader(Wanted wanted) {
            Vocabulary vocabulary = wanted.vocabularies().get(input);
            return new TokenFeatures(wanted, Objects.requireNonNull(vocabulary, input), form);
        }

        @Override
        public boolean isFlat() {
            return form == Form.FLAT;
        }

        @Override
        public boolean isOfIntegers() {
            return true;
        }
    }

    @Override
    int available(Object value) {
        values = (ArrayData) value;
        int elements = values.numElements();
        if (form == Form.NESTED) {
            return elements;
        }
        if (elements % width != 0) {
            throw defect(Kind.NOT_DIVISIBLE, -1, elements);
        }
        return elements / width;
    }

    @Override
    void copyRun(int from, int to, float[] target, int at) {
        for (int i = 0; i < (to - from) * width; i++) {
            target[at + i] = (float) index(from + i / width, i % width);
        }
    }

    @Override
    void copyRun(int from, int to, double[] target, int at) {
        for (int i = 0; i < (to - from) * width; i++) {
            target[at + i] = index(from + i / width, i % width);
        }
    }

    /** @param place which token of the step */
    private int index(int step, int place) {
        ArrayData all = Objects.requireNonNull(values);
        if (form == Form.FLAT) {
            return index(all, step * width + place, step, place);
        }
        if (all.isNullAt(step)) {
            throw defect(Kind.NULL_STEP, step, 0);
        }
        ArrayData one = all.getArray(step);
        if (one.numElements() != width) {
            throw defect(Kind.WIDTH, step, one.numElements());
        }
        return index(one, place, step, place);
    }

    private int index(ArrayData tokens, int element, int step, int place) {
        if (tokens.isNullAt(element)) {
            throw defect(Kind.NULL_NUMBER, step, place);
        }
        int length = take(tokens, element);
        int index = vocabulary.find(token, 0, length);
        if (index < 0) {
            String found = new String(token, 0, Math.min(length, MOST_SHOWN), StandardCharsets.UTF_8);
            throw defect(Kind.UNKNOWN_TOKEN, step, place).with(Vocabulary.shown(found));
        }
        return index;
    }

    /** Puts the bytes of a token into {@link #token}: no object is made of it. How many there are. */
    private int take(ArrayData tokens, int element) {
        Object base;
        long at;
        int length;
        if (tokens instanceof UnsafeArrayData unsafe) {
            long place = place(unsafe, element);
            base = unsafe.getBaseObject();
            at = unsafe.getBaseOffset() + (place >>> Integer.SIZE);
            length = (int) place;
        } else {
            UTF8String text = tokens.getUTF8String(element);
            base = text.getBaseObject();
            at = text.getBaseOffset();
            length = text.numBytes();
        }
        if (length > token.length) {
            token = Arrays.copyOf(token, Math.max(length, 2 * token.length));
        }
        Platform.copyMemory(base, at, token, Platform.BYTE_ARRAY_OFFSET, length);
        return length;
    }
}
