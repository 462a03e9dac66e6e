package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.OnnxAxes.Count;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is known of a value of a graph before the graph has any input. */
sealed interface OnnxValue {
    /** A tensor of the file, or one that follows from such; its elements are computed when asked for. */
    final class Constant implements OnnxValue {
        /** Steps from the file's tensors on. */
        private static final int MOST_STEPS = 200;

        private final DType dtype;
        private final Shape shape;
        private final int steps;
        private final @Nullable String initializer;
        private final List<Constant> from;
        private final Supplier<OnnxArray> computing;
        private @Nullable OnnxArray computed;

        /** One that follows from others. */
        Constant(OnnxFiles files, DType dtype, Shape shape, List<Constant> from, Supplier<OnnxArray> computing) {
            this.dtype = dtype;
            this.shape = shape;
            this.from = from;
            this.computing = computing;
            initializer = null;
            steps = 1 + from.stream().mapToInt(constant -> constant.steps).max().orElse(0);
            if (steps > MOST_STEPS) {
                throw files.problem("constants are computed from constants in more than " + MOST_STEPS + " steps");
            }
        }

        /**
         * A tensor of the file.
         *
         * @param initializer its name; null for one that has none
         */
        Constant(DType dtype, Shape shape, @Nullable String initializer, Supplier<OnnxArray> computing) {
            this.dtype = dtype;
            this.shape = shape;
            this.initializer = initializer;
            this.computing = computing;
            from = List.of();
            steps = 0;
        }

        DType dtype() {
            return dtype;
        }

        Shape shape() {
            return shape;
        }

        /** Adds the names of the initializers it is made of. */
        void addInitializers(Set<String> names) {
            Set<Constant> seen = Collections.newSetFromMap(new IdentityHashMap<>());
            Deque<Constant> open = new ArrayDeque<>(List.of(this));
            while (!open.isEmpty()) {
                Constant next = open.pop();
                if (seen.add(next)) {
                    open.addAll(next.from);
                    if (next.initializer != null) {
                        names.add(next.initializer);
                    }
                }
            }
        }

        OnnxArray get() {
            OnnxArray array = computed;
            if (array == null) {
                array = computing.get();
                computed = array;
            }
            return array;
        }
    }

    /** One number throughout, in a shape that may depend on the input: zeros for an initial state, mostly. */
    record Fill(double number) implements OnnxValue {}

    /** The sizes of a tensor's dimensions, or some of them. */
    record Sizes(List<Count> counts, boolean scalar) implements OnnxValue {}

    /**
     * An input of the graph or the hidden states of recurrent nodes, moved about but not changed.
     *
     * @param input the name of the input; null for hidden states
     * @param from the index in the input's first dimension that was cut at which this begins
     * @param cut whether some of it was cut away
     */
    record Flow(OnnxAxes axes, @Nullable String input, long from, boolean cut) implements OnnxValue {
        Flow with(OnnxAxes moved) {
            return new Flow(moved, input, from, cut);
        }
    }

    /**
     * Anything else.
     *
     * @param origin for messages, where it comes from: {@code Add 'x'}
     * @param input the name of the graph's input that this is, whose shape is not known; else null
     * @param moved whether its node only moves what another has computed
     * @param axes what stands for its dimensions if a recurrent layer takes it: a step, a sequence, a feature
     */
    record Other(String origin, @Nullable String input, boolean moved, OnnxAxes axes) implements OnnxValue {
        static Other of(String origin, @Nullable String input) {
            List<OnnxAxes.Factor> unknown = new ArrayList<>();
            for (String label : List.of("first", "second", "third")) {
                unknown.add(new OnnxAxes.Axis(label + " dimension of " + origin, -1));
            }
            return new Other(origin, input, false, OnnxAxes.each(unknown));
        }

        Other passedOn() {
            return new Other(origin, input, true, axes);
        }
    }
}
