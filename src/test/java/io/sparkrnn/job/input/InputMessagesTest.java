package io.sparkrnn.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configuration;
import org.apache.logging.log4j.core.config.ConfigurationFactory;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is said of an input that is not what it should be: one line with the file and what to do, and nothing above it. */
class InputMessagesTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    Path folder;

    private Cli score(String input, String... more) {
        String[] usual = {
            "score",
            "--model",
            MODEL,
            "--input",
            input,
            "--output",
            folder.resolve("out").toString()
        };
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private String table(String name, String features) {
        String path = folder.resolve(name).toString();
        LocalSpark.session()
                .sql("SELECT id, " + features + " FROM range(2)")
                .coalesce(1)
                .write()
                .mode("append")
                .parquet(path);
        return path;
    }

    private void assertFails(Cli cli, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err())
                .startsWith("spark-rnn: ")
                .contains(messages)
                .doesNotContain("Exception")
                .doesNotContain("\tat ");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    /** What is logged, with a warning's trace, while something runs. */
    private static List<String> logged(Runnable action) {
        List<String> lines = new CopyOnWriteArrayList<>();
        AbstractAppender appender = new AbstractAppender("lines", null, null, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                // Spark warns of the session that the tests share
                if (event.getLevel().isMoreSpecificThan(Level.WARN)
                        && !event.getLoggerName().endsWith(".SparkSession")) {
                    lines.add(event.getLoggerName() + ": " + event.getMessage().getFormattedMessage());
                }
            }
        };
        appender.start();
        Logger root = (Logger) LogManager.getRootLogger();
        root.addAppender(appender);
        try {
            action.run();
        } finally {
            root.removeAppender(appender);
        }
        return lines;
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "sequence-parquet", "json"})
    void aPathWhereNothingIsIsOneLineAndNoLog(String format) {
        String there = table("in", "array(array(1F, 2F, 3F, 4F, 5F)) AS features");
        assertThat(logged(() -> {
                    String[] options = {"--input-format", format};
                    assertFails(
                            score(folder + "/absent", options),
                            "spark-rnn: --input " + folder + "/absent (" + format + "): file:" + folder
                                    + "/absent does not exist");
                    assertFails(score(there + "," + folder + "/absent", options), folder + "/absent does not exist");
                    assertFails(
                            score(folder + "/absent*", options),
                            "nothing that is there matches file:" + folder + "/absent*");
                }))
                .isEmpty();
    }

    @Test
    void aFileThatIsNoParquetMayBeOfAnotherKind() throws IOException {
        Path file = Files.writeString(folder.resolve("events.json"), "{\"id\": 1}\n".repeat(20));
        assertFails(score(file.toString()), file.toString(), "name that with --input-format, such as json");
    }

    @Test
    void theLogOfAGlobIsQuietWhereverSparkKeepsItsStreams() throws IOException {
        Configuration configuration = ConfigurationFactory.getInstance()
                .getConfiguration(
                        (LoggerContext) LogManager.getContext(false),
                        "test",
                        Path.of("conf/log4j2.properties").toUri());
        configuration.initialize();
        for (String name : new String[] {"streaming.FileStreamSink", "streaming.sinks.FileStreamSink"}) {
            String logger = "org.apache.spark.sql.execution." + name;
            assertThat(configuration.getLoggerConfig(logger).getLevel()).isEqualTo(Level.ERROR);
        }
        assertThat(configuration.getLoggerConfig("org.apache.spark.sql").getLevel())
                .isEqualTo(Level.WARN);
    }

    @Test
    void anEmptyFolderIsNoTable() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertFails(score(empty.toString()), "--input " + empty, "there is no file with rows in it");
        Files.createFile(empty.resolve("_SUCCESS"));
        assertFails(score(empty.toString(), "--io", "spark"), "there is no file with rows in it");
        assertFails(score(empty.toString(), "--input-format", "json"), "there is no file with rows in it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "spark"})
    void twoSchemasInAFolderAreSaidToBeTwo(String io) throws IOException {
        String input = table("in", "array(array(1F, 2F, 3F, 4F, 5F)) AS features");
        makeFirst(input);
        table("in", "array(array(1D, 2D, 3D, 4D, 5D)) AS features");
        assertFails(score(input, "--io", io), ".parquet", "features", "do not all have this column in one type");
    }

    /** The table's only file so far gets the first name of all, and so the table its schema. */
    private static void makeFirst(String table) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(table))) {
            Path file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            Files.move(file, file.resolveSibling("a.parquet"));
        }
    }

    @Test
    void namesThatDifferInCapitalLettersAloneAreToldApartByASetting() throws IOException {
        var conf = LocalSpark.session().conf();
        conf.set("spark.sql.caseSensitive", "true");
        String input = table("in", "1 AS ID, array(array(1F, 2F, 3F, 4F, 5F)) AS features");
        try {
            Cli cli = score(input, "--input-query", "SELECT * FROM input AS input(id, id_2, features)");
            assertThat(cli.code()).as(cli.toString()).isZero();
            Files.move(folder.resolve("out"), folder.resolve("scored"));
        } finally {
            conf.unset("spark.sql.caseSensitive");
        }
        for (String io : new String[] {"direct", "spark"}) {
            assertFails(score(input, "--io", io), "`id` already exists", "--conf spark.sql.caseSensitive=true");
        }
    }

    @Test
    void aStructWithoutTheFieldIsNull() throws IOException {
        String features = "array(array(1F, 2F, 3F, 4F, 5F))";
        String input = table("in", "named_struct('x', " + features + ", 'y', 1) AS p");
        makeFirst(input);
        table("in", "named_struct('y', 1) AS p");
        Cli cli = score(input, "--features", "p.x");
        assertFails(cli, "its features are null");
        assertThat(cli.err()).doesNotContain("has no column");
        table("in", "1 AS other");
        assertFails(score(input, "--features", "p.x"), "its features are null");
    }

    @Test
    void aFileWithoutTheColumnIsNamed() throws IOException {
        String input = table("in", "array(array(1F, 2F, 3F, 4F, 5F)) AS features");
        makeFirst(input);
        table("in", "1 AS other");
        assertFails(score(input), "its features are null", "/part-", "has no column 'features'");
        Cli nulls = score(table("nulls", "CAST(null AS array<array<float>>) AS features"));
        assertFails(nulls, "its features are null");
        assertThat(nulls.err()).doesNotContain("has no column");
    }

    @Test
    void aFileOfNoBytesIsNotPassedOver() throws IOException {
        String input = table("in", "array(array(1F, 2F, 3F, 4F, 5F)) AS features");
        Files.createFile(Path.of(input, "part-00001.parquet"));
        for (String io : List.of("direct", "spark")) {
            assertFails(score(input, "--io", io), "part-00001.parquet: the file has no bytes");
        }
    }
}
