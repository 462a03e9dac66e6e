package io.sparkrnn.format.bytes;

import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The files that stand beside a model file, in its folder or below: external data, what a file cannot say itself. */
@FunctionalInterface
public interface Companions {
    /** No file at all stands beside it. */
    Companions NONE = name -> null;

    /**
     * A file beside the model file, on the local disk.
     *
     * @param name its path from the model file's folder on, with slashes; the caller has made sure that it leads nowhere
     *     else: it is not absolute and has no {@code ..}
     * @return null when there is no such file
     */
    @Nullable
    Path find(String name);

    /** The files of a folder of the local disk. */
    static Companions in(Path folder) {
        return name -> {
            Path file = folder.resolve(name);
            return Files.isRegularFile(file) ? file : null;
        };
    }
}
