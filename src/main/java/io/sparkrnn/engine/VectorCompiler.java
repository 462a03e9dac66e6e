package io.sparkrnn.engine;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Whether the compiler of a JVM keeps Java's vectors in registers. One that does not makes an object of each, and computes with
 * them slower than with plain numbers, by a factor of six to nine (GraalVM 22.3) to hundreds (without C2).
 *
 * @param vm the JVM's name, as of {@code java.vm.name}
 * @param mode how it runs, as of {@code java.vm.info}: mixed or interpreted
 * @param java the version of its Java
 * @param option the value of an option of HotSpot's by its name; null of one that it has not
 */
record VectorCompiler(String vm, String mode, int java, UnaryOperator<@Nullable String> option) {
    /** From this one on Graal keeps vectors in registers. */
    private static final int FIRST_JAVA_OF_GRAAL = 25;

    /** The tier of C2, the one of HotSpot's two compilers that does. */
    private static final String TIER_OF_C2 = "4";

    static VectorCompiler ofThisJvm() {
        return new VectorCompiler(
                System.getProperty("java.vm.name", ""),
                System.getProperty("java.vm.info", ""),
                Runtime.version().feature(),
                VectorCompiler::optionOfThisJvm);
    }

    /** Why this JVM is slow with vectors, in words; null when nothing speaks against them. */
    @Nullable
    String objection() {
        if (vm.contains("OpenJ9")) {
            return "this JVM's compiler, OpenJ9's, makes objects of vectors";
        }
        if (mode.contains("interpreted")) {
            return "this JVM only interprets (-Xint)";
        }
        String last = option.apply("TieredStopAtLevel");
        if (mode.contains("emulated-client") || (last != null && !last.equals(TIER_OF_C2))) {
            return "this JVM was started without C2 (-XX:TieredStopAtLevel or -XX:CompilationMode), which keeps vectors in"
                    + " registers";
        }
        if ("false".equals(option.apply("EnableVectorSupport"))) {
            return "this JVM was told not to compile vectors (-XX:-EnableVectorSupport)";
        }
        return "true".equals(option.apply("UseJVMCICompiler")) && java < FIRST_JAVA_OF_GRAAL
                ? "this JVM's compiler, Graal of Java " + java + ", makes objects of vectors; that of Java "
                        + FIRST_JAVA_OF_GRAAL + " does not, nor does HotSpot's own (-XX:-UseJVMCICompiler)"
                : null;
    }

    private static @Nullable String optionOfThisJvm(String name) {
        try {
            HotSpotDiagnosticMXBean options = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return options == null ? null : options.getVMOption(name).getValue();
        } catch (IllegalArgumentException | NoClassDefFoundError e) {
            // another JVM, which has no such option, or whose Java was made without the module jdk.management
            return null;
        }
    }
}
