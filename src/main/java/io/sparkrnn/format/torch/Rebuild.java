package io.sparkrnn.format.torch;

import io.sparkrnn.format.torch.PickleValue.Dict;
import io.sparkrnn.format.torch.PickleValue.Global;
import io.sparkrnn.format.torch.PickleValue.Inert;
import io.sparkrnn.format.torch.PickleValue.Int;
import io.sparkrnn.format.torch.PickleValue.None;
import io.sparkrnn.format.torch.PickleValue.PyList;
import io.sparkrnn.format.torch.PickleValue.Storage;
import io.sparkrnn.format.torch.PickleValue.Str;
import io.sparkrnn.format.torch.PickleValue.Tuple;
import io.sparkrnn.format.torch.PickleValue.View;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the calls of the allow-list give: tensors as views of storages, checked against the storage's length here, so
 * that a {@link View} is sound wherever it turns up. After
 * <a href="https://github.com/pytorch/pytorch/blob/main/torch/_utils.py">torch/_utils.py</a>.
 */
final class Rebuild {
    /** PyTorch's own limit on the dimensions of a tensor. */
    private static final int MOST_DIMENSIONS = 64;

    /** A call that cannot be made; the message says why, the caller knows where. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }

    PickleValue call(Global callee, Tuple arguments) throws Refused {
        List<PickleValue> args = arguments.items();
        return switch (callee.role()) {
            case DICT -> dict(args);
            case TENSOR -> {
                Storage storage = storage(callee, args);
                if (storage.dtype() == null) {
                    throw new Refused("a tensor of " + callee.name() + " over a storage without a type");
                }
                yield view(storage, storage.dtype(), args);
            }
            case TENSOR_WITH_DTYPE -> {
                if (args.size() < 7 || !(args.get(6) instanceof Global type) || type.dtype() == null) {
                    throw new Refused("a call of " + callee.name() + " without a dtype");
                }
                yield view(storage(callee, args), type.dtype(), args);
            }
            case PARAMETER -> {
                if (args.isEmpty() || !(args.get(0) instanceof View)) {
                    throw new Refused("a call of " + callee.name() + " without a tensor");
                }
                yield args.get(0);
            }
            case FROM_TYPE -> {
                if (args.size() < 3
                        || !(args.get(0) instanceof Global function)
                        // The function may not be this one again: that would be recursion as deep as the file likes.
                        || function.role() == PickleGlobals.Role.FROM_TYPE
                        || !(args.get(2) instanceof Tuple inner)) {
                    throw new Refused("a call of " + callee.name() + " with other arguments than it takes");
                }
                yield call(function, inner);
            }
            case ITSELF -> {
                if (args.isEmpty()) {
                    throw new Refused("a call of " + callee.name() + " without a value");
                }
                yield args.get(0);
            }
            case SIZE -> {
                if (args.size() != 1 || !(args.get(0) instanceof Tuple)) {
                    throw new Refused("a call of torch.Size without a tuple");
                }
                yield args.get(0);
            }
            case STORAGE, DTYPE -> throw new Refused("a call of " + callee.name() + ", which is a type");
            case INERT -> new Inert("a value of " + callee.name());
        };
    }

    /** OrderedDict(), OrderedDict([[key, value], ...]), defaultdict(factory), Counter({...}). */
    private static PickleValue dict(List<PickleValue> args) throws Refused {
        if (args.size() == 1 && args.get(0) instanceof Dict given) {
            return given;
        }
        Dict dict = new Dict();
        if (args.size() == 1 && args.get(0) instanceof PyList pairs) {
            for (PickleValue pair : pairs.items()) {
                List<PickleValue> items = pair instanceof Tuple tuple
                        ? tuple.items()
                        : pair instanceof PyList list ? list.items() : List.of();
                if (items.size() != 2) {
                    throw new Refused("a dict is made of something that is not a pair of key and value");
                }
                dict.put(items.get(0), items.get(1));
            }
        }
        return dict;
    }

    private static Storage storage(Global callee, List<PickleValue> args) throws Refused {
        if (args.size() < 4 || !(args.get(0) instanceof Storage storage)) {
            throw new Refused("a call of " + callee.name() + " without storage, offset, size and stride");
        }
        return storage;
    }

