package io.sparkrnn.engine;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.model.Precision;

/**
 * Makes engines for a whole network. Weights are laid out once; each engine made over them has memory of its own. Safe for
 * several threads.
 */
public final class GraphEngines {
    private final GraphProgram program;
    private final Precision precision;

    private GraphEngines(GraphProgram program, Precision precision) {
        this.program = program;
        this.precision = precision;
    }

    /**
     * The engines for a network in this arithmetic.
     *
     * @throws GraphException when a node of constants cannot be run
     * @throws IllegalArgumentException when the kernel cannot compute in this precision
     * @throws IllegalStateException when the simd kernel is chosen and this JVM has not its module
     */
    public static GraphEngines of(Graph graph, Precision precision, KernelChoice choice) {
        if (!EngineFactory.canCompute(choice, precision)) {
            throw new IllegalArgumentException("the " + choice + " kernel does not compute in " + precision);
        }
        boolean reference = choice == KernelChoice.REFERENCE || precision == Precision.FLOAT64;
        return new GraphEngines(new GraphProgram(graph, choice, reference ? null : FloatKernels.of(choice)), precision);
    }

    /** As {@link #of}, for a proof: see {@link EngineFactory#proving}. */
    public static GraphEngines proving(Graph graph, Precision precision, KernelChoice choice) {
        return of(graph, precision, EngineFactory.byName(choice, precision));
    }

    /** The type of the numbers in and out of the engines. */
    public Precision precision() {
        return precision;
    }

    /** A new engine for one thread. */
    public Engine engine() {
        return new GraphEngine(program, precision);
    }
}
