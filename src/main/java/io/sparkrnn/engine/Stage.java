package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Node;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * A node as a program has it: its values are slots. Here a node that computes each step by itself is run for the steps of all
 * sequences at once, any other for one sequence after the other; subclasses run theirs for all of them together. Has the
 * memory of one engine.
 */
class Stage {
    final Node node;
    final Precision precision;
    private final int[] inputs;
    private final int[] outputs;
    private final int[] done;
    private final @Nullable Array[] constants;
    private final boolean stepwise;

    Stage(Wiring wiring, Precision precision) {
        node = wiring.node();
        inputs = wiring.inputs();
        outputs = wiring.outputs();
        done = wiring.done();
        constants = wiring.constants();
        stepwise = wiring.stepwise();
        this.precision = precision;
    }

    /**
     * How a node is connected.
     *
     * @param inputs the slots of what it takes; -1 for what is left out
     * @param outputs the slots of what it gives; -1 for what nobody takes
     * @param done the slots of values that nobody takes after it
     * @param constants for each input its value, if it is the same for all sequences
     * @param stepwise {@link StepAxes#isStepwise}
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Wiring(
            Node node,
            int[] inputs,
            int[] outputs,
            int[] done,
            @Nullable Array[] constants,
            boolean stepwise) {}

    final int[] done() {
        return done;
    }

    /**
     * Runs the node.
     *
     * @param values gets what the node gives
     * @param problems gets why there is nothing for a sequence; one that has a problem already is passed over
     */
    void run(Values values, @Nullable String[] problems) {
        if (stepwise && runsTogether(values)) {
            return;
        }
        for (int s = 0; s < values.size(); s++) {
            if (problems[s] == null) {
                try {
                    put(values, s, node.operator().run(inputs(values, s), precision));
                } catch (GraphException e) {
                    problems[s] = node + ": " + e.getMessage();
                }
            }
        }
    }

    /** Runs the node for all steps of all sequences; false when it has to be run for one sequence after the other. */
    private boolean runsTogether(Values values) {
        @Nullable Array[] taken = new Array[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            if (inputs[i] >= 0) {
                Array input = constants[i] != null ? constants[i] : values.together(inputs[i]);
                if (input == null) {
                    return false;
                }
                taken[i] = input;
            }
        }
        Array[] results;
        try {
            results = node.operator().run(taken, precision);
        } catch (GraphException e) {
            // Of which sequence it is shows when each is run by itself.
            return false;
        }
        for (int o = 0; o < outputs.length && o < results.length; o++) {
            putTogether(values, o, results[o]);
        }
        return true;
    }

    /** Whether the node computes each step by itself. */
    final boolean isStepwise() {
        return stepwise;
    }

    /** What an input is for all sequences together; null when it cannot be had. */
    final @Nullable Array together(Values values, int index) {
        return inputs[index] < 0 ? null : values.together(inputs[index]);
    }

    /** Puts what the node gives for all sequences together. */
    final void putTogether(Values values, int output, Array result) {
        if (isTaken(output)) {
            values.putTogether(outputs[output], result);
        }
    }

    /** Whether an output has one part for each step. */
    final boolean hasSteps(Values values, int output) {
        return isTaken(output) && values.axis(outputs[output]) >= 0;
    }

    /** What the node takes of a sequence. */
    final @Nullable Array[] inputs(Values values, int sequence) {
        @Nullable Array[] taken = new Array[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            taken[i] = input(values, i, sequence);
        }
        return taken;
    }

    /** What the node takes of a sequence, but for the first input, which is {@code first}. */
    final @Nullable Array[] inputs(Values values, int sequence, Array first) {
        @Nullable Array[] taken = new Array[inputs.length];
        taken[0] = first;
        for (int i = 1; i < inputs.length; i++) {
            taken[i] = input(values, i, sequence);
        }
        return taken;
    }

    /** One input; null when it is left out. */
    private @Nullable Array input(Values values, int index, int sequence) {
        if (inputs[index] < 0) {
            return null;
        }
        Array constant = constants[index];
        return constant != null ? constant : values.get(inputs[index], sequence);
    }

    /** Puts what the node gives for a sequence. */
    final void put(Values values, int sequence, Array... results) {
        for (int o = 0; o < outputs.length && o < results.length; o++) {
            if (outputs[o] >= 0) {
                values.put(outputs[o], sequence, results[o]);
            }
        }
    }

    /** Puts what one of the node's outputs is for a sequence. */
    final void put(Values values, int sequence, int output, Array result) {
        if (isTaken(output)) {
            values.put(outputs[output], sequence, result);
        }
    }

    /** Whether anyone takes an output. */
    final boolean isTaken(int output) {
        return output < outputs.length && outputs[output] >= 0;
    }
}
