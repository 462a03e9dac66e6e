package io.sparkrnn.job;

import java.nio.file.Path;

/** The Spark that the build copied from Maven's repository, of the version that the tests are run for. */
final class EmbeddedSpark {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));
    private static final Path USUAL = PROJECT.resolve("target/spark");

    private EmbeddedSpark() {}

    /** Its folder, with {@code jars} in it. */
    static Path home() {
        return Path.of(System.getProperty("embedded.spark", USUAL.toString()));
    }

    /** Whether it is the one that submit.sh takes when it is not told which. */
    static boolean isUsual() {
        return home().equals(USUAL);
    }

    /** Has submit.sh run on it: the usual one without SPARK_HOME, as a stranger does. */
    static void choose(ProcessBuilder submit) {
        submit.environment().remove("SPARK_HOME");
        submit.environment().remove("SPARK_CONF_DIR");
        if (!isUsual()) {
            submit.environment().put("SPARK_HOME", home().toString());
        }
    }
}
