package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages are held against the command line, and against each other. */
class DocumentationTest {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));

    /** A link of Markdown to a page of the project, perhaps to a heading in it. */
    private static final Pattern LINK = Pattern.compile("\\]\\(((?!https?:)[^)#\\s]*)(?:#([^)\\s]+))?\\)");

    /** The first cell of a row that says what an option means. */
    private static final Pattern FIRST_CELL = Pattern.compile("(?m)^\\| (`--.*?`) \\|");

    private static final Pattern OPTION = Pattern.compile("`--([a-z][a-z-]*)");

    static Stream<Path> pages() throws IOException {
        Stream<Path> docs;
        try (Stream<Path> found = Files.list(PROJECT.resolve("docs"))) {
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

    @Test
    void theFirstPageIsShort() throws IOException {
        assertThat(Files.readAllLines(PROJECT.resolve("README.md"))).hasSizeLessThanOrEqualTo(200);
    }
}