    private static View view(Storage storage, DType dtype, List<PickleValue> args) throws Refused {
        long offset = number(args.get(1), "the offset of a tensor");
        List<Long> sizes = numbers(args.get(2), "the size of a tensor");
        List<Long> stride = numbers(args.get(3), "the stride of a tensor");
        if (stride.size() != sizes.size()) {
            throw new Refused("a tensor of size " + sizes + " with stride " + stride);
        }
        Shape shape;
        try {
            shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
            if (shape.elements() > 0) {
                long last = offset;
                for (int d = 0; d < sizes.size(); d++) {
                    last = Math.addExact(last, Math.multiplyExact(sizes.get(d) - 1, stride.get(d)));
                }
                long bytes = Math.multiplyExact(Math.addExact(last, 1), dtype.byteSize());
                if (bytes > Math.multiplyExact(storage.elements(), storage.unit())) {
                    throw new Refused("a tensor of size " + sizes + ", stride " + stride + " and offset " + offset
                            + " needs " + (last + 1) + " elements of storage '" + storage.key() + "', which has "
                            + storage.elements() + (storage.dtype() == null ? " bytes" : ""));
                }
            }
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw new Refused("a tensor of size " + sizes + ", stride " + stride + " and offset " + offset
                    + " is larger than any file");
        }
        return new View(storage, dtype, offset, shape, stride);
    }

    /**
     * The storage of a persistent id: {@code ('storage', class, key, location, elements)}, in legacy files with a sixth
     * item, None or {@code (key of the part, start, elements)} for a storage that is a part of another.
     */
    Storage storage(PickleValue id) throws Refused {
        List<PickleValue> items = id instanceof Tuple tuple ? tuple.items() : List.of();
        boolean isStorage = (items.size() == 5 || items.size() == 6)
                && items.get(0) instanceof Str tag
                && tag.value().equals("storage");
        if (!isStorage
                || !(items.get(1) instanceof Global type)
                || type.role() != PickleGlobals.Role.STORAGE
                || !(items.get(2) instanceof Str key)) {
            String tag = !items.isEmpty() && items.get(0) instanceof Str first ? first.value() : "";
            throw new Refused(
                    tag.equals("module")
                            ? "the file is a whole pickled module, which only its own Python code can read. Save the"
                                    + " tensors alone, in Python: torch.save(module.state_dict(), path)"
                            : "a reference to something outside the pickle that is not ('storage', class, key,"
                                    + " location, elements)");
        }
        long length = number(items.get(4), "the length of a storage");
        @Nullable DType dtype = type.dtype();
        long start = 0;
        long elements = length;
        if (items.size() == 6 && items.get(5) != None.NONE) {
            if (!(items.get(5) instanceof Tuple part) || part.items().size() != 3) {
                throw new Refused("a part of a storage that is not (key, start, elements)");
            }
            start = number(part.items().get(1), "the start of a part of a storage");
            elements = number(part.items().get(2), "the length of a part of a storage");
            if (elements > length || start > length - elements) {
                throw new Refused("a part of a storage, " + elements + " elements from " + start
                        + " on, goes beyond its " + length);
            }
        }
        return new Storage(dtype, key.value(), length, start, elements);
    }

    private static long number(PickleValue value, String what) throws Refused {
        if (value instanceof Int number && number.value() >= 0) {
            return number.value();
        }
        throw new Refused(what + " is " + (value instanceof Int number ? number.value() : value.kind())
                + ", not a whole number from 0 up");
    }

    private static List<Long> numbers(PickleValue value, String what) throws Refused {
        List<PickleValue> items =
                value instanceof Tuple tuple ? tuple.items() : value instanceof PyList list ? list.items() : List.of();
        if (!(value instanceof Tuple || value instanceof PyList) || items.size() > MOST_DIMENSIONS) {
            throw new Refused(
                    what + " is " + value.kind() + ", not a tuple of at most " + MOST_DIMENSIONS + " numbers");
        }
        List<Long> numbers = new ArrayList<>(items.size());
        for (PickleValue item : items) {
            numbers.add(number(item, what));
        }
        return List.copyOf(numbers);
    }
}
