package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What submit.sh says when something is not installed, or too old or new. */
@Timeout(120)
class SubmitScriptJavaIT extends SubmitScript {
    @Test
    void saysThatMavenIsMissing() throws Exception {
        Files.delete(jar);
        Files.delete(fakes.resolve("mvn"));

        Run run = submit();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no mvn on PATH").contains("Install Apache Maven");
    }

    @Test
    void saysThatTheJdkIsMissing() throws Exception {
        Files.delete(jar);
        Files.delete(fakes.resolve("javac"));

        Run run = submit();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no javac on PATH").contains("Install a JDK, version 17 or newer");
        assertThat(builds()).isEmpty();
    }

    @Test
    void saysThatJavaIsMissing() throws Exception {
        Files.delete(fakes.resolve("java"));
        Run run = submit();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("no java on PATH").contains("Install a JDK, version 17 or newer");

        environment.put("JAVA_HOME", elsewhere.toString());
        run = submit();
        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("JAVA_HOME is '" + elsewhere + "', where there is no bin/java");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.8.0_412", "11.0.2", "16"})
    void refusesAnOldJava(String version) throws Exception {
        environment.put("JAVA_VERSION", version);

        Run run = submit();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("is Java " + version + ", and spark-rnn needs Java 17 or newer");
    }

    @ParameterizedTest
    @CsvSource({
        "2.12-3.5.9, 17.0.1, 0",
        "2.12-3.5.9, 21.0.4, 0",
        "2.12-3.5.9, 25, 1",
        "2.13-4.1.3, 21.0.4, 0",
        "2.13-4.1.3, 25-ea, 1",
        "2.13-4.2.0, 25-ea, 0",
        "2.13-4.2.0, 26.0.1, 1"
    })
    void aSparkRunsOnTheJavasThatItIsKnownToRunOn(String versions, String java, int code) throws Exception {
        sparkOf(distribution, versions);
        environment.put("JAVA_VERSION", java);

        Run run = submit();

        assertThat(run.code()).as(run.err()).isEqualTo(code);
        if (code != 0) {
            assertThat(run.err())
                    .contains("is Java " + java + ", which is too new for Spark")
                    .contains("JAVA_HOME");
        }
    }

    @Test
    void theEmbeddedSparkRefusesAJavaItDoesNotRunOn() throws Exception {
        environment.remove("SPARK_HOME");
        environment.put("JAVA_VERSION", "25.0.1");

        Run run = submit();

        assertThat(run.code()).isEqualTo(1);
        assertThat(run.err()).contains("Java 25.0.1, which is too new").contains("JDK 17 or 21");
    }
}
