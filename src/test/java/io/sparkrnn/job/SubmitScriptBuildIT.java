package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When submit.sh builds, and that two of them do not at once. */
@Timeout(120)
class SubmitScriptBuildIT extends SubmitScript {
    @Test
    void doesNotBuildWhatIsUpToDate() throws Exception {
        Run run = submit();

        assertThat(run.code()).isZero();
        assertThat(run.err()).isEmpty();
        assertThat(builds()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", ".mvn/jvm.config", "src/main/java/A.java", "src/main/resources/new.txt"})
    void buildsOnceWhenASourceIsNewer(String source) throws Exception {
        age(project.resolve("target"));
        write(project.resolve(source), "changed");

        Run run = submit("inspect");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .startsWith(
                        "Building spark-rnn for Spark 4.1, Scala 2.13 (first run: Maven fetches Spark, some minutes) ...\n");
        assertThat(run.err()).as("stdout is the job's").contains("mvn speaks");
        assertThat(run.out()).doesNotContain("mvn speaks");
        assertThat(run.application()).containsExactly("inspect");
        assertThat(builds())
                .containsExactly(project + ": -B -q -Dembedded.spark.skip=true package -Dmaven.test.skip=true");

        assertThat(submit().err()).isEmpty();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void buildsWhenASourceIsGone() throws Exception {
        age(project.resolve("target"));
        Files.delete(project.resolve("src/main/java/B.java"));

        assertThat(submit().code()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void buildsAFreshClone() throws Exception {
        Files.delete(jar);
        Files.delete(project.resolve("target/spark/jars"));
        Files.delete(project.resolve("target/spark"));
        Files.delete(project.resolve("target"));
        environment.remove("SPARK_HOME");

        Run run = submit();

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.arguments()).anyMatch(argument -> argument.startsWith(jar + ":"));
        assertThat(builds()).hasSize(1);
    }

    @Test
    void theEmbeddedSparkIsBuiltWhenItIsMissing() throws Exception {
        Files.delete(project.resolve("target/spark/jars"));
        submit();
        assertThat(builds()).as("a distribution does without").isEmpty();

        environment.remove("SPARK_HOME");
        assertThat(submit().code()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void jarsOfAnEarlierSparkGoWithANewPom() throws Exception {
        age(project.resolve("target"));
        Path old = project.resolve("target/spark/jars/spark-core_2.13-4.1.0.jar");
        write(old, "");
        write(project.resolve("src/main/java/A.java"), "changed");
        submit();
        assertThat(old).exists();

        age(project.resolve("target"));
        write(project.resolve("pom.xml"), "changed");
        submit();
        assertThat(old).as("not built again for a Spark in SPARK_HOME").exists();

        age(project.resolve("target"));
        environment.remove("SPARK_HOME");
        write(project.resolve("pom.xml"), "changed again");
        submit();
        assertThat(old).doesNotExist();
    }

    @Test
    void aFailedBuildIsPassedOnAndTriedAgain() throws Exception {
        Files.delete(jar);
        environment.put("MAVEN_CODE", "7");
        Run run = submit();
        assertThat(run.code()).isEqualTo(7);
        assertThat(run.err()).contains("mvn speaks").contains("the build failed");
        assertThat(run.out()).isEmpty();

        environment.remove("MAVEN_CODE");
        assertThat(jar).as("made before the build failed").exists();
        assertThat(submit().code()).isZero();
        assertThat(builds()).hasSize(2);
    }

    @Test
    void twoRunsAtOnceBuildOnce() throws Exception {
        Files.delete(jar);
        environment.put("MAVEN_SECONDS", "2");
        Process first = start(elsewhere, "/bin/bash", project + "/submit.sh");
        Process second = start(elsewhere, "/bin/bash", project + "/submit.sh");

        assertThat(List.of(finish(first).code(), finish(second).code())).containsExactly(0, 0);
        assertThat(builds()).hasSize(1);
    }

    @Test
    void aLockThatNobodyHoldsIsTaken() throws Exception {
        Files.delete(jar);
        Process gone = start(elsewhere, "/bin/bash", "-c", "exit");
        finish(gone);
        write(project.resolve("target/.submit-lock"), gone.pid() + "\n");

        assertThat(submit().code()).isZero();
        assertThat(builds()).hasSize(1);
        assertThat(project.resolve("target/.submit-lock")).doesNotExist();
    }

    @Test
    void takesTheNewestJarOfTheApplication() throws Exception {
        Path newest = project.resolve("target/spark-rnn-spark-4.1_2.13-10.0-SNAPSHOT.jar");
        age(jar);
        age(project.resolve("pom.xml"), project.resolve(".mvn"), project.resolve("src"));
        write(newest, "jar");
        write(project.resolve("target/original-spark-rnn-spark-4.1_2.13-10.0-SNAPSHOT.jar"), "");
        write(project.resolve("target/spark-rnn-spark-4.1_2.13-10.0-SNAPSHOT-sources.jar"), "");

        assertThat(submit().arguments()).contains(newest.toString());
        assertThat(builds()).isEmpty();
    }
}
