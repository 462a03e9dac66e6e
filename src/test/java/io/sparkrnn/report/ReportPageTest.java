package io.sparkrnn.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

class ReportPageTest {
    /** What a name may be when somebody means ill. */
    private static final List<String> HOSTILE = List.of(
            "<script>alert(1)</script>",
            "\"' onload=alert(1) x=\"",
            "</style></title><img src=x onerror=alert(1)>",
            "]]> --> &amp; &#0; %s ${x}",
            "\u202Egnp.exe\u2066 \u0000\uD800 \uFFFF",
            "https://example.org/x.js",
            "n".repeat(100_000));

    @Test
    void isSoundWhateverTheRun() throws Exception {
        for (int units : new int[] {1, 2, 37, 512}) {
            RunMetrics run = new RandomRun(units, 5, units, 0.3).metrics(400);
            sound(ReportPage.of(run));
            sound(ReportPage.of(run, new RandomRun(2, 5, units, 0).metrics(300, 3)));
            sound(ReportPage.of(run, new RandomRun(2, 3, 5, 0).nothing()));
        }
        sound(ReportPage.of(new RandomRun(1, 1, 1, 0).metrics(1, 1)));
        sound(ReportPage.of(new RandomRun(1, 0, 0, 0).nothing()));
        sound(ReportPage.of(new RandomRun(1, 3, 4, 0).nothing(), new RandomRun(1, 3, 4, 0).metrics(200)));
    }

    @Test
    void saysWhatCameFromASample() throws Exception {
        String text = sound(ReportPage.of(new RandomRun(1, 3, 4, 0).metrics(1000)))
                .getDocumentElement()
                .getTextContent();
        assertThat(text)
                .contains("From a sample of ")
                .contains(" of 1,000 sequences.")
                .contains("Of all 1,000 sequences: ");
        assertThat(sound(ReportPage.of(new RandomRun(1, 3, 4, 0).metrics(60)))
                        .getDocumentElement()
                        .getTextContent())
                .contains("From all 60 sequences.");
    }

    @Test
    void namesOfOthersAreTextAndNothingElse() throws Exception {
        for (String name : HOSTILE) {
            String page = ReportPage.of(named(name), named(name));
            assertThat(page).hasSizeLessThan(600_000).doesNotContain("<script", "<img", "\u202E", "\u2066");
            Document document = sound(page);
            NodeList all = document.getElementsByTagName("*");
            for (int i = 0; i < all.getLength(); i++) {
                for (int j = 0; j < all.item(i).getAttributes().getLength(); j++) {
                    assertThat(all.item(i).getAttributes().item(j).getNodeName())
                            .doesNotStartWith("on")
                            .isNotIn("src", "href", "xlink:href");
                }
            }
        }
    }

    @Test
    void numbersAreInOneLocale() {
        Locale before = Locale.getDefault();
        String page = ReportPage.of(new RandomRun(1, 5, 9, 0).metrics(1500));
        try {
            for (Locale locale :
                    List.of(Locale.GERMANY, Locale.forLanguageTag("ar-EG"), Locale.forLanguageTag("hi-IN"))) {
                Locale.setDefault(locale);
                assertThat(ReportPage.of(new RandomRun(1, 5, 9, 0).metrics(1500)))
                        .isEqualTo(page);
            }
        } finally {
            Locale.setDefault(before);
        }
        assertThat(page).contains("1,500");
    }

    @Test
    void figuresAreReadable() {
        assertThat(Figures.number(0)).isEqualTo("0");
        assertThat(Figures.number(-1234.56)).isEqualTo("-1,235");
        assertThat(Figures.number(0.01234)).isEqualTo("0.01234");
        assertThat(Figures.number(3e-9)).isEqualTo("3.00e-09");
        assertThat(Figures.percent(0.5)).isEqualTo("50 %");
        assertThat(Figures.percent(1e-6)).isEqualTo("< 0.01 %");
        assertThat(Figures.bytes(3_120_400)).isEqualTo("3.1 MB");
        assertThat(Figures.seconds(93.44)).isEqualTo("93.4 s");
        assertThat(Figures.seconds(3725)).isEqualTo("1 h 2 min");
        assertThat(Figures.counted(1, "row")).isEqualTo("1 row");
    }

    private static RunMetrics named(String name) {
        RunMetrics run = new RandomRun(1, 1, 2, 0).metrics(50, 2);
        RunProfile profile = new RandomRun(1, 1, 2, 0).profile(50);
        List<RunMetrics.OutputFile> files = new ArrayList<>();
        files.add(new RunMetrics.OutputFile(name, 2));
        return RunMetrics.of(
                new RunMetrics.Header(name, name, name, 1, name, name, name, name, name, name, name),
                new RunMetrics.Funnel(60, 50, 0, Map.of(name, 10L), Map.of(name, 3L)),
                profile,
                List.of(name),
                List.of(name),
                run.throughput(),
                List.of(new RunMetrics.Task(0, 0, 5, 50, name)),
                files);
    }

    /** Parses as XML, and asks nothing of any other place. */
    private static Document sound(String page) throws ParserConfigurationException, IOException, SAXException {
        assertThat(page).startsWith("<!DOCTYPE html>\n");
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
        String xml = page.substring(page.indexOf('\n') + 1);
        Document document = factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml.getBytes(UTF_8)));
        NodeList all = document.getElementsByTagName("*");
        for (int i = 0; i < all.getLength(); i++) {
            Element element = (Element) all.item(i);
            assertThat(element.getTagName()).isNotIn("script", "img", "link", "iframe", "object", "a", "image", "use");
            for (String attribute : List.of("src", "href", "xlink:href", "data", "action", "srcset")) {
                assertThat(element.hasAttribute(attribute)).isFalse();
            }
            for (int j = 0; j < element.getAttributes().getLength(); j++) {
                if (element.getTagName().matches("rect|line|path|circle|text|svg")) {
                    assertThat(element.getAttributes().item(j).getNodeValue()).doesNotContain("NaN", "Infinity");
                }
            }
        }
        String css = document.getElementsByTagName("style").item(0).getTextContent();
        assertThat(css).doesNotContain("url(", "@import", "http");
        return document;
    }
}
