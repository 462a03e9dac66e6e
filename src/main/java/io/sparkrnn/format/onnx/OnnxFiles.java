package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * An ONNX file and the files beside it that have its external data; and a count of the memory that its tensors take, for a
 * small file can name the same bytes a thousand times. Not for several threads at once.
 */
final class OnnxFiles {
    /** Up to so many bytes of tensors without question. */
    private static final long ALWAYS_READ = 1L << 26;

    /** How many times the files' size the tensors may be, with all steps of those that follow from others. */
    private static final int MOST_REPEATED = 8;

    private final String file;
    private final Companions companions;
    private final Map<String, Region.InFile> companionFiles = new HashMap<>();
    private long length;
    private double charged;

    /**
     * @param file what messages call the file
     * @param length of the file, in bytes
     * @param companions the files beside it
     */
    OnnxFiles(String file, long length, Companions companions) {
        this.file = file;
        this.length = length;
        this.companions = companions;
    }

    ModelException problem(String what) {
        return new ModelException(file, what);
    }

    /**
     * Counts an array that is about to be made.
     *
     * @return its size in bytes
     */
    int charge(Shape shape, DType dtype, String what) {
        double bytes = (double) shape.elements() * dtype.byteSize();
        charged += bytes;
        if (bytes > Integer.MAX_VALUE - 16) {
            throw problem(what + " is " + dtype + " " + shape + ", more than the 2 GiB that one tensor can have");
        }
        if (charged > Math.max(ALWAYS_READ, (double) MOST_REPEATED * length)) {
            throw problem(String.format(
                    Locale.ROOT,
                    "with %s, the tensors are %.0f bytes, the files %d: they repeat the same numbers over and over",
                    what,
                    charged,
                    length));
        }
        return (int) bytes;
    }

    /**
     * The elements of a tensor in a file beside this one (<a
     * href="https://github.com/onnx/onnx/blob/main/docs/ExternalData.md">external data</a>).
     *
     * @param count the bytes that its shape asks for
     */
    byte[] external(OnnxTensor tensor, OnnxTensor.External external, int count) {
        String title = "tensor '" + tensor.name() + "' (" + tensor.typeName() + " " + tensor.shape() + ")";
        Region.InFile region = companion(title, external.location());
        if (external.length() >= 0 && external.length() != count) {
            throw problem(title + " has " + external.length() + " bytes of external data in '" + external.location()
                    + "'; its shape makes " + count);
        }
        // Not offset + count, which could overflow.
        if (external.offset() > region.length() - count) {
            throw problem(title + " is at bytes " + external.offset() + " and on of '" + external.location()
                    + "', which ends before byte " + external.offset() + " + " + count + ": it has " + region.length()
                    + ". Copy it again, together with the ONNX file");
        }
        return region.read(external.offset(), count);
    }

    private Region.InFile companion(String title, String location) {
        Region.InFile known = companionFiles.get(location);
        if (known != null) {
            return known;
        }
        boolean outside = location.isEmpty()
                || location.startsWith("/")
                || location.indexOf('\\') >= 0
                || location.indexOf(':') >= 0
                || location.chars().anyMatch(Character::isISOControl)
                || Arrays.asList(location.split("/", -1)).contains("..");
        if (outside) {
            throw problem(title + " has its data in '" + location
                    + "', which is not read: external data has to be in the folder of the ONNX file, or below");
        }
        Path path = companions.find(location);
        if (path == null) {
            throw problem(title + " has its data in '" + location
                    + "', and there is no such file beside the ONNX file: copy it there, under this name");
        }
        Region.InFile region =
                new Region.InFile(path, file + " (" + location + ")", 0, OnnxTensor.size(path, location));
        length += region.length();
        companionFiles.put(location, region);
        return region;
    }
}
