package io.sparkrnn.format.torch;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.format.bytes.Strided;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.torch.PickleValue.Bool;
import io.sparkrnn.format.torch.PickleValue.Dict;
import io.sparkrnn.format.torch.PickleValue.Inert;
import io.sparkrnn.format.torch.PickleValue.Int;
import io.sparkrnn.format.torch.PickleValue.PyList;
import io.sparkrnn.format.torch.PickleValue.PyObject;
import io.sparkrnn.format.torch.PickleValue.Storage;
import io.sparkrnn.format.torch.PickleValue.Str;
import io.sparkrnn.format.torch.PickleValue.Tuple;
import io.sparkrnn.format.torch.PickleValue.View;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The tensors of an unpickled object, by the path to each: the entries of nested dicts, lists and tuples, joined with
 * dots ({@code model_state_dict.rnn.weight_ih_l0}, {@code optimizer.state.0.exp_avg}); those of a module by the names that
 * its state_dict() gives them.
 *
 * <p>A module ({@code torch.save(module)}) is an object with the dicts {@code _parameters}, {@code _buffers} and {@code
 * _modules}; in TorchScript, an object of a class of {@code __torch__} whose attributes are its tensors and its modules.
 */
public final class TorchTensors {
    private static final int MOST_NESTED = 64;

    /** What the names of TorchScript's classes begin with. */
    private static final String SCRIPT = "__torch__";

    /** The letters of all names together: what a dict that contains another many times over can be unfolded to. */
    private static final long MOST_LETTERS = 1L << 26;

    /** A view that repeats elements may be larger than its file; up to this many bytes that is no attack. */
    private static final long LARGEST_EXPANDED = 1L << 24;

    private final String file;
    private final long fileLength;
    private final Function<Storage, Region> storages;
    private final Map<String, Region> regions = new HashMap<>();
    private final Tensors.Builder tensors;
    private final Map<String, Nonlinearity> nonlinearities = new HashMap<>();
    private long letters;

    /**
     * What an object holds.
     *
     * @param nonlinearities of the nn.RNN modules in it, by the prefix of their tensors; a state dict does not tell
     */
    public record Found(Tensors tensors, Map<String, Nonlinearity> nonlinearities) {
        public Found {
            nonlinearities = Map.copyOf(nonlinearities);
        }
    }

    private TorchTensors(String file, long fileLength, Function<Storage, Region> storages) {
        this.file = file;
        this.fileLength = fileLength;
        this.storages = storages;
        this.tensors = Tensors.builder(file);
    }

    /**
     * Collects the tensors of {@code root}.
     *
     * @param file what messages call the file
     * @param fileLength in bytes
     * @param storages where in the file a storage is; throws a ModelException when it is not there as described
     */
    static Found of(PickleValue root, String file, long fileLength, Function<Storage, Region> storages) {
        if (!(root instanceof Dict || root instanceof PyList || root instanceof Tuple || isModule(root))) {
            throw new ModelException(
                    file,
                    "the file holds " + root.kind()
                            + ", not a dict of tensors. In Python: torch.save(module.state_dict(), path)");
        }
        TorchTensors collected = new TorchTensors(file, fileLength, storages);
        collected.walk(root, "", 0);
        return new Found(collected.tensors.build(), collected.nonlinearities);
    }

    /** Whether a value is a module; of other objects nothing is known. */
    private static boolean isModule(PickleValue value) {
        return value instanceof PyObject object
                && (object.get("_parameters") instanceof Dict
                        || object.className().startsWith(SCRIPT));
    }

    private void walk(PickleValue value, String path, int depth) {
        letters += path.length() + 1L;
        if (depth > MOST_NESTED || letters > MOST_LETTERS) {
            throw new ModelException(
                    file,
                    "its dicts are nested too deeply or too often. Save the tensors alone, in Python:"
                            + " torch.save(module.state_dict(), path)");
        }
        if (value instanceof View view) {
            add(path, view);
        } else if (value instanceof Dict dict) {
            for (int i = 0; i < dict.keys().size(); i++) {
                walk(dict.values().get(i), join(path, key(dict.keys().get(i))), depth + 1);
            }
        } else if (value instanceof PyObject object) {
            module(object, path, depth);
        } else if (value instanceof PyList || value instanceof Tuple) {
            List<PickleValue> items = value instanceof Tuple tuple
                    ? tuple.items()
                    : value instanceof PyList list ? list.items() : List.of();
            letters += items.size();
            for (int i = 0; i < items.size(); i++) {
                // A number is not worth a name: a history of losses is a long list.
                if (!(items.get(i) instanceof Int || items.get(i) instanceof Inert)) {
                    walk(items.get(i), join(path, Integer.toString(i)), depth + 1);
                }
            }
        }
    }

