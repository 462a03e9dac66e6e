package io.sparkrnn.engine;

import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import org.jspecify.annotations.Nullable;

/** The one place that chooses a float32 kernel: by whether this JVM has vectors and computes fast with them. */
final class FloatKernels {
    /** What a JVM needs for the simd kernel. */
    static final String FLAG = "--add-modules jdk.incubator.vector";

    /** By its name: what is compiled without the module cannot refer to it. */
    private static final String SIMD = "io.sparkrnn.kernel.simd.SimdKernel";

    /** Why this JVM computes with plain numbers where nobody says how, in words; null when it has fast vectors. */
    private static final @Nullable String OBJECTION =
            hasVectorModule() ? VectorCompiler.ofThisJvm().objection() : "this JVM was started without " + FLAG;

    private FloatKernels() {}

    static Kernel of(KernelChoice choice) {
        return switch (choice) {
            case AUTO -> hasFastVectors() ? simd() : Warned.portable();
            case SIMD -> {
                if (!hasVectorModule()) {
                    throw new IllegalStateException(
                            "the simd kernel needs Java's vector module, which this JVM was started"
                                    + " without; give it " + FLAG
                                    + ", or choose the portable kernel, which has the same results");
                }
                yield simd();
            }
            case PORTABLE -> new PortableKernel();
            case REFERENCE -> throw new IllegalArgumentException("the reference engine is no float32 kernel");
        };
    }

    /** Whether this JVM was started with the module. */
    static boolean hasVectorModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    /** Whether the simd kernel is the fastest that this JVM has. */
    static boolean hasFastVectors() {
        return OBJECTION == null;
    }

    private static Kernel simd() {
        try {
            return Class.forName(SIMD)
                    .asSubclass(Kernel.class)
                    .getDeclaredConstructor()
                    .newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(SIMD + " cannot be made although this JVM has its module", e);
        }
    }

    /** Initialised once in a JVM, so warned once. */
    private static final class Warned {
        static {
            System.getLogger(EngineFactory.class.getName())
                    .log(
                            System.Logger.Level.WARNING,
                            OBJECTION
                                    + ": the portable kernel computes, with the same results but several times slower than"
                                    + " the simd kernel in another JVM");
        }

        private Warned() {}

        static Kernel portable() {
            return new PortableKernel();
        }
    }
}
