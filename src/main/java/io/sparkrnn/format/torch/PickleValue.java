package io.sparkrnn.format.torch;

import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pickle may hold here: plain data, and tensors. Everything else is either {@link Inert} or refused. Lists and
 * dicts of a hostile pickle may contain themselves, so none of these is ever hashed, compared or printed whole.
 */
sealed interface PickleValue {
    /** What a message calls a value of this kind. */
    String kind();

    /** Python's None. */
    enum None implements PickleValue {
        NONE;

        @Override
        public String kind() {
            return "None";
        }
    }

    record Bool(boolean value) implements PickleValue {
        @Override
        public String kind() {
            return "a bool";
        }
    }

    record Int(long value) implements PickleValue {
        @Override
        public String kind() {
            return "an int";
        }
    }

    /** An integer of more than 64 bits: the magic number of a legacy file is one. */
    record BigInt(BigInteger value) implements PickleValue {
        @Override
        public String kind() {
            return "an int of more than 64 bits";
        }
    }

    record Str(String value) implements PickleValue {
        @Override
        public String kind() {
            return "a str";
        }
    }

    record Tuple(List<PickleValue> items) implements PickleValue {
        static final Tuple EMPTY = new Tuple(List.of());

        @Override
        public String kind() {
            return "a tuple";
        }
    }

    /** A list, which later opcodes still append to. */
    record PyList(List<PickleValue> items) implements PickleValue {
        PyList() {
            this(new ArrayList<>(0));
        }

        @Override
        public String kind() {
            return "a list";
        }
    }

    /** A dict of any kind, which later opcodes still add to: the value of {@code keys[i]} is {@code values[i]}. */
    record Dict(List<PickleValue> keys, List<PickleValue> values) implements PickleValue {
        Dict() {
            this(new ArrayList<>(0), new ArrayList<>(0));
        }

        void put(PickleValue key, PickleValue value) {
            keys.add(key);
            values.add(value);
        }

        /** The last value of a key that is a str; null when there is none. */
        @Nullable
        PickleValue get(String name) {
            for (int i = keys.size() - 1; i >= 0; i--) {
                if (keys.get(i) instanceof Str key && key.value().equals(name)) {
                    return values.get(i);
                }
            }
            return null;
        }

        @Override
        public String kind() {
            return "a dict";
        }
    }

    /**
     * A class or function of the allow-list, by its name only.
     *
     * @param dtype of a storage class or a torch.dtype; null for an untyped storage and for all else
     */
    record Global(
            String name, PickleGlobals.Role role, @Nullable DType dtype) implements PickleValue {
        @Override
        public String kind() {
            return name;
        }
    }

    /**
     * A class or function that is not on the allow-list, by its name only. It can stand for the class of an object, and can
     * be a value; it is never called.
     *
     * @param at the offset at which the pickle names it
     */
    record Stranger(String name, long at) implements PickleValue {
        @Override
        public String kind() {
            return name;
        }
    }

    /** An object of a {@link Stranger}: the name of its class, and the dict of its attributes once that is there. */
    final class PyObject implements PickleValue {
        private final String className;
        private @Nullable Dict attributes;

        PyObject(String className) {
            this.className = className;
        }

        String className() {
            return className;
        }

        /** Null for an object without, and one whose state is something else. */
        @Nullable
        Dict attributes() {
            return attributes;
        }

        void setAttributes(Dict dict) {
            attributes = dict;
        }

        /** The value of an attribute; null when it has none of this name. */
        @Nullable
        PickleValue get(String name) {
            return attributes == null ? null : attributes.get(name);
        }

        @Override
        public String kind() {
            return "an object of " + className;
        }
    }

    /**
     * A storage of PyTorch's: a flat array that tensors are views of.
     *
     * @param dtype of its elements; null when it is counted in bytes
     * @param key its name in the file
     * @param length of the whole array in the file, in elements
     * @param start the element of that array at which this storage starts (legacy files only, else 0)
     * @param elements the number of elements of this storage
     */
    record Storage(@Nullable DType dtype, String key, long length, long start, long elements) implements PickleValue {
        /** Bytes of one unit that {@link #length}, {@link #start} and {@link #elements} count. */
        int unit() {
            return dtype == null ? 1 : dtype.byteSize();
        }

        @Override
        public String kind() {
            return "a storage";
        }
    }

    /**
     * A tensor as a view of a storage: element [i, j, ..] is element {@code offset + i*stride[0] + j*stride[1] + ..}.
     *
     * @param offset in elements of {@code dtype}
     * @param stride in elements of {@code dtype}, one for each dimension, none negative
     */
    record View(Storage storage, DType dtype, long offset, Shape shape, List<Long> stride) implements PickleValue {
        @Override
        public String kind() {
            return "a tensor";
        }
    }

    /** Something harmless that is not needed: numbers of NumPy's, sets, bytes, options. Its contents are not kept. */
    record Inert(String what) implements PickleValue {
        @Override
        public String kind() {
            return what;
        }
    }
}
