package io.sparkrnn.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The Spark that the build copied from Maven's repository, of the version that the tests are run for. */
final class EmbeddedSpark {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));
    private static final Path OF_PYTORCH = PROJECT.resolve("target/spark");

    private EmbeddedSpark() {}

    /** Its folder, with {@code jars} in it. */
    static Path home() {
        return Path.of(System.getProperty("embedded.spark", OF_PYTORCH.toString()));
    }

    /** Its folder, marked as that of a distribution: else Spark looks for its jars elsewhere. */
    static Path distribution() throws IOException {
        Path home = home();
        if (!Files.isDirectory(home.resolve("jars"))) {
            throw new IllegalStateException("no Spark in " + home + ": run 'mvn package' first");
        }
        Path mark = home.resolve("RELEASE");
        if (!Files.exists(mark)) {
            Files.createFile(mark);
        }
        return home;
    }

    /** Whether it is the one that submit.sh takes when it is not told which. */
    static boolean isOfPyTorch() {
        return home().equals(OF_PYTORCH);
    }

    /** Has submit.sh run on it: the usual one without SPARK_HOME, as a stranger does. */
    static void choose(ProcessBuilder submit) {
        submit.environment().remove("SPARK_HOME");
        submit.environment().remove("SPARK_CONF_DIR");
        if (!isOfPyTorch()) {
            submit.environment().put("SPARK_HOME", home().toString());
        }
    }
}
