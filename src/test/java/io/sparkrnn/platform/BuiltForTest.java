package io.sparkrnn.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BuiltForTest {
    private static final String SCALA = BuiltFor.scala() + ".16";

    @Test
    void theTestsRunOnTheSparkThatTheJarIsFor() {
        assertThat(BuiltFor.unfitSpark()).isNull();
        assertThat(BuiltFor.unfitJava()).isNull();
        BuiltFor.check();
    }

    @ParameterizedTest
    @ValueSource(strings = {".0", ".9", ".1-amzn-0", ".0.dev"})
    void anyReleaseOfThatSparkWillDo(String rest) {
        assertThat(BuiltFor.unfit(BuiltFor.spark() + rest, SCALA)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"3.4.1", "4.10.0", "4.3.0", "40.1.0", "x"})
    void anotherSparkIsRefusedWithTheJarsThatThereAre(String spark) {
        assertThat(BuiltFor.unfit(spark, SCALA))
                .contains("is for Spark " + BuiltFor.spark() + " with Scala " + BuiltFor.scala())
                .contains("this is Spark " + spark)
                .contains("Spark 3.5 (Scala 2.12, 2.13), 4.0, 4.1 and 4.2 (Scala 2.13)");
    }

    @Test
    void anotherScalaAndNoSparkAreRefused() {
        assertThat(BuiltFor.unfit(BuiltFor.spark() + ".0", "2.11.12")).contains("with Scala 2.11.12");
        assertThat(BuiltFor.unfit(null, null))
                .contains("no Spark on the class path")
                .contains("spark-submit");
    }

    /** The list stands where a sentence, a script and a build need it. */
    @Test
    void allPlacesThatListTheSparksListTheSame() throws IOException {
        Path project = Path.of(System.getProperty("user.dir"));
        String pom = Files.readString(project.resolve("pom.xml"));
        Set<String> sparks = found("<spark.binary.version>([0-9.]+)<", pom);
        assertThat(sparks).contains(BuiltFor.spark(), "3.5").hasSizeGreaterThan(3);

        assertThat(found(
                        "([0-9]\\.[0-9]+)(?= \\(Scala|,| and)",
                        String.valueOf(BuiltFor.unfit("9.9.9", "9.9.9"))
                                .replaceFirst(".*There is a jar", "")
                                .replaceAll("\\(Scala [^)]*\\)", "(Scala)")))
                .as("the sentence")
                .isEqualTo(sparks);
        assertThat(found("(?m)^ *([0-9.]+)/2\\.1[23]\\)", Files.readString(project.resolve("submit.sh"))))
                .as("submit.sh")
                .isEqualTo(sparks);
        assertThat(found("(?m)^(?:all=')?([0-9.]+)_2\\.1[23] ", Files.readString(project.resolve(".ci/sparks"))))
                .as(".ci/sparks")
                .isEqualTo(sparks);
        assertThat(found("(?m)^\\| ([0-9.]+) \\|", Files.readString(project.resolve("README.md"))))
                .as("the README's matrix")
                .isEqualTo(sparks);
    }

    private static Set<String> found(String pattern, String text) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(match -> match.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Else it could not say to a Java 8 that it is too old. */
    @ParameterizedTest
    @ValueSource(
            strings = {"job/SparkRnn", "platform/BuiltFor", "platform/BuiltFor$Checked", "platform/PlatformException"})
    void whatAnOldJavaLoadsIsCompiledForIt(String name) throws IOException {
        assertThat(classVersion(name)).isEqualTo(52);
        assertThat(classVersion("job/RootCommand")).as("what it must not load").isEqualTo(61);
    }

    private static int classVersion(String name) throws IOException {
        try (DataInputStream in =
                new DataInputStream(BuiltFor.class.getResourceAsStream("/io/sparkrnn/" + name + ".class"))) {
            in.readInt();
            in.readUnsignedShort();
            return in.readUnsignedShort();
        }
    }
}
