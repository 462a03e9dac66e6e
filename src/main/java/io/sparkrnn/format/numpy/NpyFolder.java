package io.sparkrnn.format.numpy;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of NumPy's array files, as numpy.save writes them: NAME.npy is the tensor NAME. Other files in it, and folders
 * below, are passed over.
 *
 * <p>All headers are checked when the folder is opened; elements are read when asked for.
 */
public final class NpyFolder {
    private static final String SUFFIX = ".npy";

    /** No recurrent network has as many tensors. */
    private static final int MOST_ARRAYS = 100_000;

    private NpyFolder() {}

    /** Whether a folder has array files. */
    public static boolean isOne(Path folder, String name) {
        return !arrays(folder, name).isEmpty();
    }

    /**
     * The arrays of a folder, by name.
     *
     * @param name what messages call the folder
     */
    public static Tensors read(Path folder, String name) {
        Tensors.Builder tensors = Tensors.builder(name);
        for (Path file : arrays(folder, name)) {
            String fileName = String.valueOf(file.getFileName());
            String tensor = fileName.substring(0, fileName.length() - SUFFIX.length());
            try (InputStream in = Files.newInputStream(file)) {
                NpyArray.of(name, tensor, in.readNBytes(NpyHeader.LONGEST), Files.size(file))
                        .ifPresent(array -> tensors.add(
                                tensor, array.dtype(), array.header().shape(), () -> {
                                    array.checkSize();
                                    byte[] whole = new Region.InFile(file, name, 0, array.length())
                                            .read(0, (int) array.length());
                                    return array.decode(whole);
                                }));
            } catch (IOException e) {
                throw ModelException.unreadable(name, e);
            }
        }
        return tensors.build();
    }

    /** Bytes of all array files together. */
    public static long length(Path folder, String name) {
        long length = 0;
        for (Path file : arrays(folder, name)) {
            try {
                length += Files.size(file);
            } catch (IOException e) {
                throw ModelException.unreadable(name, e);
            }
        }
        return length;
    }

    private static List<Path> arrays(Path folder, String name) {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> arrays = files.filter(
                            file -> String.valueOf(file.getFileName()).endsWith(SUFFIX) && Files.isRegularFile(file))
                    .limit(MOST_ARRAYS + 1L)
                    .sorted()
                    .toList();
            if (arrays.size() > MOST_ARRAYS) {
                throw new ModelException(name, "the folder has more than " + MOST_ARRAYS + " arrays");
            }
            return arrays;
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }
}
