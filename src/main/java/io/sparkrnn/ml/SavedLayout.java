package io.sparkrnn.ml;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/**
 * Where the files of a network go that is saved: those that are found by their place beside another one stand beside it again.
 */
final class SavedLayout {
    private final Map<String, Set<String>> places = new LinkedHashMap<>();

    /** The file that a Param names goes into a folder of its own. */
    String name(String path, String folder) {
        String place = folder + "/" + unended(path).substring(folder(path).length());
        places.computeIfAbsent(path, file -> new LinkedHashSet<>()).add(place);
        return place;
    }

    /** Files below a folder go where a file does that names them by their paths from there on. */
    void beside(String folder, Iterable<String> files, String into) {
        for (String file : files) {
            if (file.startsWith(folder)) {
                places.computeIfAbsent(file, found -> new LinkedHashSet<>())
                        .add(into + "/" + unended(file.substring(folder.length())));
            }
        }
    }

    /** The places of each file, by its path. */
    Map<String, Set<String>> places() {
        return places;
    }

    /** A path of a folder may end with a slash. */
    private static String unended(String path) {
        return path.replaceFirst("/+$", "");
    }

    /** The folder of a file, with a slash at its end, or empty. */
    static String folder(String path) {
        return path.substring(0, unended(path).lastIndexOf('/') + 1);
    }
}
