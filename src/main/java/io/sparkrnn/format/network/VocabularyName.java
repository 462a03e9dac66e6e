package io.sparkrnn.format.network;

import org.jspecify.annotations.Nullable;

/**
 * Where a vocabulary is, and what becomes of tokens that are not in it.
 *
 * @param file its path; of one that a sidecar names, relative to the sidecar's folder
 * @param unknown null when such tokens have no index
 */
public record VocabularyName(String file, @Nullable Unknown unknown) {
    /**
     * What unknown tokens become.
     *
     * @param index their index, where it is said as a number
     * @param token the token whose index they have; null where it is said as a number
     */
    public record Unknown(int index, @Nullable String token) {
        /** As a user writes it: an index in digits, or else a token. */
        public static Unknown of(String text) {
            boolean digits =
                    !text.isEmpty() && text.length() < 10 && text.chars().allMatch(c -> c >= '0' && c <= '9');
            return digits ? new Unknown(Integer.parseInt(text), null) : new Unknown(-1, text);
        }
    }
}
