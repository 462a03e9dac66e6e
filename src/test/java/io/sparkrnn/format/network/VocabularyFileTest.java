package io.sparkrnn.format.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.graph.Vocabulary;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VocabularyFileTest {
    @TempDir
    Path folder;

    private Vocabulary read(String name, byte[] bytes) {
        try {
            return VocabularyFile.read(Files.write(folder.resolve(name), bytes), name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Vocabulary read(String name, String text) {
        return read(name, text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aLineIsATokenAndItsNumberTheIndex() {
        for (String text :
                new String[] {"\n[UNK]\nthé\n a b \n", "\r\n[UNK]\r\nthé\r\n a b \r\n", "\uFEFF\n[UNK]\nthé\n a b "}) {
            Vocabulary vocabulary = read("v.txt", text);
            assertThat(vocabulary.size()).isEqualTo(4);
            assertThat(vocabulary.find("")).isZero();
            assertThat(vocabulary.find("[UNK]")).isEqualTo(1);
            assertThat(vocabulary.find("thé")).isEqualTo(2);
            assertThat(vocabulary.find(" a b ")).isEqualTo(3);
            assertThat(vocabulary.find("a b")).isEqualTo(-1);
        }
    }

    @Test
    void jsonHasIndicesOrPlaces() {
        Vocabulary object = read("v.JSON", "{\"the\": 1, \"a\\n\": 0, \"\\ud83d\\ude00\": 7, \"A\": 1}");
        assertThat(object.find("the")).isEqualTo(1);
        assertThat(object.find("A")).isEqualTo(1);
        assertThat(object.find("a\n")).isZero();
        assertThat(object.find("\uD83D\uDE00")).isEqualTo(7);
        Vocabulary array = read("v.json", "[\"x\", \"\", \"y\"]");
        assertThat(array.find("")).isEqualTo(1);
        assertThat(array.find("y")).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "v.txt | a~b~a | line 3 has the token \"a\", which line 1 has, too",
                "v.txt | a~~b~~ | line 4 has the token \"\", which line 2 has, too",
                "v.csv | a | its name ends neither in .txt nor in .json",
                "v.json | {\"a\": 1, \"a\": 2} | the token \"a\" is there twice, as index 1 and 2",
                "v.json | {\"a\": 1,~ \"b\": -1} | the index of \"b\" is -1; expected a whole number from 0 to 2147483647 (line 2)",
                "v.json | {\"a\": 1.5} | the index of \"a\" is 1.5; expected a whole number",
                "v.json | {\"a\": 3000000000} | the index of \"a\" is 3000000000",
                "v.json | {\"a\": 99999999999999999999999} | the index of \"a\" is 9999",
                "v.json | {\"version\": \"1.0\"} | the value of \"version\" is no number",
                "v.json | {\"model\": {\"a\": 1}} | the value of \"model\" is no number",
                "v.json | {\"a\": null} | the value of \"a\" is no number",
                "v.json | [\"a\", 5] | element 1 (from 0) is not text",
                "v.json | [\"a\", \"a\"] | \"a\" is there twice, as index 0 and 1",
                "v.json | [] | there is no token in it",
                "v.json | {} | there is no token in it",
                "v.json | 17 | the file is neither a JSON object of indices by tokens nor an array",
                "v.json | {\"a\": 1 | the file is not sound JSON",
                "v.json | {\"a\": 1} x | the file is not sound JSON",
                "v.json | {\"a\": 1} [] | something follows the tokens",
                "v.json | [\"\\ud800\"] | has half a character",
            })
    void whatIsWrongIsSaidWithItsPlace(String name, String text, String message) {
        assertThatThrownBy(() -> read(name, text.replace('~', '\n')))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith(name + ": ")
                .hasMessageContaining(message);
    }

    @Test
    void bytesThatAreNoTextAreRefused() throws IOException {
        assertThatThrownBy(() -> read("v.txt", "")).hasMessageContaining("the file has no bytes");
        assertThatThrownBy(() -> read("v.txt", "\uFEFF")).hasMessageContaining("there is no token in it");
        assertThatThrownBy(() -> read("v.txt", "a\nbé\n".getBytes(StandardCharsets.ISO_8859_1)))
                .hasMessageContaining("line 2, byte 3 of the file, is not UTF-8");
        assertThatThrownBy(() -> read("v.txt", "ab\n".getBytes(StandardCharsets.UTF_16LE)))
                .hasMessageContaining("line 1 has a byte of 0");
        assertThatThrownBy(() -> read("v.json", "[\"a\"]".getBytes(StandardCharsets.UTF_16LE)))
                .hasMessageContaining("neither a JSON object");
        assertThatThrownBy(() -> VocabularyFile.read(folder.resolve("none.txt"), "none.txt"))
                .isInstanceOf(ModelException.class);
        Path huge = folder.resolve("huge.txt");
        try (RandomAccessFile file = new RandomAccessFile(huge.toFile(), "rw")) {
            file.setLength((1 << 28) + 1L);
        }
        assertThatThrownBy(() -> VocabularyFile.read(huge, "huge.txt"))
                .hasMessageContaining("more than 268435456 bytes");
    }

    /** Whatever the bytes are, there is a vocabulary or a message. */
    @Test
    void damagedFilesAreReadOrRefused() {
        Random random = new Random(8);
        byte[] sound = "{\"a\": 1, \"bé\": 20, \"c\\u0041\": 3, \"\": 4}".getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = sound.clone();
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                assertThat(read(i % 2 == 0 ? "v.json" : "v.txt", bytes).size()).isPositive();
            } catch (ModelException e) {
                assertThat(e).hasMessageStartingWith("v.");
                refused++;
            }
        }
        assertThat(refused).isBetween(500, 1900);
    }
}
