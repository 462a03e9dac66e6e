package io.sparkrnn.platform;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * The Spark and the Scala that this jar was built for, and whether they are those that it runs on. A jar for another Spark
 * finds methods missing in the middle of a job; here it is said before, in a sentence.
 *
 * <p>Compiled for Java 8, as {@link io.sparkrnn.job.SparkRnn} is, so that an old Java can say that it is too old. Nothing of
 * Spark or Scala is named but by reflection, since it may be another one.
 */
public final class BuiltFor {
    /** The oldest Java that the other classes are compiled for. */
    private static final int OLDEST_JAVA = 17;

    private static final String SUPPORTED =
            "There is a jar for each of Spark 3.5 (Scala 2.12, 2.13), 4.0, 4.1 and 4.2 (Scala 2.13)";

    private static final Properties BUILD = read();

    private BuiltFor() {}

    private static Properties read() {
        Properties properties = new Properties();
        try (InputStream in = BuiltFor.class.getResourceAsStream("built-for.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new IllegalStateException("built-for.properties is not in the jar", e);
        }
        return properties;
    }

    /** The first two numbers of the Spark's version, such as 4.1. */
    public static String spark() {
        return BUILD.getProperty("spark");
    }

    /** Scala's binary version, such as 2.13. */
    public static String scala() {
        return BUILD.getProperty("scala");
    }

    /** What is wrong with this Java; null when nothing is. */
    public static @Nullable String unfitJava() {
        String version = System.getProperty("java.specification.version");
        // up to Java 8 the versions read 1.8
        int major = Integer.parseInt(version.startsWith("1.") ? version.substring(2) : version);
        return major >= OLDEST_JAVA
                ? null
                : "spark-rnn needs Java 17 or newer on the driver and the executors, and this is Java "
                        + System.getProperty("java.version") + " (" + System.getProperty("java.home")
                        + "); set JAVA_HOME, or what your platform has in its place, to a Java 17";
    }

    /** What is wrong with this Spark and its Scala; null when nothing is. */
    public static @Nullable String unfitSpark() {
        return unfit(runningSpark(), runningScala());
    }

    /** As {@link #unfitSpark}, of these versions; null where one could not be told. */
    static @Nullable String unfit(@Nullable String runningSpark, @Nullable String runningScala) {
        if (runningSpark == null) {
            return "there is no Spark on the class path: run this jar with spark-submit, of a Spark " + spark();
        }
        if (twoNumbers(runningSpark).equals(spark()) && twoNumbers(runningScala).equals(scala())) {
            return null;
        }
        return "this jar of spark-rnn is for Spark " + spark() + " with Scala " + scala() + ", and this is Spark "
                + runningSpark + " with Scala " + runningScala + ". " + SUPPORTED
                + "; submit.sh builds the one that fits the Spark in SPARK_HOME";
    }

    /**
     * Refuses another Spark than the one this jar is for.
     *
     * @throws PlatformException with a sentence that says which jar is needed
     */
    public static void check() {
        if (Checked.UNFIT != null) {
            throw new PlatformException(Checked.UNFIT);
        }
    }

    /** The exception for a call that only a Spark makes that the jar is not for. */
    public static PlatformException refusal() {
        return new PlatformException(String.valueOf(unfitSpark()));
    }

    private static String twoNumbers(@Nullable String version) {
        if (version == null) {
            return "";
        }
        String[] parts = version.split("\\.", -1);
        return parts.length < 2 ? version : parts[0] + "." + parts[1];
    }

    private static @Nullable String runningSpark() {
        return answer("org.apache.spark.package$", "SPARK_VERSION");
    }

    private static @Nullable String runningScala() {
        return answer("scala.util.Properties$", "versionNumberString");
    }

    /** What the Scala object {@code type} answers; null where it is not there. */
    private static @Nullable String answer(String type, String method) {
        try {
            Class<?> found = Class.forName(type, true, loader());
            Object object = found.getField("MODULE$").get(null);
            return String.valueOf(found.getMethod(method).invoke(object));
        } catch (ReflectiveOperationException e) {
            return null;
        }
    }

    /** Of Spark's classes: the jar's own loader may be above it. */
    private static ClassLoader loader() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context == null ? BuiltFor.class.getClassLoader() : context;
    }

    /** Looked at once. */
    private static final class Checked {
        static final @Nullable String UNFIT = unfitSpark();

        private Checked() {}
    }
}