    private void module(PyObject object, String path, int depth) {
        Dict attributes = object.attributes();
        if (attributes == null || !isModule(object)) {
            return;
        }
        if (attributes.get("nonlinearity") instanceof Str said) {
            if (said.value().equals("tanh") || said.value().equals("relu")) {
                nonlinearities.put(
                        path.isEmpty() ? "" : path + ".",
                        said.value().equals("relu") ? Nonlinearity.RELU : Nonlinearity.TANH);
            }
        }
        if (!object.className().startsWith(SCRIPT)) {
            for (String part : List.of("_parameters", "_buffers", "_modules")) {
                if (attributes.get(part) instanceof Dict dict) {
                    walk(dict, path, depth + 1);
                }
            }
            return;
        }
        for (int i = 0; i < attributes.keys().size(); i++) {
            PickleValue value = attributes.values().get(i);
            // Lists among the attributes, such as _flat_weights, only repeat what is there by name.
            if (value instanceof View || value instanceof PyObject) {
                walk(value, join(path, key(attributes.keys().get(i))), depth + 1);
            }
        }
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String key(PickleValue key) {
        if (key instanceof Str string) {
            return string.value();
        }
        if (key instanceof Int number) {
            return Long.toString(number.value());
        }
        return key instanceof Bool bool ? (bool.value() ? "True" : "False") : "(" + key.kind() + ")";
    }

    private void add(String name, View view) {
        Storage storage = view.storage();
        Region region = regions.computeIfAbsent(storage.key(), key -> storages.apply(storage));
        boolean added = tensors.add(name, view.dtype(), view.shape(), () -> load(name, view, region));
        if (!added) {
            throw new ModelException(file, "two tensors are called '" + name + "'");
        }
    }

    /** Reads a view and lays it out in row-major order. The view is within its storage, the storage within the file. */
    private Tensor load(String name, View view, Region region) {
        DType dtype = view.dtype();
        Shape shape = view.shape();
        int size = dtype.byteSize();
        long elements = shape.elements();
        long largest = Math.min(Integer.MAX_VALUE - 16L, Math.max(fileLength, LARGEST_EXPANDED));
        if (elements > largest / size) {
            throw new ModelException(
                    file,
                    "tensor '" + name + "' is " + dtype + " " + shape + ", which is "
                            + (largest < Integer.MAX_VALUE - 16L
                                    ? "far more than the file's " + fileLength + " bytes: a view that repeats elements."
                                            + " Save it with tensor.contiguous() in Python"
                                    : "more than the 2 GiB that one tensor can have"));
        }
        if (elements == 0) {
            return Tensor.of(dtype, shape, new byte[0]);
        }
        long from = view.storage().start() * view.storage().unit() + view.offset() * size;
        if (isRowMajor(view)) {
            return Tensor.of(dtype, shape, region.read(from, (int) (elements * size)));
        }
        long span = 1;
        for (int d = 0; d < shape.rank(); d++) {
            span += (shape.size(d) - 1) * view.stride().get(d);
        }
        if (span > (Integer.MAX_VALUE - 16L) / size) {
            throw new ModelException(
                    file,
                    "tensor '" + name + "' is spread over more than 2 GiB of its storage. Save it with"
                            + " tensor.contiguous() in Python");
        }
        byte[] source = region.read(from, (int) (span * size));
        long[] strides = view.stride().stream().mapToLong(Long::longValue).toArray();
        return Tensor.of(dtype, shape, new Strided(source, size, 0, shape, strides).packed());
    }

    private static boolean isRowMajor(View view) {
        long expected = 1;
        for (int d = view.shape().rank() - 1; d >= 0; d--) {
            long size = view.shape().size(d);
            if (size != 1 && view.stride().get(d) != expected) {
                return false;
            }
            expected *= size;
        }
        return true;
    }
}
