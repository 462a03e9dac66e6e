package io.sparkrnn.tensor;

import java.util.Collection;
import java.util.stream.Collectors;

/** A tensor was asked for that a file does not have. The message lists those it has. */
public final class MissingTensorException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int MOST_LISTED = 40;

    MissingTensorException(String source, String name, Collection<String> names) {
        super(source + ": no tensor '" + name + "'; the file has: " + list(names));
    }

    private static String list(Collection<String> names) {
        if (names.isEmpty()) {
            return "no tensor at all";
        }
        String listed = names.stream().limit(MOST_LISTED).collect(Collectors.joining(", "));
        return names.size() <= MOST_LISTED ? listed : listed + ", and " + (names.size() - MOST_LISTED) + " more";
    }
}
