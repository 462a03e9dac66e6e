package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How submit.sh splits its arguments, and which configuration Spark gets. */
@Timeout(120)
class SubmitScriptIT extends SubmitScript {
    @Test
    void withoutTheDashesAllArgumentsAreTheApplications() throws Exception {
        Run run = submit("score", "--input", "a b/*.parquet", "", "--help", "it's \"$HOME\" \\");

        assertThat(run.code()).isZero();
        assertThat(run.given())
                .containsExactly(
                        "--class",
                        "io.sparkrnn.job.SparkRnn",
                        jar.toString(),
                        "score",
                        "--input",
                        "a b/*.parquet",
                        "",
                        "--help",
                        "it's \"$HOME\" \\");
        assertThat(run.value("as")).isEqualTo(distribution + "/bin/spark-submit");
    }

    @Test
    void whatStandsBeforeTheFirstDashesIsSparks() throws Exception {
        Run run = submit("--master", "yarn", "--conf", "spark.x=a b", "--", "score", "--", "--master");

        assertThat(run.given())
                .containsExactly(
                        "--class",
                        "io.sparkrnn.job.SparkRnn",
                        "--master",
                        "yarn",
                        "--conf",
                        "spark.x=a b",
                        jar.toString(),
                        "score",
                        "--",
                        "--master");
    }

    @Test
    void aLogGetsNoProgressBarUnlessItIsAskedFor() throws Exception {
        String key = "spark.ui.showConsoleProgress";
        // of a distribution it is not known who configured it
        assertThat(submit("score").arguments()).isNotEmpty().noneMatch(argument -> argument.contains(key));
        environment.remove("SPARK_HOME");
        assertThat(submit("score").arguments()).containsSubsequence("--conf", key + "=false", "spark-internal");
        assertThat(submit("--conf", key + "=true", "--", "score").arguments())
                .contains(key + "=true")
                .doesNotContain(key + "=false");
        environment.put("SPARK_CONF_DIR", elsewhere.toString());
        assertThat(submit("score").arguments()).isNotEmpty().noneMatch(argument -> argument.contains(key));
    }

    @Test
    void helpReachesTheApplication() throws Exception {
        assertThat(submit("--help").application()).containsExactly("--help");
    }

    @Test
    void withoutArgumentsTheSampleIsScored() throws Exception {
        String sample = project + "/conf/score.conf";

        assertThat(submit().application()).containsExactly("score", "--config", sample);
        assertThat(submit("--").application()).containsExactly("score", "--config", sample);
        Run run = submit("--master", "local[3]", "--");
        assertThat(run.application()).containsExactly("score", "--config", sample);
        assertThat(run.arguments()).contains("--master", "local[3]");
        assertThat(run.value("SPARK_RNN_HOME")).isEqualTo(project.toString());
    }

    @Test
    void aCommandBeforeTheDashesIsRefused() throws Exception {
        Run run = submit("score", "--master", "yarn", "--", "--input", "x");

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("'score' stands before '--'").contains("[SPARK-SUBMIT OPTIONS --] [COMMAND]");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 137})
    void exitCodesArePassedOn(int code) throws Exception {
        environment.put("JOB_CODE", Integer.toString(code));
        assertThat(submit().code()).isEqualTo(code);

        environment.remove("SPARK_HOME");
        assertThat(submit().code()).isEqualTo(code);
    }

    @Test
    void theWorkingDirectoryStaysTheUsers() throws Exception {
        assertThat(submit("score", "--input", "here").value("cwd")).isEqualTo(elsewhere.toString());
    }

    @Test
    void runsThroughSymbolicLinks() throws Exception {
        Path absolute = Files.createSymbolicLink(elsewhere.resolve("first link"), project.resolve("submit.sh"));
        Files.createDirectories(elsewhere.resolve("sub folder"));
        Path relative = Files.createSymbolicLink(
                elsewhere.resolve("sub folder/second link"), Path.of("../" + absolute.getFileName()));

        Run run = run(elsewhere, "/bin/bash", elsewhere.relativize(relative).toString(), "inspect");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.value("SPARK_RNN_HOME")).isEqualTo(project.toString());
        assertThat(run.application()).containsExactly("inspect");
    }

    @Test
    void aSparkHomeWithoutSparkIsRefused() throws Exception {
        environment.put("SPARK_HOME", elsewhere.toString());

        Run run = submit();

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("SPARK_HOME is '" + elsewhere + "', where there is no bin/spark-submit");
    }

    @Test
    void aDistributionWithoutLoggingOfItsOwnIsMadeQuiet() throws Exception {
        environment.put("SPARK_SUBMIT_OPTS", "-Dmine=\"a b\"");

        Run run = submit();

        assertThat(run.value("SPARK_SUBMIT_OPTS"))
                .isEqualTo("-Dmine=\"a b\" \"-Dlog4j2.configurationFile=" + project + "/conf/log4j2.properties\"");
        assertThat(run.value("SPARK_CONF_DIR")).as("its configuration").isEmpty();
        assertThat(run.value("SPARK_LOCAL_IP")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"log4j2.properties", "log4j2.xml", "log4j2.yaml", "log4j2-test.properties"})
    void theLoggingOfADistributionStays(String name) throws Exception {
        write(distribution.resolve("conf").resolve(name), "");

        assertThat(submit().value("SPARK_SUBMIT_OPTS")).isEmpty();
    }

    @Test
    void theLoggingOfTheUserStays() throws Exception {
        Path conf = elsewhere.resolve("my conf");
        write(conf.resolve("log4j2.properties"), "");
        environment.put("SPARK_CONF_DIR", conf.toString());
        Run run = submit();
        assertThat(run.value("SPARK_SUBMIT_OPTS")).isEmpty();
        assertThat(run.value("SPARK_CONF_DIR")).isEqualTo(conf.toString());

        environment.remove("SPARK_CONF_DIR");
        assertThat(submit("--driver-java-options", "-Dlog4j2.configurationFile=x", "--")
                        .value("SPARK_SUBMIT_OPTS"))
                .isEmpty();
        write(distribution.resolve("conf/spark-defaults.conf"), "spark.x -Dlog4j2.configurationFile=x");
        assertThat(submit().value("SPARK_SUBMIT_OPTS")).isEmpty();
    }
}
