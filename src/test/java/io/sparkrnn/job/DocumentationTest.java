package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.options.OptionValues;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine.Model.CommandSpec;

/** The pages are held against the command line, and against each other. */
class DocumentationTest {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));

    /** A link of Markdown to a page of the project, perhaps to a heading in it. */
    private static final Pattern LINK = Pattern.compile("\\]\\(((?!https?:)[^)#\\s]*)(?:#([^)\\s]+))?\\)");

    /** The first cell of a row that says what an option means. */
    private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\| (`--.*?`) \\|");

    /** A test's class and method. */
    private static final Pattern NAMED_TEST = Pattern.compile("`(\\w+(?:Test|IT))\\.(\\w+)`");

    private static final Pattern OPTION = Pattern.compile("`--([a-z][a-z-]*)");

    /** A command with options, on one line; what stands before it belongs to whoever starts the job. */
    private static final Pattern COMMAND =
            Pattern.compile("(?<![\\w-])(score|backfill|inspect|verify|report) +(--[^`\\n]*)");

    /** The same as a list of arguments, in JSON, YAML or Scala. */
    private static final Pattern ARGUMENTS =
            Pattern.compile("\"(score|backfill|inspect|verify|report)\",\\s*(\"--[^])]*)");

    private static final Pattern GIVEN = Pattern.compile("(?<![\\w-])--([a-z][a-z-]*)");

    /** What may be a class: a name in code, or of several words. */
    private static final Pattern CLASS =
            Pattern.compile("(?<=`)[A-Z][A-Za-z0-9]*(?=`)|\\b[A-Z][a-z]+[A-Z][A-Za-z0-9]*");

    /** What looks like a class of this project and is none. */
    private static final Set<String> NO_CLASSES = Set.of("ArchUnit", "MiB", "PyTorch", "UnsafeRow");

    static Stream<Path> pages() throws IOException {
        Stream<Path> docs;
        try (Stream<Path> found = Files.walk(PROJECT.resolve("docs"))) {
            docs = found.filter(file -> file.toString().endsWith(".md")).sorted().toList().stream();
        }
        return Stream.concat(Stream.of(PROJECT.resolve("README.md"), PROJECT.resolve("data/README.md")), docs);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void linksLeadToPagesAndHeadings(Path page) throws IOException {
        for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
            Path target = link.group(1).isEmpty()
                    ? page
                    : page.resolveSibling(link.group(1)).normalize();
            assertThat(target).as("%s links to %s", page, link.group()).exists();
            if (link.group(2) != null) {
                assertThat(headings(target))
                        .as("%s links to %s", page, link.group())
                        .contains(link.group(2));
            }
        }
    }

    /** As GitHub makes anchors of headings. */
    private static Set<String> headings(Path page) throws IOException {
        return Files.readAllLines(page).stream()
                .filter(line -> line.matches("#+ .*"))
                .map(line -> line.replaceFirst("#+ ", "")
                        .toLowerCase(java.util.Locale.ROOT)
                        .replaceAll("[^a-z0-9 _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    @Test
    void theReferenceHasEveryOptionAndNoOther() throws IOException {
        Set<String> options = new TreeSet<>(RootCommand.commandLine().getSubcommands().values().stream()
                .flatMap(command -> OptionValues.keys(command).stream())
                .toList());
        assertThat(options).as("of the command line").hasSizeGreaterThan(30);
        options.add("config");

        String reference = Files.readString(PROJECT.resolve("docs/options.md"));
        for (String option : options) {
            assertThat(reference).contains("`--" + option);
        }
        Set<String> described = FIRST_CELL
                .matcher(reference)
                .results()
                .flatMap(cell -> OPTION.matcher(cell.group(1)).results())
                .map(option -> option.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(described).hasSizeGreaterThan(30).isSubsetOf(options);
    }

    @ParameterizedTest
    @MethodSource("pages")
    void commandsHaveOptionsThatThereAre(Path page) throws IOException {
        String text = Files.readString(page).replaceAll("\\\\\n\\s*", " ");
        int commands = 0;
        for (Pattern pattern : List.of(COMMAND, ARGUMENTS)) {
            for (MatchResult command : pattern.matcher(text).results().toList()) {
                Set<String> given = GIVEN.matcher(command.group(2))
                        .results()
                        .map(option -> option.group(1))
                        .collect(Collectors.toCollection(TreeSet::new));
                given.removeAll(options(command.group(1)));
                commands++;
                assertThat(given)
                        .as("%s: no options of %s", page, command.group())
                        .isEmpty();
            }
        }
        if (page.startsWith(PROJECT.resolve("docs/platforms"))) {
            assertThat(commands).as("commands in %s", page).isPositive();
        }
    }

    /** Those of a command, by every name that the command line takes. */
    private static Set<String> options(String command) {
        CommandSpec spec = Objects.requireNonNull(
                        RootCommand.commandLine().getSubcommands().get(command))
                .getCommandSpec();
        Set<String> names = Stream.of(spec.optionsMap(), spec.negatedOptionsMap())
                .flatMap(named -> named.keySet().stream())
                .map(name -> name.replaceFirst("^-+", ""))
                .collect(Collectors.toSet());
        if (command.equals("backfill")) {
            names.addAll(options("score"));
        }
        return names;
    }

    @Test
    void theClassesOfTheArchitectureAreThere() throws IOException {
        Set<String> classes;
        try (Stream<Path> files = Files.walk(PROJECT.resolve("src"))) {
            classes = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.replace(".java", ""))
                    .collect(Collectors.toSet());
        }
        Set<String> named = CLASS.matcher(Files.readString(PROJECT.resolve("docs/architecture.md")))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(named).hasSizeGreaterThan(50);
        named.removeAll(classes);
        named.removeAll(NO_CLASSES);
        assertThat(named)
                .as("named in docs/architecture.md, and in no file of src")
                .isEmpty();
    }

    @Test
    void theTestsThatATableNamesAreThere() throws IOException {
        Map<String, String> sources = new HashMap<>();
        try (Stream<Path> tests = Files.walk(PROJECT.resolve("src/test/java"));
                Stream<Path> withRuntimes = Files.walk(PROJECT.resolve("src/tables/java"))) {
            for (Path file : Stream.concat(tests, withRuntimes)
                    .filter(file -> file.toString().endsWith(".java"))
                    .toList()) {
                sources.put(file.getFileName().toString().replace(".java", ""), Files.readString(file));
            }
        }
        String page = Files.readString(PROJECT.resolve("docs/tables.md"));
        List<MatchResult> named = NAMED_TEST.matcher(page).results().toList();
        assertThat(named).hasSizeGreaterThan(20);
        for (MatchResult test : named) {
            assertThat(sources.get(test.group(1)))
                    .as(test.group())
                    .isNotNull()
                    .containsPattern("void " + test.group(2) + "\\(");
        }
        assertThat(page.lines().filter(line -> line.startsWith("| ") && !line.endsWith("| test |")))
                .allMatch(line -> NAMED_TEST.matcher(line).find());
    }

    @Test
    void theFirstPageIsShort() throws IOException {
        assertThat(Files.readAllLines(PROJECT.resolve("README.md"))).hasSizeLessThanOrEqualTo(200);
    }
}
