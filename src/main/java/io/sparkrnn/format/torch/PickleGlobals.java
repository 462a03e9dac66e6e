package io.sparkrnn.format.torch;

import io.sparkrnn.format.torch.PickleValue.Global;
import io.sparkrnn.tensor.DType;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The allow-list: every class and function that a pickle may name, and what is made of it. A name is a key of this map
 * and nothing more; no class is ever looked up by it.
 */
final class PickleGlobals {
    /** What calling a global gives. */
    enum Role {
        /** A dict: OrderedDict and its like. */
        DICT,
        /** {@code _rebuild_tensor(storage, offset, size, stride)}, and _v2, which adds arguments not needed here. */
        TENSOR,
        /** {@code _rebuild_tensor_v3}: as _v2, with the dtype as argument 6 and an untyped storage. */
        TENSOR_WITH_DTYPE,
        /** {@code _rebuild_parameter(tensor, ...)}: the tensor itself. */
        PARAMETER,
        /** {@code _rebuild_from_type_v2(function, type, arguments, state)}: what the function gives. */
        FROM_TYPE,
        /** A storage class: it types a persistent id, and cannot be called. */
        STORAGE,
        /** {@code torch.Size(sizes)}: a tuple. */
        SIZE,
        /** {@code restore_type_tag(value, type)} and its like in TorchScript: the value itself. */
        ITSELF,
        /** A torch.dtype, which cannot be called. */
        DTYPE,
        /** Harmless and not needed. */
        INERT
    }

    private static final Map<String, Global> ALLOWED = new HashMap<>();

    static {
        allow(Role.DICT, "collections.OrderedDict", "collections.defaultdict", "collections.Counter");
        allow(Role.TENSOR, "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2");
        allow(Role.TENSOR_WITH_DTYPE, "torch._utils._rebuild_tensor_v3");
        allow(Role.PARAMETER, "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state");
        allow(Role.FROM_TYPE, "torch._tensor._rebuild_from_type_v2");
        allow(Role.SIZE, "torch.Size");
        for (String type : new String[] {"int", "tensor", "double", "bool"}) {
            allow(Role.ITSELF, "torch.jit._pickle.build_" + type + "list");
        }
        allow(Role.ITSELF, "torch.jit._pickle.restore_type_tag");
        storage("DoubleStorage", DType.FLOAT64);
        storage("FloatStorage", DType.FLOAT32);
        storage("HalfStorage", DType.FLOAT16);
        storage("BFloat16Storage", DType.BFLOAT16);
        storage("ComplexFloatStorage", DType.COMPLEX64);
        storage("ComplexDoubleStorage", DType.COMPLEX128);
        storage("LongStorage", DType.INT64);
        storage("IntStorage", DType.INT32);
        storage("ShortStorage", DType.INT16);
        storage("CharStorage", DType.INT8);
        storage("ByteStorage", DType.UINT8);
        storage("BoolStorage", DType.BOOL);
        allow(
                Role.STORAGE,
                "torch.UntypedStorage",
                "torch.storage.UntypedStorage",
                "torch.storage._UntypedStorage",
                "torch.storage.TypedStorage",
                "torch.storage._TypedStorage",
                "torch.TypedStorage");
        dtype("float64", DType.FLOAT64);
        dtype("float32", DType.FLOAT32);
        dtype("float16", DType.FLOAT16);
        dtype("bfloat16", DType.BFLOAT16);
        dtype("float8_e4m3fn", DType.FLOAT8_E4M3);
        dtype("float8_e5m2", DType.FLOAT8_E5M2);
        dtype("complex64", DType.COMPLEX64);
        dtype("complex128", DType.COMPLEX128);
        dtype("int64", DType.INT64);
        dtype("int32", DType.INT32);
        dtype("int16", DType.INT16);
        dtype("int8", DType.INT8);
        dtype("uint64", DType.UINT64);
        dtype("uint32", DType.UINT32);
        dtype("uint16", DType.UINT16);
        dtype("uint8", DType.UINT8);
        dtype("bool", DType.BOOL);
        // What the other entries of a checkpoint are made of. Calling one gives a value without contents.
        allow(
                Role.INERT,
                "torch.device",
                "torch.Tensor",
                "torch.nn.parameter.Parameter",
                "torch.nn.Parameter",
                "argparse.Namespace",
                "_codecs.encode",
                "numpy.dtype",
                "numpy.ndarray",
                "numpy.core.multiarray.scalar",
                "numpy.core.multiarray._reconstruct",
                "numpy._core.multiarray.scalar",
                "numpy._core.multiarray._reconstruct");
        for (String type : new String[] {
            "bool",
            "bytearray",
            "bytes",
            "complex",
            "dict",
            "float",
            "frozenset",
            "int",
            "list",
            "object",
            "range",
            "set",
            "slice",
            "str",
            "tuple"
        }) {
            // Python 2's name for the module is what protocol 2 writes.
            allow(Role.INERT, "builtins." + type, "__builtin__." + type);
        }
    }

    private PickleGlobals() {}

    /** The global of this name, as in {@code torch.FloatStorage}; null when it is not allowed. */
    static @Nullable Global find(String name) {
        return ALLOWED.get(name);
    }

    private static void allow(Role role, String... names) {
        for (String name : names) {
            ALLOWED.put(name, new Global(name, role, null));
        }
    }

    private static void storage(String name, DType dtype) {
        ALLOWED.put("torch." + name, new Global("torch." + name, Role.STORAGE, dtype));
        ALLOWED.put("torch.cuda." + name, new Global("torch.cuda." + name, Role.STORAGE, dtype));
    }

    private static void dtype(String name, DType dtype) {
        ALLOWED.put("torch." + name, new Global("torch." + name, Role.DTYPE, dtype));
    }
}
