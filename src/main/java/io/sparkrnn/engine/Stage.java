package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Node;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * A node as a program has it: its values are slots. Here a node is run for one sequence after the other; subclasses run
 * theirs for all of them together. Has the memory of one engine.
 */
class Stage {
    final Node node;
    final Precision precision;
    private final int[] inputs;
    private final int[] outputs;
    private final int[] done;
    private final @Nullable Array[] constants;

    Stage(Wiring wiring, Precision precision) {
        node = wiring.node();
        inputs = wiring.inputs();
        outputs = wiring.outputs();
        done = wiring.done();
        constants = wiring.constants();
        this.precision = precision;
    }

    /**
     * How a node is connected.
     *
     * @param inputs the slots of what it takes; -1 for what is left out
     * @param outputs the slots of what it gives; -1 for what nobody takes
     * @param done the slots of values that nobody takes after it
     * @param constants for each input its value, if it is the same for all sequences
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Wiring(
            Node node,
            int[] inputs,
            int[] outputs,
            int[] done,
            @Nullable Array[] constants) {}

    final int[] done() {
        return done;
    }

    /**
     * Runs the node.
     *
     * @param values by slot, then by sequence; gets what the node gives
     * @param size the number of sequences
     * @param problems gets why there is nothing for a sequence; one that has a problem already is passed over
     */
    void run(@Nullable Array[] @Nullable [] values, int size, @Nullable String[] problems) {
        for (int s = 0; s < size; s++) {
            if (problems[s] == null) {
                try {
                    put(values, size, s, node.operator().run(inputs(values, s), precision));
                } catch (GraphException e) {
                    problems[s] = node + ": " + e.getMessage();
                }
            }
        }
    }

    /** What the node takes of a sequence. */
    final @Nullable Array[] inputs(@Nullable Array[] @Nullable [] values, int sequence) {
        @Nullable Array[] taken = new Array[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            taken[i] = input(values, i, sequence);
        }
        return taken;
    }

    /** One input; null when it is left out. */
    final @Nullable Array input(@Nullable Array[] @Nullable [] values, int index, int sequence) {
        if (index >= inputs.length || inputs[index] < 0) {
            return null;
        }
        Array constant = constants[index];
        if (constant != null) {
            return constant;
        }
        @Nullable Array[] column = values[inputs[index]];
        return column == null ? null : column[sequence];
    }

    /** Puts what the node gives for a sequence. */
    final void put(@Nullable Array[] @Nullable [] values, int size, int sequence, Array... results) {
        for (int o = 0; o < outputs.length && o < results.length; o++) {
            if (outputs[o] >= 0) {
                @Nullable Array[] column = values[outputs[o]];
                if (column == null) {
                    column = new Array[size];
                    values[outputs[o]] = column;
                }
                column[sequence] = results[o];
            }
        }
    }

    /** Whether anyone takes an output. */
    final boolean isTaken(int output) {
        return output < outputs.length && outputs[output] >= 0;
    }
}
