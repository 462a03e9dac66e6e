package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which Spark submit.sh finds, and which jar goes with it. */
@Timeout(120)
class SubmitScriptSparkIT extends SubmitScript {
    @Test
    void theJarIsTheOneForTheSparkInSparkHome() throws Exception {
        environment.put("SPARK_HOME", distribution.toString());
        sparkOf(distribution, "2.12-3.5.1-amzn-0");

        Run run = submit("inspect");

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).startsWith("Building spark-rnn for Spark 3.5, Scala 2.12 (");
        assertThat(builds())
                .containsExactly(project
                        + ": -B -q -Pspark-3.5,scala-2.12 -Dembedded.spark.skip=true package -Dmaven.test.skip=true");
        assertThat(run.arguments())
                .contains(project + "/target/spark-3.5_2.12/spark-rnn-spark-3.5_2.12-9.9.jar")
                .doesNotContain(jar.toString());
        assertThat(submit("inspect").err()).isEmpty();

        sparkOf(distribution, "2.13-4.2.0");
        assertThat(submit("inspect").arguments())
                .contains(project + "/target/spark-4.2_2.13/spark-rnn-spark-4.2_2.13-9.9.jar");
        assertThat(builds()).hasSize(2);
    }

    @Test
    void jarsWithoutScriptsAreStartedWithTheirScala() throws Exception {
        Path jars = elsewhere.resolve("jars of 3.5");
        sparkOf(jars, "2.12-3.5.9");
        write(jars.resolve("RELEASE"), "");
        environment.put("SPARK_HOME", jars.toString());

        Run run = submit();

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.value("SPARK_SCALA_VERSION")).isEqualTo("2.12");
    }

    @Test
    void aSparkWhoseJarsAreElsewhereIsAsked() throws Exception {
        Files.delete(distribution.resolve("jars/spark-core_2.13-4.1.3.jar"));
        script(
                distribution.resolve("bin/spark-submit"),
                """
                #!/bin/bash
                if [ "$1" = --version ]; then
                  echo '   /___/ .__/\\_,_/_/ /_/\\_\\   version 4.2.0.fork' >&2
                  echo 'Using Scala version 2.13.18, OpenJDK 64-Bit Server VM, 17.0.15' >&2
                  exit
                fi
                """ + REPORT.lines().skip(1).reduce("", (text, line) -> text + line + "\n"));

        Run run = submit();

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.arguments()).contains(project + "/target/spark-4.2_2.13/spark-rnn-spark-4.2_2.13-9.9.jar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.12-3.4.1", "2.12-2.4.8", "2.12-4.0.0", "2.13-4.3.0", "2.13-5.0.0", "3-4.1.0"})
    void aSparkThatIsNotKnownIsRefusedInASentence(String versions) throws Exception {
        sparkOf(distribution, versions);

        Run run = submit();

        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err().lines())
                .singleElement()
                .asString()
                .contains("spark-rnn runs on Spark 3.5 (Scala 2.12 or 2.13), 4.0, 4.1 and 4.2 (Scala 2.13)");
        assertThat(builds()).isEmpty();
    }

    @Test
    void aSparkWithoutTheVectorModuleIsGivenItBesideWhatTheUserHas() throws Exception {
        sparkOf(distribution, "2.12-3.5.9");
        String module = "--add-modules=jdk.incubator.vector";

        assertThat(submit("--conf", "spark.executor.extraJavaOptions=-Dmine=1", "--")
                        .arguments())
                .contains("spark.executor.extraJavaOptions=-Dmine=1")
                .contains("spark.driver.defaultJavaOptions=" + module + " " + COMPILE_LATER)
                .contains("spark.executor.defaultJavaOptions=" + module);
        write(
                distribution.resolve("conf/spark-defaults.conf"),
                "spark.executor.defaultJavaOptions -Dold=1\nspark.executor.defaultJavaOptions   -Da=b -XX:+UseG1GC \nspark.driver.defaultJavaOptions=-Dc=d\n");
        assertThat(submit("--conf", "spark.driver.defaultJavaOptions=-De=f -Dg=h", "--")
                        .arguments())
                .contains("spark.driver.defaultJavaOptions=" + module + " " + COMPILE_LATER + " -De=f -Dg=h")
                .contains("spark.executor.defaultJavaOptions=" + module + " -Da=b -XX:+UseG1GC");

        sparkOf(distribution, "2.13-4.1.3");
        Files.writeString(distribution.resolve("conf/spark-defaults.conf"), "spark.driver.defaultJavaOptions -Dc=d\n");
        assertThat(submit("--driver-java-options", "-Dmine=1", "--").arguments())
                .containsSubsequence("--driver-java-options", "-Dmine=1")
                .contains("spark.driver.defaultJavaOptions=" + COMPILE_LATER + " -Dc=d")
                .noneMatch(argument -> argument.contains("executor") || argument.contains(module));
    }

    @Test
    void theUsualSparkIsThePoms() throws Exception {
        String pom = Files.readString(PROJECT.resolve("pom.xml"));
        String script = Files.readString(PROJECT.resolve("submit.sh"));

        assertThat(between(script, "usual_spark=", "\n"))
                .isEqualTo(between(pom, "<spark.binary.version>", "</spark.binary.version>"));
        assertThat(between(script, "usual_scala=", "\n"))
                .isEqualTo(between(pom, "<scala.binary.version>", "</scala.binary.version>"));
    }

    private static String between(String text, String from, String to) {
        int start = text.indexOf(from) + from.length();
        return text.substring(start, text.indexOf(to, start));
    }

    @Test
    void aDistributionThatNamesItsJavaIsLeftToIt() throws Exception {
        write(distribution.resolve("conf/spark-env.sh"), "JAVA_HOME=/opt/java\n");
        environment.put("JAVA_VERSION", "11.0.2");

        assertThat(submit().code()).isZero();
    }
}
