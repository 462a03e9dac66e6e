package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.onnx.OnnxAxes.Count;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.format.onnx.OnnxValue.Other;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What operators make of constant tensors: type and shape at once, the elements when they are asked for. Each method
 * gives null where the operator's arguments do not fit its input, or are none that are computed here.
 */
final class OnnxConstants {
    private final OnnxFiles files;

    OnnxConstants(OnnxFiles files) {
        this.files = files;
    }

    /** Whether a list of this type can be sizes or indices. */
    static boolean isWhole(DType dtype) {
        return dtype == DType.INT64 || dtype == DType.INT32;
    }

    /** A tensor of the file. */
    OnnxValue of(OnnxTensor tensor, @Nullable String initializer) {
        DType dtype = tensor.dtype();
        return dtype == null
                ? Other.of("the " + tensor.typeName() + " tensor '" + tensor.name() + "'", null)
                : new Constant(dtype, tensor.shape(), initializer, () -> tensor.load(files));
    }

    /** The value of a Constant node. */
    @Nullable
    OnnxValue constant(Node node) {
        for (var entry : node.attributes().entrySet()) {
            Attribute attribute = entry.getValue();
            switch (entry.getKey()) {
                case "value" -> {
                    OnnxTensor tensor = attribute.tensor();
                    return tensor == null ? null : of(tensor, null);
                }
                case "value_int" -> {
                    return whole(Shape.of(), List.of(attribute.number()));
                }
                case "value_ints" -> {
                    return whole(Shape.of(attribute.numbers().size()), attribute.numbers());
                }
                case "value_float" -> {
                    return real(Shape.of(), List.of(attribute.real()));
                }
                case "value_floats" -> {
                    return real(Shape.of(attribute.reals().size()), attribute.reals());
                }
                default -> {}
            }
        }
        return null;
    }

