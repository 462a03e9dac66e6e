package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What submit.sh decides: how it splits its arguments, which Spark it calls and how, when it builds. A copy of the
 * script runs in a made-up project, in folders with spaces, with stand-ins for Maven, Java and spark-submit that say
 * how they were called. Only the last test runs the project's own build on the embedded Spark.
 */
@Timeout(120)
class SubmitScriptIT {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));

    /** All that submit.sh uses beside bash: nothing else is on its PATH here. */
    private static final List<String> TOOLS = List.of(
            "bash",
            "cat",
            "dirname",
            "env",
            "find",
            "grep",
            "head",
            "mkdir",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "tail",
            "touch");

    /** Stands in for spark-submit, and for the command that Spark's launcher prints. */
    private static final String REPORT = """
            #!/bin/bash
            echo "as=$0"
            echo "cwd=$PWD"
            for name in SPARK_RNN_HOME SPARK_HOME SPARK_CONF_DIR SPARK_SCALA_VERSION SPARK_SUBMIT_OPTS SPARK_LOCAL_IP \
                FROM_SPARK_ENV; do
              echo "$name=${!name-}"
            done
            for argument in "$@"; do echo "argument=$argument"; done
            exit "${JOB_CODE:-0}"
            """;

    private static final String JAVA = """
            #!/bin/bash
            if [ "$1" = -version ]; then
              echo 'Picked up JAVA_TOOL_OPTIONS: -Da=b' >&2
              echo "openjdk version \\"${JAVA_VERSION:-17.0.15}\\" 2025-04-15" >&2
              exit
            fi
            if [ "${LAUNCHER_CODE:-0}" -ne 0 ]; then
              echo 'launcher says no' >&2
              exit "$LAUNCHER_CODE"
            fi
            while [ "$1" != org.apache.spark.launcher.Main ]; do shift; done
            shift
            printf '\\0\\n'
            printf '%s\\0' "$FAKES/report" "$@"
            """;

    private static final String MAVEN = """
            #!/bin/bash
            echo "$PWD: $*" >>"$FAKES/mvn-calls"
            echo 'mvn speaks'
            sleep "${MAVEN_SECONDS:-0}"
            case "$*" in
              *-Pspark-3.5,scala-2.12*) mkdir -p target/spark-3.5_2.12; : >target/spark-3.5_2.12/spark-rnn-spark-3.5_2.12-9.9.jar ;;
              *-Pspark-4.2*) mkdir -p target/spark-4.2_2.13; : >target/spark-4.2_2.13/spark-rnn-spark-4.2_2.13-9.9.jar ;;
              *) mkdir -p target/spark/jars; : >target/spark-rnn-spark-4.1_2.13-9.9.jar ;;
            esac
            exit "${MAVEN_CODE:-0}"
            """;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temp;

    private Path project = Path.of("");
    private Path fakes = Path.of("");
    private Path elsewhere = Path.of("");
    private Path distribution = Path.of("");
    private Path jar = Path.of("");
    private final Map<String, String> environment = new HashMap<>();

    @BeforeEach
    void project() throws IOException {
        // the script finds its folder with all symbolic links followed, and temporary folders may lie behind one
        Path root = temp.toRealPath();
        project = Files.createDirectories(root.resolve("my project"));
        elsewhere = Files.createDirectories(root.resolve("else where"));
        fakes = Files.createDirectories(root.resolve("fake bin"));
        distribution = root.resolve("spark home");

        Files.copy(PROJECT.resolve("submit.sh"), project.resolve("submit.sh"));
        for (String source : List.of("pom.xml", ".mvn/jvm.config", "src/main/java/A.java", "src/main/java/B.java")) {
            write(project.resolve(source), source);
        }
        for (String name : List.of("spark-defaults.conf", "log4j2.properties")) {
            write(
                    project.resolve("conf").resolve(name),
                    Files.readString(PROJECT.resolve("conf").resolve(name)));
        }
        jar = project.resolve("target/spark-rnn-spark-4.1_2.13-9.9.jar");
        write(jar, "jar");
        Files.createDirectories(project.resolve("target/spark/jars"));
        age(project.resolve("pom.xml"), project.resolve(".mvn"), project.resolve("src"));

        for (String tool : TOOLS) {
            script(fakes.resolve("tools").resolve(tool), "#!/bin/sh\nexec '" + onPath(tool) + "' \"$@\"\n");
        }
        script(fakes.resolve("report"), REPORT);
        script(fakes.resolve("java"), JAVA);
        script(fakes.resolve("javac"), "#!/bin/bash\n");
        script(fakes.resolve("mvn"), MAVEN);
        script(distribution.resolve("bin/spark-submit"), REPORT);
        sparkOf(distribution, "2.13-4.1.3");

        environment.put("PATH", fakes + ":" + fakes.resolve("tools"));
        environment.put("FAKES", fakes.toString());
        environment.put("SPARK_HOME", distribution.toString());
    }

    /** Makes {@code home} one of this Scala and Spark. */
    private static void sparkOf(Path home, String versions) throws IOException {
        Path jars = Files.createDirectories(home.resolve("jars"));
        try (Stream<Path> files = Files.list(jars)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        write(jars.resolve("spark-core_" + versions + ".jar"), "");
    }

    @Test
    void withoutTheDashesAllArgumentsAreTheApplications() throws Exception {
        Run run = submit("score", "--input", "a b/*.parquet", "", "--help", "it's \"$HOME\" \\");

        assertThat(run.code).isZero();
        assertThat(run.arguments())
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

        assertThat(run.arguments())
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
        assertThat(submit("score").arguments()).containsSubsequence("--conf", key + "=false", jar.toString());
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

        assertThat(run.code).isEqualTo(2);
        assertThat(run.err).contains("'score' stands before '--'").contains("[SPARK-SUBMIT OPTIONS --] [COMMAND]");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 137})
    void exitCodesArePassedOn(int code) throws Exception {
        environment.put("JOB_CODE", Integer.toString(code));
        assertThat(submit().code).isEqualTo(code);

        environment.remove("SPARK_HOME");
        assertThat(submit().code).isEqualTo(code);
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

        assertThat(run.code).as(run.err).isZero();
        assertThat(run.value("SPARK_RNN_HOME")).isEqualTo(project.toString());
        assertThat(run.application()).containsExactly("inspect");
    }

    @Test
    void aSparkHomeWithoutSparkIsRefused() throws Exception {
        environment.put("SPARK_HOME", elsewhere.toString());

        Run run = submit();

        assertThat(run.code).isEqualTo(2);
        assertThat(run.err).contains("SPARK_HOME is '" + elsewhere + "', where there is no bin/spark-submit");
    }

    // ---- which configuration ----

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

    // ---- the embedded Spark ----

    @Test
    void withoutSparkHomeTheEmbeddedSparkRuns() throws Exception {
        environment.remove("SPARK_HOME");

        Run run = submit("--conf", "spark.x=a b", "--", "score", "a\nb", "", "c d");

        assertThat(run.code).as(run.err).isZero();
        assertThat(run.out)
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
        assertThat(run.code).as(run.err).isZero();
        assertThat(run.value("SPARK_HOME")).isEqualTo(jars.toString());
        assertThat(run.value("SPARK_CONF_DIR")).isEqualTo(project + "/conf");

        write(jars.resolve("conf/spark-env.sh"), "FROM_SPARK_ENV=$UNSET-yes\n");
        run = submit();
        assertThat(run.code).as(run.err).isZero();
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

        assertThat(run.code).isEqualTo(3);
        assertThat(run.err).contains("launcher says no").contains("Spark's launcher failed");
    }

    // ---- when it builds ----

    @Test
    void doesNotBuildWhatIsUpToDate() throws Exception {
        Run run = submit();

        assertThat(run.code).isZero();
        assertThat(run.err).isEmpty();
        assertThat(builds()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"pom.xml", ".mvn/jvm.config", "src/main/java/A.java", "src/main/resources/new.txt"})
    void buildsOnceWhenASourceIsNewer(String source) throws Exception {
        age(project.resolve("target"));
        write(project.resolve(source), "changed");

        Run run = submit("inspect");
        assertThat(run.code).as(run.err).isZero();
        assertThat(run.err)
                .startsWith(
                        "Building spark-rnn for Spark 4.1, Scala 2.13 (first run: Maven fetches Spark, some minutes) ...\n");
        assertThat(run.err).as("stdout is the job's").contains("mvn speaks");
        assertThat(run.out).doesNotContain("mvn speaks");
        assertThat(run.application()).containsExactly("inspect");
        assertThat(builds())
                .containsExactly(project + ": -B -q -Dembedded.spark.skip=true package -Dmaven.test.skip=true");

        assertThat(submit().err).isEmpty();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void buildsWhenASourceIsGone() throws Exception {
        age(project.resolve("target"));
        Files.delete(project.resolve("src/main/java/B.java"));

        assertThat(submit().code).isZero();
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

        assertThat(run.code).as(run.err).isZero();
        assertThat(run.arguments()).contains(jar.toString());
        assertThat(builds()).hasSize(1);
    }

    @Test
    void theEmbeddedSparkIsBuiltWhenItIsMissing() throws Exception {
        Files.delete(project.resolve("target/spark/jars"));
        submit();
        assertThat(builds()).as("a distribution does without").isEmpty();

        environment.remove("SPARK_HOME");
        assertThat(submit().code).isZero();
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
        assertThat(run.code).isEqualTo(7);
        assertThat(run.err).contains("mvn speaks").contains("the build failed");
        assertThat(run.out).isEmpty();

        environment.remove("MAVEN_CODE");
        assertThat(jar).as("made before the build failed").exists();
        assertThat(submit().code).isZero();
        assertThat(builds()).hasSize(2);
    }

    @Test
    void twoRunsAtOnceBuildOnce() throws Exception {
        Files.delete(jar);
        environment.put("MAVEN_SECONDS", "2");
        Process first = start(elsewhere, "/bin/bash", project + "/submit.sh");
        Process second = start(elsewhere, "/bin/bash", project + "/submit.sh");

        assertThat(List.of(finish(first).code, finish(second).code)).containsExactly(0, 0);
        assertThat(builds()).hasSize(1);
    }

    @Test
    void aLockThatNobodyHoldsIsTaken() throws Exception {
        Files.delete(jar);
        Process gone = start(elsewhere, "/bin/bash", "-c", "exit");
        finish(gone);
        write(project.resolve("target/.submit-lock"), gone.pid() + "\n");

        assertThat(submit().code).isZero();
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

    // ---- what must be installed ----

    @Test
    void saysThatMavenIsMissing() throws Exception {
        Files.delete(jar);
        Files.delete(fakes.resolve("mvn"));

        Run run = submit();

        assertThat(run.code).isEqualTo(1);
        assertThat(run.err).contains("no mvn on PATH").contains("Install Apache Maven");
    }

    @Test
    void saysThatTheJdkIsMissing() throws Exception {
        Files.delete(jar);
        Files.delete(fakes.resolve("javac"));

        Run run = submit();

        assertThat(run.code).isEqualTo(1);
        assertThat(run.err).contains("no javac on PATH").contains("Install a JDK, version 17 or newer");
        assertThat(builds()).isEmpty();
    }

    @Test
    void saysThatJavaIsMissing() throws Exception {
        Files.delete(fakes.resolve("java"));
        Run run = submit();
        assertThat(run.code).isEqualTo(1);
        assertThat(run.err).contains("no java on PATH").contains("Install a JDK, version 17 or newer");

        environment.put("JAVA_HOME", elsewhere.toString());
        run = submit();
        assertThat(run.code).isEqualTo(1);
        assertThat(run.err).contains("JAVA_HOME is '" + elsewhere + "', where there is no bin/java");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.8.0_412", "11.0.2", "16"})
    void refusesAnOldJava(String version) throws Exception {
        environment.put("JAVA_VERSION", version);

        Run run = submit();

        assertThat(run.code).isEqualTo(1);
        assertThat(run.err).contains("is Java " + version + ", and spark-rnn needs Java 17 or newer");
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

        assertThat(run.code).as(run.err).isEqualTo(code);
        if (code != 0) {
            assertThat(run.err)
                    .contains("is Java " + java + ", which is too new for Spark")
                    .contains("JAVA_HOME");
        }
    }

    @Test
    void theEmbeddedSparkRefusesAJavaItDoesNotRunOn() throws Exception {
        environment.remove("SPARK_HOME");
        environment.put("JAVA_VERSION", "25.0.1");

        Run run = submit();

        assertThat(run.code).isEqualTo(1);
        assertThat(run.err).contains("Java 25.0.1, which is too new").contains("JDK 17 or 21");
    }

    // ---- which Spark ----

    @Test
    void theJarIsTheOneForTheSparkInSparkHome() throws Exception {
        environment.put("SPARK_HOME", distribution.toString());
        sparkOf(distribution, "2.12-3.5.1-amzn-0");

        Run run = submit("inspect");

        assertThat(run.code).as(run.err).isZero();
        assertThat(run.err).startsWith("Building spark-rnn for Spark 3.5, Scala 2.12 (");
        assertThat(builds())
                .containsExactly(project
                        + ": -B -q -Pspark-3.5,scala-2.12 -Dembedded.spark.skip=true package -Dmaven.test.skip=true");
        assertThat(run.arguments())
                .contains(project + "/target/spark-3.5_2.12/spark-rnn-spark-3.5_2.12-9.9.jar")
                .doesNotContain(jar.toString());
        assertThat(submit("inspect").err).isEmpty();

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

        assertThat(run.code).as(run.err).isZero();
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

        assertThat(run.code).as(run.err).isZero();
        assertThat(run.arguments()).contains(project + "/target/spark-4.2_2.13/spark-rnn-spark-4.2_2.13-9.9.jar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"2.12-3.4.1", "2.12-2.4.8", "2.12-4.0.0", "2.13-4.3.0", "2.13-5.0.0", "3-4.1.0"})
    void aSparkThatIsNotKnownIsRefusedInASentence(String versions) throws Exception {
        sparkOf(distribution, versions);

        Run run = submit();

        assertThat(run.code).isEqualTo(2);
        assertThat(run.err.lines())
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
                .contains("spark.driver.defaultJavaOptions=" + module)
                .contains("spark.executor.defaultJavaOptions=" + module);
        write(
                distribution.resolve("conf/spark-defaults.conf"),
                "spark.executor.defaultJavaOptions -Dold=1\nspark.executor.defaultJavaOptions   -Da=b -XX:+UseG1GC \nspark.driver.defaultJavaOptions=-Dc=d\n");
        assertThat(submit("--conf", "spark.driver.defaultJavaOptions=-De=f -Dg=h", "--")
                        .arguments())
                .contains("spark.driver.defaultJavaOptions=" + module + " -De=f -Dg=h")
                .contains("spark.executor.defaultJavaOptions=" + module + " -Da=b -XX:+UseG1GC");

        sparkOf(distribution, "2.13-4.1.3");
        assertThat(submit().arguments()).doesNotContain("--conf");
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

        assertThat(submit().code).isZero();
    }

    // ---- and all of it for once ----

    @Test
    void theEmbeddedSparkRunsTheApplication() throws Exception {
        environment.remove("SPARK_HOME");
        if (!EmbeddedSpark.isUsual()) {
            environment.put("SPARK_HOME", EmbeddedSpark.home().toString());
        }
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        // a source edited while the tests run must not start a second build
        environment.put("MAVEN_CODE", "1");

        Run run = run(elsewhere, PROJECT.resolve("submit.sh").toString(), "--master", "local[1]", "--", "--help");

        assertThat(run.code).as(run.out + run.err).isZero();
    }

    /** What came of it, and what the stand-in for Spark reported. */
    private record Run(int code, String out, String err) {
        String value(String name) {
            return out.lines()
                    .filter(line -> line.startsWith(name + "="))
                    .findFirst()
                    .map(line -> line.substring(name.length() + 1))
                    .orElseThrow(() -> new AssertionError("no " + name + " in: " + out + err));
        }

        List<String> arguments() {
            return out.lines()
                    .filter(line -> line.startsWith("argument="))
                    .map(line -> line.substring("argument=".length()))
                    .toList();
        }

        /** The arguments behind the jar. */
        List<String> application() {
            List<String> all = arguments();
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).endsWith(".jar")) {
                    return all.subList(i + 1, all.size());
                }
            }
            throw new AssertionError("no jar in: " + out + err);
        }
    }

    private Run submit(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/bash", project + "/submit.sh"));
        command.addAll(List.of(arguments));
        return run(elsewhere, command.toArray(String[]::new));
    }

    private Run run(Path directory, String... command) throws IOException, InterruptedException {
        return finish(start(directory, command));
    }

    private Process start(Path directory, String... command) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        // files, so that neither stream has to be read while the other is written
        Path streams = Files.createTempDirectory(temp, "streams");
        builder.redirectOutput(streams.resolve("out").toFile());
        builder.redirectError(streams.resolve("err").toFile());
        Process process = builder.start();
        process.getOutputStream().close();
        outputs.put(process, streams);
        return process;
    }

    private final Map<Process, Path> outputs = new HashMap<>();

    private Run finish(Process process) throws IOException, InterruptedException {
        if (!process.waitFor(90, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("submit.sh did not end");
        }
        Path streams = outputs.getOrDefault(process, temp);
        return new Run(
                process.exitValue(),
                Files.readString(streams.resolve("out")),
                Files.readString(streams.resolve("err")));
    }

    private List<String> builds() throws IOException {
        Path calls = fakes.resolve("mvn-calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    private static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text);
    }

    private static void script(Path file, String text) throws IOException {
        write(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot make executable: " + file);
        }
    }

    /** Makes files and folders, and all in them, older than anything written from now on. */
    private static void age(Path... paths) throws IOException {
        for (Path path : paths) {
            try (Stream<Path> files = Files.walk(path)) {
                for (Path file : files.toList()) {
                    FileTime modified = Files.getLastModifiedTime(file);
                    Files.setLastModifiedTime(
                            file, FileTime.from(modified.toInstant().minusSeconds(3600)));
                }
            }
        }
    }

    private static Path onPath(String tool) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin");
        return Stream.of(path.split(":"))
                .map(folder -> Path.of(folder, tool))
                .filter(Files::isExecutable)
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + tool + " on PATH " + path));
    }
}
