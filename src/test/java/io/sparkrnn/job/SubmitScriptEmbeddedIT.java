package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
                        jar.toString(),
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

        Run run = run(elsewhere, PROJECT.resolve("submit.sh").toString(), "--master", "local[1]", "--", "--help");

        assertThat(run.code()).as(run.out() + run.err()).isZero();
    }
}
