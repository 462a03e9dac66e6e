package io.sparkrnn.engine;

import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;

/** The one place that chooses a float32 kernel: by whether this JVM has the vector module, and by nothing else. */
final class FloatKernels {
    /** What a JVM needs for the simd kernel. */
    static final String FLAG = "--add-modules jdk.incubator.vector";

    /** By its name: what is compiled without the module cannot refer to it. */
    private static final String SIMD = "io.sparkrnn.kernel.simd.SimdKernel";

    private FloatKernels() {}

    static Kernel of(KernelChoice choice) {
        return switch (choice) {
            case AUTO -> hasVectorModule() ? simd() : Warned.portable();
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
                            "computing with the portable kernel, which is several times slower than the simd kernel: this"
                                    + " JVM was started without " + FLAG);
        }

        private Warned() {}

        static Kernel portable() {
            return new PortableKernel();
        }
    }
}
