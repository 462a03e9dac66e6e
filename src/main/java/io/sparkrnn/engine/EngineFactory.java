package io.sparkrnn.engine;

import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.forward.NetworkWeights;
import io.sparkrnn.forward.OutputLayout;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.reference.ReferenceNetwork;
import java.util.Objects;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes engines for a network. Weights are laid out once; each engine made over them has memory of its own. Safe for
 * several threads, which is what one shared by the tasks of an executor needs.
 */
public final class EngineFactory {
    private final Precision precision;
    private final int outputSize;
    private final BiFunction<ForwardPass.Wanted, OutputLayout, Engine> maker;

    private EngineFactory(
            RnnModel model, Precision precision, BiFunction<ForwardPass.Wanted, OutputLayout, Engine> maker) {
        this.precision = precision;
        this.outputSize = model.outputSize();
        this.maker = maker;
    }

    /**
     * The engines for a network in this arithmetic.
     *
     * @throws IllegalArgumentException when the kernel cannot compute in this precision
     * @throws IllegalStateException when the simd kernel is chosen and this JVM has not its module
     */
    public static EngineFactory of(RnnModel model, Precision precision, KernelChoice choice) {
        return of(model, null, precision, choice);
    }

    /**
     * The engines for a network with a head, if there is one, in this arithmetic.
     *
     * @throws IllegalArgumentException when the kernel cannot compute in this precision, or the head does not take what the
     *     network's last layer gives
     */
    public static EngineFactory of(RnnModel model, @Nullable Head head, Precision precision, KernelChoice choice) {
        if (!canCompute(choice, precision)) {
            throw new IllegalArgumentException("the " + choice + " kernel does not compute in " + precision);
        }
        if (head != null && head.inputSize() != model.outputSize()) {
            throw new IllegalArgumentException("the head takes " + head.inputSize()
                    + " numbers, the network's last layer gives " + model.outputSize());
        }
        boolean reference = choice == KernelChoice.REFERENCE || precision == Precision.FLOAT64;
        Kernel kernel = reference ? null : FloatKernels.of(choice);
        GraphProgram nodes = head == null ? null : new GraphProgram(HeadNodes.of(head), choice, kernel);
        if (reference) {
            ReferenceNetwork network = new ReferenceNetwork(model);
            return new EngineFactory(
                    model, precision, (wanted, layout) -> new ReferenceEngine(model, network, head, nodes, precision));
        }
        NetworkWeights weights = weights(model, Objects.requireNonNull(kernel), choice);
        return new EngineFactory(
                model, precision, (wanted, layout) -> new KernelEngine(weights, head, nodes, wanted, layout));
    }

    /** The fastest kernel is fast when its code is compiled: until then, where nobody asks for it by name, another computes. */
    private static NetworkWeights weights(RnnModel model, Kernel kernel, KernelChoice choice) {
        return choice == KernelChoice.AUTO
                ? NetworkWeights.warmingUp(model, kernel, new PortableKernel())
                : NetworkWeights.of(model, kernel);
    }

    /**
     * As {@link #of(RnnModel, Head, Precision, KernelChoice)}, for a proof, which has to be of the kernel that {@link
     * KernelChoice#AUTO} comes to, and of no other that computes meanwhile.
     */
    public static EngineFactory proving(RnnModel model, @Nullable Head head, Precision precision, KernelChoice choice) {
        return of(model, head, precision, byName(choice, precision));
    }

    /** The kernel that {@link KernelChoice#AUTO} comes to in float32, by its name; any other choice is given back. */
    static KernelChoice byName(KernelChoice choice, Precision precision) {
        if (choice != KernelChoice.AUTO || precision == Precision.FLOAT64) {
            return choice;
        }
        return FloatKernels.hasFastVectors() ? KernelChoice.SIMD : KernelChoice.PORTABLE;
    }

    /** Whether a kernel computes in this precision: portable and simd do not in float64. */
    public static boolean canCompute(KernelChoice choice, Precision precision) {
        return precision == Precision.FLOAT32 || choice == KernelChoice.AUTO || choice == KernelChoice.REFERENCE;
    }

    /** Whether a kernel cannot run in this JVM because it was started without {@code --add-modules jdk.incubator.vector}. */
    public static boolean lacksModule(KernelChoice choice) {
        return choice == KernelChoice.SIMD && !FloatKernels.hasVectorModule();
    }

    /** The type of the numbers in and out of the engines. */
    public Precision precision() {
        return precision;
    }

    /** A new engine for one thread. */
    public Engine engine(ForwardPass.Wanted wanted) {
        return engine(wanted, OutputLayout.dense(outputSize));
    }

    /** A new engine for one thread, which puts hidden states where {@code layout} says, if it is one that can. */
    public Engine engine(ForwardPass.Wanted wanted, OutputLayout layout) {
        return maker.apply(wanted, layout);
    }
}
