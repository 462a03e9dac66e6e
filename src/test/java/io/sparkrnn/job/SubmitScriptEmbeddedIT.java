package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How submit.sh starts the Spark that comes with the project. Only the last test runs the real one. */
@Timeout(120)
class SubmitScriptEmbeddedIT extends SubmitScript {
    @Test
    void withoutSparkHomeTheEmbeddedSparkRuns() throws Exception {
        environment.remove("SPARK_HOME");

        Run run = submit("--conf", "spark.x=a b", "--", "score", "a\nb", "", "c d");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out())
                .endsWith(String.join(
                        "\nargument=",
                        "",
                        "org.apache.spark.deploy.SparkSubmit",
                        "--class",
                        "io.sparkrnn.job.SparkRnn",
                        "--conf",
                        "spark.ui.showConsoleProgress=false",
                        "--conf",
                        "spark.x=a b",
                        "--conf",
                        "spark.driver.defaultJavaOptions=" + COMPILE_LATER,
                        "spark-internal",
                        "score",
                        "a\nb",
                        "",
                        "c d\n"));
        assertThat(run.value("SPARK_HOME")).isEqualTo(project + "/target/spark");
        assertThat(run.value("SPARK_CONF_DIR")).isEqualTo(project + "/conf");
        assertThat(run.value("SPARK_SCALA_VERSION")).isEqualTo("2.13");
        assertThat(run.value("SPARK_SUBMIT_OPTS")).as("conf/ logs as it should").isEmpty();
        assertThat(run.value("cwd")).isEqualTo(elsewhere.toString());
        assertThat(project.resolve("target/spark/RELEASE")).exists();
    }

    @Test
    void jarsWithoutScriptsAreLaunchedAsTheEmbeddedSparkIs() throws Exception {
        Path jars = Files.createDirectories(elsewhere.resolve("maven jars"));
        sparkOf(jars, "2.13-4.1.3");
        write(jars.resolve("RELEASE"), "");
        environment.put("SPARK_HOME", "maven jars");

        Run run = submit();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.value("SPARK_HOME")).isEqualTo(jars.toString());
        assertThat(run.value("SPARK_CONF_DIR")).isEqualTo(project + "/conf");

        write(jars.resolve("conf/spark-env.sh"), "FROM_SPARK_ENV=$UNSET-yes\n");
        run = submit();
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.value("SPARK_CONF_DIR")).isEqualTo("maven jars/conf");
        assertThat(run.value("FROM_SPARK_ENV")).isEqualTo("-yes");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "127.0.0.1 |",
                "127.0.0.1 | --master local[1]",
                "127.0.0.1 | --conf spark.master=spark://h:1 --master local",
                "127.0.0.1 | --master spark://127.0.0.1:7077",
                "          | --master spark://h:7077",
                "          | --master=yarn",
                "          | --conf spark.master=yarn",
                "          | --conf=spark.master=yarn",
                "          | -c spark.master=yarn",
            })
    void onlyAMasterOnThisMachineIsReachedByLoopback(String address, String options) throws Exception {
        environment.remove("SPARK_HOME");
        List<String> arguments = new ArrayList<>(options == null ? List.of() : List.of(options.split(" ")));
        arguments.add("--");

        String bound = submit(arguments.toArray(String[]::new)).value("SPARK_LOCAL_IP");

        assertThat(bound).isEqualTo(address == null ? "" : address);
    }

    @Test
    void theMasterOfAFileOfDefaultsCountsAndAnAddressOfTheUserStays() throws Exception {
        environment.remove("SPARK_HOME");
        environment.put("SPARK_LOCAL_IP", "127.0.0.2");
        assertThat(submit().value("SPARK_LOCAL_IP")).isEqualTo("127.0.0.2");

        environment.remove("SPARK_LOCAL_IP");
        Path defaults = elsewhere.resolve("defaults");
        write(defaults, "# spark.master local\nspark.master=yarn\n");
        assertThat(submit("--properties-file", "defaults", "--").value("SPARK_LOCAL_IP"))
                .isEmpty();
    }

    private List<Path> archives() throws IOException {
        try (Stream<Path> files = Files.list(project.resolve("target"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("classes-"))
                    .toList();
        }
    }

    private int rehearsals() throws IOException {
        Path calls = fakes.resolve("rehearsals");
        return Files.exists(calls) ? Files.readAllLines(calls).size() : 0;
    }

    @Test
    void classesAreArchivedOnceAndAgainWhenJarsOrJavaChange() throws Exception {
        environment.remove("SPARK_HOME");

        Run first = submit();
        assertThat(first.code()).as(first.err()).isZero();
        assertThat(first.err()).isEqualTo("Making an archive of classes, with which runs start faster (once) ...\n");
        Path archive = archives().get(0);
        assertThat(archives()).hasSize(1);
        assertThat(first.arguments())
                .startsWith(
                        "-cp",
                        jar + ":" + project + "/target/spark/jars/*:" + project + "/conf/",
                        "-XX:SharedArchiveFile=" + archive,
                        "-Xlog:cds*=off",
                        "org.apache.spark.deploy.SparkSubmit");
        assertThat(first.application()).startsWith("score");

        assertThat(submit("score").err()).isEmpty();
        assertThat(submit("inspect").arguments()).contains("-XX:SharedArchiveFile=" + archive);
        assertThat(rehearsals()).isEqualTo(1);

        write(project.resolve("target/spark/jars/another.jar"), "");
        assertThat(submit("inspect").err())
                .as("not for a command that is over at once")
                .isEmpty();
        assertThat(submit("backfill").err()).contains("Making an archive");
        assertThat(archives()).hasSize(2).contains(archive);
        age(archive);
        environment.put("JAVA_VERSION", "21.0.1");
        assertThat(submit("score").err()).contains("Making an archive");
        assertThat(archives()).hasSize(2).doesNotContain(archive);
        environment.remove("JAVA_VERSION");
        environment.put("JAVA_TOOL_OPTIONS", "-Da=b");
        environment.put("TZ", "Asia/Tokyo");
        assertThat(submit("score").err()).isEmpty();
        assertThat(rehearsals()).isEqualTo(3);
        assertThat(project.resolve("target/.submit-lock")).doesNotExist();
    }

    @Test
    void noArchiveIsMadeWhereThatIsSaid() throws Exception {
        environment.remove("SPARK_HOME");
        environment.put("SPARK_RNN_ARCHIVE", "no");
        Run without = submit("score");
        assertThat(without.code()).as(without.err()).isZero();
        assertThat(without.err()).isEmpty();
        assertThat(without.application()).containsExactly("score");
        assertThat(archives()).isEmpty();
    }

    @Test
    void withoutAnArchiveARunStartsAsEver() throws Exception {
        environment.remove("SPARK_HOME");
        environment.put("NO_ARCHIVE", "yes");

        for (int run = 0; run < 2; run++) {
            Run without = submit("score");
            assertThat(without.code()).as(without.err()).isZero();
            assertThat(without.err().contains("no archive could be made")).isEqualTo(run == 0);
            assertThat(without.application()).containsExactly("score");
            assertThat(without.arguments()).noneMatch(argument -> argument.startsWith("-XX:SharedArchiveFile"));
        }
        assertThat(rehearsals()).as("what failed once is not tried again").isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"yarn", "spark://127.0.0.1:7077", "local-cluster[2,1,1024]"})
    void whereTasksRunElsewhereTheyGetTheJar(String master) throws Exception {
        environment.remove("SPARK_HOME");

        Run run = submit("--master", master, "--", "score");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(run.arguments()).contains(jar.toString()).doesNotContain("spark-internal");
        assertThat(rehearsals()).isZero();
    }

    @Test
    void aFailureOfTheLauncherIsPassedOn() throws Exception {
        environment.remove("SPARK_HOME");
        environment.put("LAUNCHER_CODE", "3");

        Run run = submit();

        assertThat(run.code()).isEqualTo(3);
        assertThat(run.err()).contains("launcher says no").contains("Spark's launcher failed");
    }

    @Test
    void theEmbeddedSparkRunsTheApplication() throws Exception {
        environment.remove("SPARK_HOME");
        if (!EmbeddedSpark.isOfPyTorch()) {
            environment.put("SPARK_HOME", EmbeddedSpark.home().toString());
        }
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        // a source edited while the tests run must not start a second build
        environment.put("MAVEN_CODE", "1");

        // Hadoop calls tools of its own
        environment.put("PATH", fakes + ":" + System.getenv("PATH"));
        Path sample = PROJECT.resolve("data");
        Run run = run(
                elsewhere,
                PROJECT.resolve("submit.sh").toString(),
                "--master",
                "local[1]",
                "--",
                "score",
                "--model",
                sample.resolve("weather_rnn.pt").toString(),
                "--input",
                sample.resolve("weather.parquet").toString(),
                "--output",
                elsewhere.resolve("scored").toString());

        assertThat(run.code()).as(run.out() + run.err()).isZero();
        assertThat(run.out()).contains("Scored 1,461 sequences");
        assertThat(run.err()).doesNotContain("[cds]");
    }
}
