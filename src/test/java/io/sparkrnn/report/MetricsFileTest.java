package io.sparkrnn.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricsFileTest {
    @Test
    void readsWhatItWrote() throws IOException {
        for (RunMetrics metrics :
                new RunMetrics[] {new RandomRun(1, 5, 16, 0).metrics(500), new RandomRun(2, 3, 2, 0).nothing()}) {
            byte[] bytes = MetricsFile.write(metrics);
            RunMetrics read = read(bytes);
            assertThat(read).usingRecursiveComparison().isEqualTo(metrics);
            assertThat(MetricsFile.write(read)).isEqualTo(bytes);
            assertThat(new String(bytes, UTF_8))
                    .startsWith("{\"version\":1,\"header\":{")
                    .doesNotContain("NaN");
        }
    }

    @Test
    void isOfASizeToKeep() {
        assertThat(MetricsFile.write(new RandomRun(3, 32, 512, 0).metrics(400))).hasSizeLessThan(700_000);
    }

    @Test
    void passesOverWhatItDoesNotKnowAndDoesWithoutWhatIsMissing() throws IOException {
        RunMetrics metrics = read("{\"version\": 1, \"weather\": [1, {\"rain\": null}], \"header\": {\"run\": \"a\"}}");
        assertThat(metrics.header().run()).isEqualTo("a");
        assertThat(metrics.header().model()).isEmpty();
        assertThat(metrics.features()).isEmpty();
        assertThat(metrics.skew().longestTask()).isEqualTo(-1);
        assertThat(ReportPage.of(metrics)).contains("<h1>");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[]|",
                "null|it is not a JSON object",
                "7|",
                "{\"version\": 1|it is not sound JSON",
                "{\"version\": 1} {}|",
                "{}|version 0; expected 1",
                "{\"version\": 2}|version 2; expected 1",
                "{\"version\": 1, \"version\": 1}|Duplicate field",
                "{\"version\": 1, \"tasks\": [null]}|null where a value is expected",
                "{\"version\": 1, \"tasks\": [{\"index\": \"x\"}]}|at tasks[0].index: ",
                "{\"version\": 1, \"tasks\": [{\"rows\": -4}]}|at tasks[0]: a task's number or rows of -4",
                "{\"version\": 1, \"lengths\": {\"count\": 3}}|numbers without quantiles and bins",
                "{\"version\": 1, \"lengths\": {\"count\": -1}}|a count below 0",
                "{\"version\": 1, \"lengths\": {\"mean\": 1e999}}|",
                "{\"version\": 1, \"lengths\": {\"bins\": {\"bits\": 99, \"keys\": [], \"counts\": []}}}|bins of 99 bits",
                "{\"version\": 1, \"lengths\": {\"bins\": {\"bits\": 3, \"keys\": [1], \"counts\": []}}}|differ in number",
                "{\"version\": 1, \"lengths\": {\"bins\": {\"bits\": 3, \"keys\": [2, 1], \"counts\": [1, 1]}}}|do not rise",
                "{\"version\": 1, \"funnel\": {\"quarantined\": {\"a\": null}}}|null where a value is expected",
                "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}}}}}}}}}}}}}|",
            })
    void refusesWithASentence(String json, String says) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> read(json))
                .withMessageStartingWith("last/metrics.json cannot be read as the metrics of a run: ")
                .withMessageContaining(says == null ? "" : says);
    }

    @Test
    void damagedFilesAreReadOrRefused() throws IOException {
        byte[] sound = MetricsFile.write(new RandomRun(1, 2, 3, 0).metrics(60, 3));
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = sound.clone();
            for (int j = random.nextInt(3); j >= 0; j--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            if (random.nextInt(4) == 0) {
                bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            try {
                ReportPage.of(read(bytes), read(sound));
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageStartingWith("last/metrics.json cannot be read as the metrics of a run: ");
                refused++;
            }
        }
        assertThat(refused).isBetween(500, 999);
    }

    private static RunMetrics read(String json) throws IOException {
        return read(json.getBytes(UTF_8));
    }

    private static RunMetrics read(byte[] bytes) throws IOException {
        return MetricsFile.read("last/metrics.json", new ByteArrayInputStream(bytes));
    }
}
