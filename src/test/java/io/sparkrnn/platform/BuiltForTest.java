package io.sparkrnn.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataInputStream;
import java.io.IOException;
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
