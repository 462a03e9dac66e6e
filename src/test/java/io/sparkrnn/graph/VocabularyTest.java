package io.sparkrnn.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    @Test
    void findsTheIndexOfEachToken() throws IOException, ClassNotFoundException {
        Random random = new Random(4);
        Map<String, Integer> tokens = new LinkedHashMap<>();
        for (int i = 0; i < 20_000; i++) {
            int length = random.nextInt(9);
            StringBuilder token = new StringBuilder();
            for (int c = 0; c < length; c++) {
                token.appendCodePoint("abcdé日\uD83D\uDE00 ".codePoints().toArray()[random.nextInt(8)]);
            }
            tokens.put(token.toString(), random.nextInt());
        }
        tokens.replaceAll((token, index) -> index & Integer.MAX_VALUE);
        Vocabulary vocabulary = copied(Vocabulary.of(tokens));
        assertThat(vocabulary.size()).isEqualTo(tokens.size());
        tokens.forEach((token, index) -> {
            assertThat(vocabulary.find(token)).isEqualTo(index);
            byte[] within = ("x" + token + "yz").getBytes(StandardCharsets.UTF_8);
            assertThat(vocabulary.find(within, 1, within.length - 3)).isEqualTo(index);
            assertThat(vocabulary.find(token + "?")).isEqualTo(-1);
        });
        assertThat(vocabulary.withUnknown(7).find("?")).isEqualTo(7);
    }

    private static Vocabulary copied(Vocabulary vocabulary) throws IOException, ClassNotFoundException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(vocabulary);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            return (Vocabulary) in.readObject();
        }
    }

    @Test
    void hasATokenOnce() {
        assertThatThrownBy(() -> Vocabulary.of(List.of("a", "b", "a"))).hasMessageContaining("\"a\" is there twice");
        assertThatThrownBy(() -> Vocabulary.of(Map.of("a", -1))).hasMessageContaining("index of -1");
    }

    @Test
    void isHeldAgainstAnInput() {
        GraphInput mcc = new GraphInput("mcc", List.of(GraphInput.STEPS), OptionalLong.of(2));
        assertThat(Vocabulary.of(List.of("a", "b")).misfit(mcc)).isNull();
        assertThat(Vocabulary.of(List.of("a", "b", "c")).misfit(mcc))
                .isEqualTo("the token \"c\" has index 2, but the network takes mcc [T] of indices below 2");
        assertThat(Vocabulary.of(List.of("a")).withUnknown(2).misfit(mcc)).contains("unknown tokens");
    }

    @Test
    void showsATokenOnOneLine() {
        assertThat(Vocabulary.shown("a\"b\\\n\u0007\u202E日")).isEqualTo("\"a\\\"b\\\\\\n\\u{7}\\u{202e}日\"");
        assertThat(Vocabulary.shown("x".repeat(41))).isEqualTo("\"" + "x".repeat(40) + "\"...");
        assertThat(Vocabulary.shown("x".repeat(40))).isEqualTo("\"" + "x".repeat(40) + "\"");
    }
}
