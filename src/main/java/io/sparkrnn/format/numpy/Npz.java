package io.sparkrnn.format.numpy;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.zip.ZipEntry;

/**
 * What numpy.savez and numpy.savez_compressed write
 * (<a href="https://numpy.org/doc/stable/reference/generated/numpy.savez.html">numpy.savez</a>): a zip archive with a
 * record NAME.npy for each array, stored or deflated; see {@link NpyHeader} for a record's bytes.
 *
 * <p>All headers are checked when the file is opened: the elements must fill the rest of the record just so. Elements
 * are read when asked for, held against the record's check sum, and brought to row-major little-endian order. Arrays of
 * Python objects are refused; arrays of text, dates or records are no tensors and left out.
 */
public final class Npz {
    private static final String SUFFIX = ".npy";

    /** Up to this many bytes a file may unpack to without question. */
    private static final long ALWAYS_READ = 1L << 26;

    /** How many times larger than the file its arrays may be: trained weights hardly compress at all. */
    private static final long MOST_UNPACKED = 64;

    private final String name;
    private final ZipRecords records;
    private final Tensors.Builder tensors;
    private long unpacked;

    private Npz(String name, ZipRecords records) {
        this.name = name;
        this.records = records;
        this.tensors = Tensors.builder(name);
    }

    /**
     * The arrays of an archive.
     *
     * @param name what messages call the file
     * @param records the directory of {@code file}
     */
    public static Tensors read(Path file, String name, ZipRecords records) {
        try {
            return new Npz(name, records).read(Files.size(file));
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private Tensors read(long fileLength) {
        for (String record : records.names()) {
            ZipEntry entry = records.get(record);
            if (entry != null && record.endsWith(SUFFIX)) {
                if (entry.getSize() < 0 || entry.getCompressedSize() > fileLength) {
                    throw new ModelException(name, "record " + record + " is larger than the file, which is damaged");
                }
                unpacked += Math.min(entry.getSize(), Long.MAX_VALUE / 2 - unpacked);
            }
        }
        // Before anything is unpacked: no record is ever unpacked further than it says here.
        if (unpacked > Math.max(ALWAYS_READ, MOST_UNPACKED * fileLength)) {
            throw new ModelException(
                    name,
                    String.format(
                            Locale.ROOT,
                            "its arrays would unpack to %,d bytes, the file has %,d: more than %d times as much, which no"
                                    + " trained network does. Save it with numpy.savez, not compressed",
                            unpacked,
                            fileLength,
                            MOST_UNPACKED));
        }
        for (String record : records.names()) {
            ZipEntry entry = records.get(record);
            if (entry != null && record.endsWith(SUFFIX)) {
                add(record, entry);
            }
        }
        return tensors.build();
    }

    private void add(String record, ZipEntry entry) {
        String name = record.substring(0, record.length() - SUFFIX.length());
        // Names differ because the records' names do.
        NpyArray.of(this.name, name, records.start(record, NpyHeader.LONGEST), entry.getSize())
                .ifPresent(
                        array -> tensors.add(name, array.dtype(), array.header().shape(), () -> load(record, array)));
    }

    private Tensor load(String record, NpyArray array) {
        array.checkSize();
        return array.decode(records.whole(record));
    }

    /** Bytes of all arrays together. */
    public static long unpackedLength(ZipRecords records) {
        return records.names().stream()
                .filter(record -> record.endsWith(SUFFIX))
                .mapToLong(record -> {
                    ZipEntry entry = records.get(record);
                    return entry == null ? 0 : entry.getSize();
                })
                .sum();
    }
}
