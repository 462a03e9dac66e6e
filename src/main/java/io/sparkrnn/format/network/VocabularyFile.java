package io.sparkrnn.format.network;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonParser.NumberType;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.sparkrnn.format.bytes.Json;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.graph.Vocabulary;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * A file with a {@link Vocabulary}, in UTF-8. {@code .txt}: a token a line, whose index is the number of its line, from 0; what
 * ends a line, \n or \r\n, is not of the token, and an empty line is an empty token. {@code .json}: an object of indices by tokens,
 * or an array of tokens whose indices are their places, from 0.
 */
public final class VocabularyFile {
    /** More than the vocabulary of any network of this kind has. */
    private static final int MOST_BYTES = 1 << 28;

    private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(4)
                    .maxStringLength(1 << 20)
                    .build())
            .build();

    private final String name;
    private final byte[] bytes;
    private final Vocabulary.Builder tokens = Vocabulary.builder();

    private VocabularyFile(String name, byte[] bytes) {
        this.name = name;
        this.bytes = bytes;
    }

    /**
     * Reads one.
     *
     * @param file a local file
     * @param name what messages call it, and whose ending says what is in it
     * @throws ModelException when it cannot be read, is of another kind or damaged, or has a token twice; the message says where
     */
    public static Vocabulary read(Path file, String name) {
        String ending = name.toLowerCase(Locale.ROOT);
        if (!ending.endsWith(".txt") && !ending.endsWith(".json")) {
            throw new ModelException(
                    name,
                    "its name ends neither in .txt nor in .json; expected a token a line in the one, or an object of indices"
                            + " by tokens, or an array of tokens, in the other");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
        if (bytes.length > MOST_BYTES) {
            throw new ModelException(
                    name, "the file has more than " + MOST_BYTES + " bytes; expected the tokens of a vocabulary");
        }
        VocabularyFile read = new VocabularyFile(name, bytes);
        int from = read.begin();
        read.checkUtf8();
        if (ending.endsWith(".txt")) {
            read.lines(from);
        } else {
            read.json(from);
        }
        Vocabulary vocabulary = read.tokens.build();
        if (vocabulary.size() == 0) {
            throw read.problem("there is no token in it");
        }
        return vocabulary;
    }

    /** Where the text begins: behind the mark that some programs begin UTF-8 with. */
    private int begin() {
        if (bytes.length == 0) {
            throw problem("the file has no bytes; expected at least one token");
        }
        boolean marked =
                bytes.length >= MARK.length && bytes[0] == MARK[0] && bytes[1] == MARK[1] && bytes[2] == MARK[2];
        return marked ? MARK.length : 0;
    }

    private void checkUtf8() {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(1 << 13);
        CoderResult result;
        do {
            result = decoder.decode(in, out.clear(), true);
        } while (result.isOverflow());
        if (result.isError()) {
            int line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw problem("line " + line + ", byte " + in.position() + " of the file, is not UTF-8; save it as UTF-8");
        }
    }

    private void lines(int begin) {
        int line = 0;
        for (int from = begin; from < bytes.length; line++) {
            int end = from;
            while (end < bytes.length && bytes[end] != '\n') {
                if (bytes[end++] == 0) {
                    throw problem("line " + (line + 1) + " has a byte of 0; save it as UTF-8");
                }
            }
            int length = end - from - (end < bytes.length && end > from && bytes[end - 1] == '\r' ? 1 : 0);
            if (!tokens.add(bytes, from, length, line)) {
                throw problem("line " + (line + 1) + " has the token "
                        + Vocabulary.shown(new String(bytes, from, length, StandardCharsets.UTF_8))
                        + ", which line " + (tokens.find(bytes, from, length) + 1)
                        + " has, too; expected each token once, for its line is its index");
            }
            from = end + 1;
        }
    }

    private void json(int begin) {
        // Without this a byte of 0 would make the parser take the text for UTF-16.
        if (bytes.length < begin + 2 || bytes[begin] == 0 || bytes[begin + 1] == 0) {
            throw notJson();
        }
        try (JsonParser json = JSON.createParser(bytes, begin, bytes.length - begin)) {
            JsonToken first = json.nextToken();
            if (first == JsonToken.START_OBJECT) {
                object(json);
            } else if (first == JsonToken.START_ARRAY) {
                array(json);
            } else {
                throw notJson();
            }
            if (json.nextToken() != null) {
                throw problem("something follows the tokens" + at(json));
            }
        } catch (JacksonException e) {
            throw Json.unsound(name, e);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private void object(JsonParser json) throws IOException {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String token = json.currentName();
            JsonToken value = json.nextToken();
            if (value == JsonToken.VALUE_NUMBER_FLOAT) {
                throw problem("the index of " + Vocabulary.shown(token) + " is " + json.getText()
                        + "; expected a whole number of 0 or more" + at(json));
            }
            if (value != JsonToken.VALUE_NUMBER_INT) {
                throw problem("the value of " + Vocabulary.shown(token) + " is no number; expected the index of a token"
                        + at(json));
            }
            if (json.getNumberType() != NumberType.INT || json.getIntValue() < 0) {
                throw problem("the index of " + Vocabulary.shown(token) + " is " + json.getText()
                        + "; expected a whole number from 0 to " + Integer.MAX_VALUE + at(json));
            }
            add(json, token, json.getIntValue());
        }
    }

    private void array(JsonParser json) throws IOException {
        int index = 0;
        for (JsonToken value = json.nextToken(); value != JsonToken.END_ARRAY; value = json.nextToken()) {
            if (value != JsonToken.VALUE_STRING) {
                throw problem(
                        "element " + index + " (from 0) is not text in double quotes; expected a token" + at(json));
            }
            add(json, json.getText(), index++);
        }
    }

    private void add(JsonParser json, String token, int index) {
        byte[] utf8;
        try {
            ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(token));
            utf8 = new byte[encoded.remaining()];
            encoded.get(utf8);
        } catch (CharacterCodingException e) {
            throw problem(
                    "the token " + Vocabulary.shown(token) + " has half a character; expected Unicode" + at(json));
        }
        if (!tokens.add(utf8, 0, utf8.length, index)) {
            throw problem("the token " + Vocabulary.shown(token) + " is there twice, as index "
                    + tokens.find(utf8, 0, utf8.length) + " and " + index + "; expected each token once" + at(json));
        }
    }

    private static String at(JsonParser json) {
        return " (line " + json.currentTokenLocation().getLineNr() + ")";
    }

    private ModelException notJson() {
        return problem("the file is neither a JSON object of indices by tokens nor an array of tokens");
    }

    private ModelException problem(String what) {
        return new ModelException(name, what);
    }
}