    private static Constant whole(Shape shape, List<Long> numbers) {
        return new Constant(DType.INT64, shape, (String) null, () -> {
            ByteBuffer bytes = ByteBuffer.allocate(numbers.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            numbers.forEach(bytes::putLong);
            return new OnnxArray(DType.INT64, shape, bytes.array());
        });
    }

    private static Constant real(Shape shape, List<Float> numbers) {
        return new Constant(DType.FLOAT32, shape, (String) null, () -> {
            float[] values = new float[numbers.size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = numbers.get(i);
            }
            return OnnxArray.of(Tensor.ofFloats(shape, values));
        });
    }

    /** The number of a tensor that has one: what ConstantOfShape is filled with. */
    static @Nullable OnnxValue single(OnnxTensor tensor) {
        if (tensor.shape().elements() != 1 || tensor.external() != null || tensor.dtype() == null) {
            return null;
        }
        Tensor number =
                tensor.load(new OnnxFiles(tensor.name(), 0, Companions.NONE)).tensor();
        return tensor.dtype().isWeight()
                ? new Fill(number.toDoubles()[0])
                : isWhole(tensor.dtype()) ? new Fill(number.toLongs()[0]) : null;
    }

    @Nullable
    Constant cast(Constant constant, long type) {
        DType to = OnnxTensor.dtype(type);
        if (to == constant.dtype()) {
            return constant;
        }
        if (to == null || !constant.dtype().isWeight() || (to != DType.FLOAT32 && to != DType.FLOAT64)) {
            return isWhole(constant.dtype()) && to != null && isWhole(to) ? constant : null;
        }
        return computed(to, constant.shape(), constant, () -> constant.get().as(to));
    }

    Constant transpose(Constant constant, int[] permutation) {
        long[] sizes = Arrays.stream(permutation)
                .mapToLong(from -> constant.shape().size(from))
                .toArray();
        return computed(
                constant.dtype(),
                Shape.of(sizes),
                constant,
                () -> constant.get().transposed(permutation));
    }

    @Nullable
    Constant reshape(Constant constant, List<Count> counts) {
        long[] sizes = new long[counts.size()];
        long known = 1;
        int rest = -1;
        for (int i = 0; i < sizes.length; i++) {
            Count count = counts.get(i);
            boolean open = count.number() == -1 && count.factors().isEmpty() && rest < 0;
            boolean same = count.number() == 0 && i < constant.shape().rank();
            sizes[i] = open ? 1 : same ? constant.shape().size(i) : count.number();
            rest = open ? i : rest;
            if (sizes[i] < 1 || sizes[i] > constant.shape().elements() / known) {
                return null;
            }
            known *= sizes[i];
        }
        if (rest >= 0) {
            sizes[rest] = constant.shape().elements() / known;
        }
        return reshape(constant, sizes);
    }

    private @Nullable Constant reshape(Constant constant, long[] sizes) {
        Shape shape;
        try {
            shape = Shape.of(sizes);
        } catch (IllegalArgumentException e) {
            return null;
        }
        return shape.elements() != constant.shape().elements()
                ? null
                : new Constant(
                        files,
                        constant.dtype(),
                        shape,
                        List.of(constant),
                        () -> constant.get().reshaped(shape));
    }

    @Nullable
    Constant squeeze(Constant constant, @Nullable List<Long> axes) {
        int rank = constant.shape().rank();
        boolean[] dropped = new boolean[rank];
        for (int d = 0; d < rank && axes == null; d++) {
            dropped[d] = constant.shape().size(d) == 1;
        }
        for (long axis : axes == null ? List.<Long>of() : axes) {
            int index = OnnxAxes.index(axis, rank);
            if (index < 0 || constant.shape().size(index) != 1) {
                return null;
            }
            dropped[index] = true;
        }
        List<Long> sizes = new ArrayList<>();
        for (int d = 0; d < rank; d++) {
            if (!dropped[d]) {
                sizes.add(constant.shape().size(d));
            }
        }
        return reshape(constant, sizes.stream().mapToLong(Long::longValue).toArray());
    }

    /** With dimensions of size 1 at these places of the result, in order. */
    @Nullable
    Constant unsqueeze(Constant constant, List<Integer> places) {
        List<Long> sizes = new ArrayList<>();
        for (int d = 0; d < constant.shape().rank(); d++) {
            sizes.add(constant.shape().size(d));
        }
        for (int place : places) {
            sizes.add(place, 1L);
        }
        return reshape(constant, sizes.stream().mapToLong(Long::longValue).toArray());
    }

    @Nullable
    Constant slice(Constant constant, long axis, long start, long end, long step) {
        int dimension = OnnxAxes.index(axis, constant.shape().rank());
        if (dimension < 0 || step == 0 || step == Long.MIN_VALUE) {
            return null;
        }
        long size = constant.shape().size(dimension);
        // Forward a start may be up to size, backward an end may be before 0.
        long from = bounded(start, size, 0, step > 0 ? size : size - 1);
        long to = bounded(end, size, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
        long count = step > 0 ? (to - from - 1) / step + 1 : (from - to - 1) / -step + 1;
        boolean empty = step > 0 ? to <= from : from <= to;
        if (empty || size == 0) {
            return null;
        }
        if (from == 0 && count == size && step == 1) {
            return constant;
        }
        return computed(
                constant.dtype(),
                OnnxArray.with(constant.shape(), dimension, count),
                constant,
                () -> constant.get().sliced(dimension, from, count, step));
    }

    private static long bounded(long index, long size, long least, long most) {
        return Math.max(least, Math.min(index < 0 ? index + size : index, most));
    }

    @Nullable
    Constant gather(Constant constant, long axis, List<Long> indices, boolean scalar) {
        int dimension = OnnxAxes.index(axis, constant.shape().rank());
        if (dimension < 0 || indices.isEmpty()) {
            return null;
        }
        long size = constant.shape().size(dimension);
        List<Constant> parts = new ArrayList<>();
        for (long index : indices) {
            long at = index < 0 ? index + size : index;
            Constant part = at < 0 || at >= size ? null : slice(constant, dimension, at, at + 1, 1);
            if (part == null) {
                return null;
            }
            parts.add(part);
        }
        return scalar ? squeeze(parts.get(0), List.of((long) dimension)) : concat(parts, dimension);
    }

    @Nullable
    Constant concat(List<Constant> parts, long axis) {
        Constant first = parts.get(0);
        int dimension = OnnxAxes.index(axis, first.shape().rank());
        if (dimension < 0) {
            return null;
        }
        long size = 0;
        for (Constant part : parts) {
            boolean fits = part.dtype() == first.dtype()
                    && part.shape().rank() == first.shape().rank()
                    && OnnxArray.with(part.shape(), dimension, 1).equals(OnnxArray.with(first.shape(), dimension, 1));
            if (!fits) {
                return null;
            }
            size = size + part.shape().size(dimension);
        }
        Shape shape;
        try {
            shape = OnnxArray.with(first.shape(), dimension, size);
        } catch (IllegalArgumentException e) {
            return null;
        }
        return new Constant(files, first.dtype(), shape, parts, () -> {
            files.charge(shape, first.dtype(), "what is computed of constants");
            return OnnxArray.concatenated(parts.stream().map(Constant::get).toList(), dimension, shape);
        });
    }

    /**
     * Repeated along dimensions of size 1. One that the input alone decides is left as it is: a state that is the same for
     * all sequences of a batch.
     *
     * @param counts null when not known at all
     */
    @Nullable
    Constant expand(Constant constant, @Nullable List<Count> counts) {
        if (counts == null) {
            return constant;
        }
        int rank = Math.max(counts.size(), constant.shape().rank());
        long[] sizes = new long[rank];
        for (int d = 0; d < rank; d++) {
            int own = d - (rank - constant.shape().rank());
            int given = d - (rank - counts.size());
            long size = own < 0 ? 1 : constant.shape().size(own);
            long count = given < 0 ? 1 : counts.get(given).number();
            if (size != 1 && count != 1 && count >= 0 && count != size) {
                return null;
            }
            sizes[d] = size == 1 ? Math.max(1, count) : size;
        }
        Shape shape;
        try {
            shape = Shape.of(sizes);
        } catch (IllegalArgumentException e) {
            return null;
        }
        return shape.equals(constant.shape())
                ? constant
                : computed(
                        constant.dtype(), shape, constant, () -> constant.get().expanded(shape));
    }

    /** A new array that one other is the source of. */
    private Constant computed(DType dtype, Shape shape, Constant from, Supplier<OnnxArray> computing) {
        return new Constant(files, dtype, shape, List.of(from), () -> {
            files.charge(shape, dtype, "what is computed of constants");
            return computing.get();
        });
    }
}
