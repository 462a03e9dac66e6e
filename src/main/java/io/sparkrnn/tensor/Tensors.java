package io.sparkrnn.tensor;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The named tensors of a file, in the file's order. Type and shape are known at once; the elements are read when asked
 * for, so that a large file costs no more than the tensors that are used.
 */
public final class Tensors {
    private final String source;
    private final Map<String, Entry> entries;

    private Tensors(String source, Map<String, Entry> entries) {
        this.source = source;
        this.entries = entries;
    }

    /** One tensor: what it is, and how to get its elements. */
    private record Entry(DType dtype, Shape shape, Supplier<Tensor> elements) {}

    /** Collects tensors in order. */
    public static final class Builder {
        private final String source;
        private final Map<String, Entry> entries = new LinkedHashMap<>();

        private Builder(String source) {
            this.source = source;
        }

        /**
         * Adds a tensor.
         *
         * @param elements called at each {@link Tensors#get}; gives a tensor of this type and shape, or throws what the
         *     reader of the format throws for a broken file
         * @return whether the name was new; a name already there is left as it was
         */
        public boolean add(String name, DType dtype, Shape shape, Supplier<Tensor> elements) {
            return entries.putIfAbsent(name, new Entry(dtype, shape, elements)) == null;
        }

        public Tensors build() {
            return new Tensors(source, new LinkedHashMap<>(entries));
        }
    }

    /**
     * Starts an empty set.
     *
     * @param source what a message calls the place these tensors are from: a file's path
     */
    public static Builder builder(String source) {
        return new Builder(source);
    }

    /** All names, in the file's order; unmodifiable. */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    public boolean has(String name) {
        return entries.containsKey(name);
    }

    /**
     * The type of a tensor.
     *
     * @throws MissingTensorException when there is none of this name
     */
    public DType dtype(String name) {
        return entry(name).dtype;
    }

    /**
     * The shape of a tensor.
     *
     * @throws MissingTensorException when there is none of this name
     */
    public Shape shape(String name) {
        return entry(name).shape;
    }

    /**
     * Reads a tensor.
     *
     * @throws MissingTensorException when there is none of this name
     */
    public Tensor get(String name) {
        return entry(name).elements.get();
    }

    private Entry entry(String name) {
        Entry entry = entries.get(name);
        if (entry == null) {
            throw new MissingTensorException(source, name, entries.keySet());
        }
        return entry;
    }
}
