package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.platform.BuiltFor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.jar.JarInputStream;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;

/** What is in the jar that is given to Spark. */
class JarIT {
    /** What the folder of a packed library's classes is called in NOTICE. */
    private static final Map<String, String> PACKED = Map.of(
            "ejml", "org.ejml",
            "pabeles", "pabeles.concurrency",
            "picocli", "picocli",
            "config", "com.typesafe.config",
            "jackson", "com.fasterxml.jackson",
            "jhdf", "io.jhdf",
            "protobuf", "com.google.protobuf");

    private static Path jar() throws IOException {
        String name = "spark-rnn-spark-" + BuiltFor.spark() + "_" + BuiltFor.scala() + "-";
        try (Stream<Path> files =
                Files.list(EmbeddedSpark.home().toAbsolutePath().getParent())) {
            List<Path> jars = files.filter(file -> file.getFileName().toString().startsWith(name)
                            && file.toString().endsWith(".jar"))
                    .toList();
            assertThat(jars).as("one jar named as the field names them").hasSize(1);
            return jars.get(0);
        }
    }

    @Test
    void itsManifestStandsWhereSparkSubmitLooksForTheMainClass() throws IOException {
        try (JarInputStream in = new JarInputStream(Files.newInputStream(jar()))) {
            assertThat(in.getManifest()).as("the first entry").isNotNull();
            assertThat(in.getManifest().getMainAttributes().getValue("Main-Class"))
                    .isEqualTo("io.sparkrnn.job.SparkRnn");
        }
    }

    @Test
    void nothingInItHasANameThatAPlatformsOwnLibraryCanHave() throws IOException {
        try (JarFile jar = new JarFile(jar().toFile())) {
            List<String> names = jar.stream()
                    .filter(entry -> !entry.isDirectory())
                    .map(ZipEntry::getName)
                    .toList();
            assertThat(names)
                    .hasSizeGreaterThan(500)
                    .allMatch(name -> name.startsWith("io/sparkrnn/")
                            || name.matches("META-INF/(MANIFEST\\.MF|NOTICE|licenses/.*)")
                            || name.equals("META-INF/services/org.apache.spark.sql.sources.DataSourceRegister"));
        }
    }

    @Test
    void whatIsPackedIsNamedWithItsLicence() throws IOException {
        try (JarFile jar = new JarFile(jar().toFile())) {
            Set<String> packed = new TreeSet<>();
            Pattern folder = Pattern.compile("io/sparkrnn/shaded/([^/]+)/.*");
            jar.stream()
                    .map(entry -> folder.matcher(entry.getName()))
                    .filter(Matcher::matches)
                    .forEach(found -> packed.add(found.group(1)));
            assertThat(packed).isEqualTo(new TreeSet<>(PACKED.keySet()));

            String notice = text(jar, "META-INF/NOTICE");
            assertThat(notice).contains(PACKED.values()).doesNotContain("${");
            Set<String> licences = new TreeSet<>(Pattern.compile("\\(([A-Za-z-]+-LICENSE)\\)")
                    .matcher(notice)
                    .results()
                    .map(found -> found.group(1))
                    .toList());
            assertThat(licences).containsExactly("Apache-LICENSE", "jhdf-LICENSE", "protobuf-LICENSE");
            for (String licence : licences) {
                assertThat(text(jar, "META-INF/licenses/" + licence)).hasSizeGreaterThan(900);
            }
        }
    }

    private static String text(JarFile jar, String name) throws IOException {
        ZipEntry entry = jar.getEntry(name);
        assertThat(entry).as(name).isNotNull();
        try (InputStream in = jar.getInputStream(entry)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
