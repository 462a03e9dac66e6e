package io.sparkrnn.job;

import io.sparkrnn.platform.BuiltFor;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.jspecify.annotations.Nullable;

/**
 * The class that spark-submit runs. It says in a sentence when this Java or this Spark is none that the jar is for; else it
 * runs the command line. Compiled for Java 8, and the only class that an old Java has to load besides {@link BuiltFor}: so it
 * must not name any other class of the jar but by reflection.
 */
public final class SparkRnn {
    /** {@link io.sparkrnn.job.message.ExitCode#USAGE}, which an old Java cannot load. */
    private static final int UNFIT = 2;

    private SparkRnn() {}

    /**
     * Runs a command and ends the process with its {@link io.sparkrnn.job.message.ExitCode}; where YARN runs the driver, with
     * what the command throws.
     */
    public static void main(String[] args) {
        int code = run(System.err, args);
        // Not for 0: in YARN's cluster mode a driver that exits by itself has failed, and is run again.
        if (code != 0) {
            System.exit(code);
        }
    }

    private static int run(PrintStream err, String[] args) {
        @Nullable String unfit = BuiltFor.unfitJava();
        if (unfit == null) {
            unfit = BuiltFor.unfitSpark();
        }
        if (unfit != null) {
            err.println("spark-rnn: " + unfit);
            return UNFIT;
        }
        try {
            Method run = Class.forName("io.sparkrnn.job.RootCommand").getDeclaredMethod("run", String[].class);
            return (Integer) run.invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException) {
                throw (RuntimeException) e.getCause();
            }
            throw new IllegalStateException(e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
