package io.sparkrnn.graph;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tokens and the index of each: what an input of indices takes of a column of strings. Tokens are told apart by their bytes in
 * UTF-8, as they are: no case is folded, no space is cut off. Immutable; made by {@link #builder}.
 */
public final class Vocabulary implements Serializable {
    private static final long serialVersionUID = 1;

    /** More bytes of tokens than any vocabulary has. */
    private static final int MOST_BYTES = 1 << 30;

    private static final int NONE = -1;

    /** Characters of a token that messages show. */
    private static final int MOST_SHOWN = 40;

    /** The tokens in UTF-8, one after the other. */
    private final byte[] bytes;

    /** Where each token ends. */
    private final int[] ends;

    private final int[] indices;

    /** By a token's hash, and from there on until a free place: which token it is, plus 1; 0 where it is free. */
    private final int[] places;

    private final int unknown;

    private Vocabulary(byte[] bytes, int[] ends, int[] indices, int[] places, int unknown) {
        this.bytes = bytes;
        this.ends = ends;
        this.indices = indices;
        this.places = places;
        this.unknown = unknown;
    }

    /** An empty one to be filled. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * One whose first token has index 0, the second 1, and so on.
     *
     * @throws IllegalArgumentException when a token is there twice
     */
    public static Vocabulary of(List<String> tokens) {
        Builder builder = builder();
        for (int i = 0; i < tokens.size(); i++) {
            builder.add(tokens.get(i), i);
        }
        return builder.build();
    }

    /** One of tokens by their indices, 0 and up. */
    public static Vocabulary of(Map<String, Integer> tokens) {
        Builder builder = builder();
        tokens.forEach(builder::add);
        return builder.build();
    }

    /** This one, with the index that tokens have which are not in it. */
    public Vocabulary withUnknown(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("an index of " + index);
        }
        return new Vocabulary(bytes, ends, indices, places, index);
    }

    /** Collects tokens. */
    public static final class Builder {
        private byte[] bytes = new byte[1 << 12];
        private int[] ends = new int[1 << 8];
        private int[] indices = new int[1 << 8];
        private int[] places = new int[1 << 10];
        private int size;

        private Builder() {}

        /**
         * Adds a token.
         *
         * @throws IllegalArgumentException when it is there already, or the index is negative
         */
        public Builder add(String token, int index) {
            byte[] utf8 = token.getBytes(StandardCharsets.UTF_8);
            if (!add(utf8, 0, utf8.length, index)) {
                throw new IllegalArgumentException("the token \"" + token + "\" is there twice");
            }
            return this;
        }

        /**
         * Adds a token that is there in UTF-8.
         *
         * @return whether it was not there before; one that was keeps its index
         */
        public boolean add(byte[] utf8, int from, int length, int index) {
            if (index < 0) {
                throw new IllegalArgumentException("an index of " + index);
            }
            int place = place(places, bytes, ends, utf8, from, length);
            if (places[place] != 0) {
                return false;
            }
            int begin = size == 0 ? 0 : ends[size - 1];
            int end = Math.addExact(begin, length);
            if (end > MOST_BYTES) {
                throw new IllegalArgumentException("tokens of more than " + MOST_BYTES + " bytes");
            }
            if (end > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(end, (int) Math.min(MOST_BYTES, 2L * bytes.length)));
            }
            System.arraycopy(utf8, from, bytes, begin, length);
            if (size == ends.length) {
                ends = Arrays.copyOf(ends, 2 * size);
                indices = Arrays.copyOf(indices, 2 * size);
            }
            ends[size] = end;
            indices[size] = index;
            places[place] = ++size;
            if (2L * size > places.length) {
                spread();
            }
            return true;
        }

        /** Twice as many places. */
        private void spread() {
            int[] more = new int[2 * places.length];
            for (int token = 0; token < size; token++) {
                int begin = token == 0 ? 0 : ends[token - 1];
                more[place(more, bytes, ends, bytes, begin, ends[token] - begin)] = token + 1;
            }
            places = more;
        }

        /** The index of a token; -1 when it is not there. */
        public int find(byte[] utf8, int from, int length) {
            int found = places[place(places, bytes, ends, utf8, from, length)];
            return found == 0 ? NONE : indices[found - 1];
        }

        public Vocabulary build() {
            return new Vocabulary(
                    Arrays.copyOf(bytes, size == 0 ? 0 : ends[size - 1]),
                    Arrays.copyOf(ends, size),
                    Arrays.copyOf(indices, size),
                    places.clone(),
                    NONE);
        }
    }

    /** Where a token is, or would be. */
    private static int place(int[] places, byte[] bytes, int[] ends, byte[] utf8, int from, int length) {
        int mask = places.length - 1;
        int at = hash(utf8, from, length) & mask;
        while (places[at] != 0) {
            int token = places[at] - 1;
            int begin = token == 0 ? 0 : ends[token - 1];
            if (Arrays.equals(bytes, begin, ends[token], utf8, from, from + length)) {
                return at;
            }
            at = (at + 1) & mask;
        }
        return at;
    }

    private static int hash(byte[] utf8, int from, int length) {
        long hash = length;
        for (int i = from; i < from + length; i++) {
            hash = (hash ^ utf8[i]) * 0x9E37_79B9_7F4A_7C15L;
            hash ^= hash >>> 32;
        }
        return (int) hash;
    }

    /** How many tokens there are. */
    public int size() {
        return ends.length;
    }

    /**
     * The index of a token: {@link #unknown} when it is not there.
     *
     * @param utf8 bytes, of which the token is a part
     */
    public int find(byte[] utf8, int from, int length) {
        int found = places[place(places, bytes, ends, utf8, from, length)];
        return found == 0 ? unknown : indices[found - 1];
    }

    /** The index of a token; {@link #unknown} when it is not there. */
    public int find(String token) {
        byte[] utf8 = token.getBytes(StandardCharsets.UTF_8);
        return find(utf8, 0, utf8.length);
    }

    /** Why an input cannot take the indices; null when it can. */
    public @Nullable String misfit(GraphInput input) {
        long range = input.range().orElse(0);
        for (int place = 0; place < size(); place++) {
            if (indices[place] >= range) {
                return "the token " + shown(token(place)) + " has index " + indices[place] + ", but the network takes "
                        + input;
            }
        }
        return unknown >= range
                ? "unknown tokens are to have index " + unknown + ", but the network takes " + input
                : null;
    }

    /** The index that tokens have which are not there; -1 when there is none for them. */
    public int unknown() {
        return unknown;
    }

    /** One of the tokens, by its place among them. */
    public String token(int place) {
        int begin = place == 0 ? 0 : ends[place - 1];
        return new String(bytes, begin, ends[place] - begin, StandardCharsets.UTF_8);
    }

    /** The index of one of the tokens, by its place among them. */
    public int index(int place) {
        return indices[place];
    }

    /** A token in quotation marks, as messages show it: short, and on one line, whatever is in it. */
    public static String shown(String token) {
        StringBuilder shown = new StringBuilder("\"");
        int count = 0;
        for (int i = 0; i < token.length(); i += Character.charCount(token.codePointAt(i))) {
            if (count++ == MOST_SHOWN) {
                return shown.append("\"...").toString();
            }
            int point = token.codePointAt(i);
            switch (point) {
                case '"', '\\' -> shown.append('\\').appendCodePoint(point);
                case '\n' -> shown.append("\\n");
                case '\r' -> shown.append("\\r");
                case '\t' -> shown.append("\\t");
                default -> {
                    if (isSeen(point)) {
                        shown.appendCodePoint(point);
                    } else {
                        shown.append("\\u{").append(Integer.toHexString(point)).append('}');
                    }
                }
            }
        }
        return shown.append('"').toString();
    }

    /** Not control characters, nor what turns the direction of text, nor what no font has. */
    private static boolean isSeen(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }

    /** In words: {@code 40 tokens}. */
    @Override
    public String toString() {
        return size()
                + (size() == 1 ? " token" : " tokens")
                + (unknown < 0 ? "" : ", unknown ones as index " + unknown);
    }
}
