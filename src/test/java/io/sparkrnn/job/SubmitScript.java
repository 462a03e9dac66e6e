package io.sparkrnn.job;

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
import org.junit.jupiter.api.io.TempDir;

/**
 * submit.sh where nothing of it is real but itself: a copy of the script in a made-up project, in folders with spaces, with
 * stand-ins for Maven, Java and spark-submit that say how they were called.
 */
abstract class SubmitScript {
    static final Path PROJECT = Path.of(System.getProperty("user.dir"));

    /** All that submit.sh uses beside bash: nothing else is on its PATH here. */
    private static final List<String> TOOLS = List.of(
            "bash",
            "cat",
            "cksum",
            "dirname",
            "env",
            "find",
            "grep",
            "head",
            "ls",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "sed",
            "sleep",
            "tail",
            "touch");

    /** What the JVM of a driver is told of compiling. */
    static final String COMPILE_LATER = "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=2400"
            + " -XX:Tier4CompileThreshold=60000 -XX:Tier4BackEdgeThreshold=160000 -XX:CompileCommand=quiet"
            + " -XX:CompileCommand=CompileThresholdScaling,io.sparkrnn.*::*,0.25"
            + " -XX:CompileCommand=CompileThresholdScaling,jdk.incubator.vector.*::*,0.25";

    /** Stands in for spark-submit, and for the command that Spark's launcher prints. */
    static final String REPORT = """
            #!/bin/bash
            echo "as=$0"
            echo "cwd=$PWD"
            for name in SPARK_RNN_HOME SPARK_HOME SPARK_CONF_DIR SPARK_SCALA_VERSION SPARK_SUBMIT_OPTS SPARK_LOCAL_IP \
                FROM_SPARK_ENV; do
              echo "$name=${!name-}"
            done
            for argument in "$@"; do
              echo "argument=$argument"
              case $argument in
                -XX:ArchiveClassesAtExit=*)
                  echo rehearsal >>"$FAKES/rehearsals"
                  [ -z "${NO_ARCHIVE:-}" ] || exit 1
                  echo classes >"${argument#*=}"
                  ;;
              esac
            done
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
            printf '%s\\0' "$FAKES/report" -cp "$SPARK_CONF_DIR/:$SPARK_HOME/jars/*" "$@"
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

    Path project = Path.of("");
    Path fakes = Path.of("");
    Path elsewhere = Path.of("");
    Path distribution = Path.of("");
    Path jar = Path.of("");
    final Map<String, String> environment = new HashMap<>();

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
    static void sparkOf(Path home, String versions) throws IOException {
        Path jars = Files.createDirectories(home.resolve("jars"));
        try (Stream<Path> files = Files.list(jars)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        write(jars.resolve("spark-core_" + versions + ".jar"), "");
    }

    /** What came of it, and what the stand-in for Spark reported. */
    record Run(int code, String out, String err) {
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

        /** All but those that tell a driver's JVM when to compile, which every Spark is given. */
        List<String> given() {
            List<String> given = new ArrayList<>(arguments());
            int at = given.indexOf("spark.driver.defaultJavaOptions=" + COMPILE_LATER);
            if (at < 1 || !given.get(at - 1).equals("--conf")) {
                throw new AssertionError("no " + COMPILE_LATER + " in: " + out + err);
            }
            given.subList(at - 1, at + 1).clear();
            return given;
        }

        /** The arguments behind the jar, or what stands for it where it is on the class path. */
        List<String> application() {
            List<String> all = arguments();
            for (int i = 0; i < all.size(); i++) {
                if (all.get(i).endsWith(".jar") || all.get(i).equals("spark-internal")) {
                    return all.subList(i + 1, all.size());
                }
            }
            throw new AssertionError("no jar in: " + out + err);
        }
    }

    Run submit(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("/bin/bash", project + "/submit.sh"));
        command.addAll(List.of(arguments));
        return run(elsewhere, command.toArray(String[]::new));
    }

    Run run(Path directory, String... command) throws IOException, InterruptedException {
        return finish(start(directory, command));
    }

    Process start(Path directory, String... command) throws IOException {
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

    Run finish(Process process) throws IOException, InterruptedException {
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

    List<String> builds() throws IOException {
        Path calls = fakes.resolve("mvn-calls");
        return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
    }

    static void write(Path file, String text) throws IOException {
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.writeString(file, text);
    }

    static void script(Path file, String text) throws IOException {
        write(file, text);
        if (!file.toFile().setExecutable(true)) {
            throw new IOException("cannot make executable: " + file);
        }
    }

    /** Makes files and folders, and all in them, older than anything written from now on. */
    static void age(Path... paths) throws IOException {
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
