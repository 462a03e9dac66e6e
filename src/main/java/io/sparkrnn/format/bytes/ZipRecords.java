package io.sparkrnn.format.bytes;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/** The directory of a zip archive: its records by name, no name twice. The archive is opened anew for each read. */
public final class ZipRecords {
    private final Path file;
    private final String name;
    private final Map<String, ZipEntry> entries;

    private ZipRecords(Path file, String name, Map<String, ZipEntry> entries) {
        this.file = file;
        this.name = name;
        this.entries = entries;
    }

    /** Reads something from the open archive. */
    public interface Reading<T> {
        T from(ZipFile zip) throws IOException;
    }

    /**
     * The records of an archive.
     *
     * @param name what messages call the file
     */
    public static ZipRecords of(Path file, String name) {
        return read(file, name, zip -> {
            Map<String, ZipEntry> entries = new LinkedHashMap<>();
            for (ZipEntry entry : entries(zip, name)) {
                if (entries.put(entry.getName(), entry) != null) {
                    throw new ModelException(name, "the archive has two records " + entry.getName());
                }
            }
            return new ZipRecords(file, name, entries);
        });
    }

    private static List<? extends ZipEntry> entries(ZipFile zip, String name) {
        try {
            return zip.stream().toList();
        } catch (IllegalArgumentException e) {
            // What ZipFile throws for a record whose name is not UTF-8.
            throw damaged(name, e);
        }
    }

    private static <T> T read(Path file, String name, Reading<T> reading) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            return reading.from(zip);
        } catch (ZipException e) {
            throw damaged(name, e);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private static ModelException damaged(String name, Exception cause) {
        return new ModelException(
                name,
                "it starts as a zip archive, as PyTorch, NumPy and Keras write them, but is not a whole one ("
                        + cause.getMessage()
                        + "). It was probably cut off while it was saved or copied: copy or save it again",
                cause);
    }

    /** The names, in the archive's order; unmodifiable. */
    public Set<String> names() {
        return Collections.unmodifiableSet(entries.keySet());
    }

    /** The record of a name, null if there is none. Its sizes are what the archive claims. */
    @Nullable
    public ZipEntry get(String record) {
        return entries.get(record);
    }

    /** The first names, for a message. */
    public String few() {
        return few(List.copyOf(entries.keySet()));
    }

    public static String few(List<String> names) {
        String listed = String.join(", ", names.subList(0, Math.min(10, names.size())));
        return names.isEmpty()
                ? "nothing"
                : names.size() <= 10 ? listed : listed + " and " + (names.size() - 10) + " more";
    }

    /** Opens the archive and reads from it. */
    public <T> T read(Reading<T> reading) {
        return read(file, name, reading);
    }

    /**
     * The first bytes of a record: {@code count} of them, or fewer if it has no more.
     *
     * @throws ModelException when the file cannot be read, or changed since
     */
    public byte[] start(String record, int count) {
        return read(zip -> {
            try (InputStream in = stream(zip, record)) {
                return in.readNBytes(count);
            }
        });
    }

    /**
     * The whole of a record, held against its check sum. The caller has checked that its size is one to allocate.
     *
     * @throws ModelException when the record is damaged, is of another size than it says, or the file changed since
     */
    public byte[] whole(String record) {
        return read(zip -> {
            ZipEntry entry = zip.getEntry(record);
            try (InputStream in = stream(zip, record)) {
                byte[] bytes = in.readNBytes((int) entry.getSize());
                CRC32 sum = new CRC32();
                sum.update(bytes);
                if (bytes.length < entry.getSize() || in.read() >= 0 || sum.getValue() != entry.getCrc()) {
                    throw new ModelException(
                            name,
                            "record " + record + " is not what its length and check sum say: the file is damaged. Copy"
                                    + " or save it again");
                }
                return bytes;
            }
        });
    }

    private InputStream stream(ZipFile zip, String record) throws IOException {
        ZipEntry entry = zip.getEntry(record);
        ZipEntry known = entries.get(record);
        if (entry == null || known == null || entry.getSize() != known.getSize()) {
            throw new ModelException(name, "the file changed while it was read");
        }
        InputStream in = zip.getInputStream(entry);
        if (in == null) {
            throw new ModelException(name, "the file changed while it was read");
        }
        return in;
    }
}
