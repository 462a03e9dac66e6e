package io.sparkrnn.format.bytes;

import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** A stretch of bytes in a file: a safetensors data section, a storage of PyTorch's. Opened anew for each read. */
public sealed interface Region {
    /** In bytes. */
    long length();

    /**
     * Reads {@code count} bytes from {@code from} on, into a new array. The caller has checked that they are within
     * {@link #length()}.
     *
     * @throws ModelException when the file cannot be read, or is shorter than it was when opened
     */
    byte[] read(long from, int count);

    /**
     * Bytes of the file itself.
     *
     * @param name what messages call the file
     */
    record InFile(Path file, String name, long start, long length) implements Region {
        @Override
        public byte[] read(long from, int count) {
            try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "r")) {
                if (start + from + count > opened.length()) {
                    throw new ModelException(name, "the file became shorter while it was read");
                }
                byte[] bytes = new byte[count];
                opened.seek(start + from);
                opened.readFully(bytes);
                return bytes;
            } catch (IOException e) {
                throw ModelException.unreadable(name, e);
            }
        }
    }

    /**
     * A record of a zip archive, not compressed.
     *
     * @param name what messages call the file
     */
    record InZip(Path file, String name, String record, long length) implements Region {
        @Override
        public byte[] read(long from, int count) {
            try (ZipFile zip = new ZipFile(file.toFile())) {
                ZipEntry entry = zip.getEntry(record);
                if (entry == null || entry.getSize() != length) {
                    throw new ModelException(name, "the file changed while it was read");
                }
                try (InputStream in = zip.getInputStream(entry)) {
                    in.skipNBytes(from);
                    byte[] bytes = in.readNBytes(count);
                    if (bytes.length < count) {
                        throw new ModelException(name, "record " + record + " ends early: the archive is damaged");
                    }
                    return bytes;
                }
            } catch (IOException e) {
                throw ModelException.unreadable(name, e);
            } catch (IllegalArgumentException e) {
                // What ZipFile throws for a record whose name is not UTF-8: there was none when the file was opened.
                throw new ModelException(name, "the file changed while it was read", e);
            }
        }
    }
}
