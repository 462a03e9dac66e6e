package io.sparkrnn.format;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Changes that leave JSON mostly JSON, so that what is in it gets to be looked at. */
final class JsonMutations {
    private static final Pattern TOKEN = Pattern.compile(
            "\"(?:[^\"\\\\]|\\\\.)*\"|-?[0-9]+(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null|[\\[\\]{}:,]");

    private static final Pattern JSON = Pattern.compile("\\{\"(?:class_name|module|network)\"");

    private static final String[] VALUES = {
        "0",
        "-1",
        "1",
        "2",
        "3",
        "1.5",
        "-0.0",
        "1e308",
        "1e999",
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "99999999999999999999999999",
        "true",
        "false",
        "null",
        "\"\"",
        "[]",
        "{}",
        "[[]]",
        "\"none\"",
        "\"\\ud800\"",
        "\"relu\"",
        "\"last\"",
        "\"before\""
    };

    private JsonMutations() {}

    /** One or a few changes of a text. */
    static byte[] of(Random random, byte[] json) {
        String text = new String(json, StandardCharsets.UTF_8);
        for (int i = 1 + (random.nextInt(3) == 0 ? random.nextInt(5) : 0); i > 0; i--) {
            text = once(random, text);
        }
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** Changes of the JSON within a file that has some, of the same number of bytes: what says its length stays right. */
    static byte[] within(Random random, byte[] file) {
        String text = new String(file, StandardCharsets.ISO_8859_1);
        Matcher begin = JSON.matcher(text);
        if (!begin.find() || random.nextInt(4) == 0) {
            return ModelFuzz.mutated(random, file);
        }
        int from = begin.start();
        int to = from;
        int depth = 0;
        do {
            char c = text.charAt(to++);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        } while (depth > 0 && to < text.length());
        String part = text.substring(from, to);
        String changed = part;
        for (int i = 0; i < 20 && (changed.equals(part) || changed.length() > part.length()); i++) {
            changed = once(random, part);
        }
        if (changed.length() > part.length()) {
            return ModelFuzz.mutated(random, file);
        }
        return (text.substring(0, from) + changed + " ".repeat(part.length() - changed.length()) + text.substring(to))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String once(Random random, String text) {
        List<int[]> tokens = new ArrayList<>();
        Matcher matcher = TOKEN.matcher(text);
        while (matcher.find()) {
            tokens.add(new int[] {matcher.start(), matcher.end()});
        }
        if (tokens.isEmpty()) {
            return text + "[";
        }
        int at = random.nextInt(tokens.size());
        int[] token = tokens.get(at);
        // A value where there is one near.
        for (int i = 0; i < 4 && "[]{}:,".indexOf(text.charAt(token[0])) >= 0; i++) {
            at = random.nextInt(tokens.size());
            token = tokens.get(at);
        }
        String before = text.substring(0, token[0]);
        String own = text.substring(token[0], token[1]);
        String after = text.substring(token[1]);
        int[] another = tokens.get(random.nextInt(tokens.size()));
        return switch (random.nextInt(10)) {
            case 0, 1, 2 -> before + VALUES[random.nextInt(VALUES.length)] + after;
            case 3, 4 -> before + text.substring(another[0], another[1]) + after;
            case 5 -> before + after;
            case 6 -> {
                // A stretch of some tokens again, or taken out.
                int end = tokens.get(Math.min(tokens.size() - 1, at + random.nextInt(30)))[1];
                yield random.nextBoolean()
                        ? text.substring(0, end) + "," + text.substring(token[0])
                        : before + text.substring(end);
            }
            case 7 -> {
                int deep = random.nextInt(8) == 0 ? 20_000 : 1 + random.nextInt(4);
                yield before + "[".repeat(deep) + own + "]".repeat(deep) + after;
            }
            case 8 -> before + own + own + after;
            default -> {
                int times = random.nextInt(8) == 0 ? 2000 : 2;
                yield before + own + ("," + own).repeat(times) + after;
            }
        };
    }
}
