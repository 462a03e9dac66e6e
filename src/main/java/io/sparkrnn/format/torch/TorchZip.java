package io.sparkrnn.format.torch;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.format.bytes.ZipRecords;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * What torch.save writes since PyTorch 1.6, and torch.jit.save, whose code is not looked at: a zip archive whose records are
 * stored, not compressed. The root folder may have any name.
 *
 * <pre>
 *   root/data.pkl    the object, a pickle; tensors in it name their storages by key
 *   root/data/KEY    a storage: its elements and nothing else
 *   root/byteorder   "little" or "big"; missing in older files, which are little-endian
 *   root/version, root/.format_version, ...    not needed
 * </pre>
 *
 * <p>The format: <a href="https://pytorch.org/docs/stable/notes/serialization.html">serialization semantics</a>. Check
 * sums are not compared: PyTorch may be told to write none, and does not compare them either.
 */
public final class TorchZip {
    /** What a Keras archive has, for the message to who gives one. */
    private static final String WEIGHTS_OF_KERAS = "model.weights.h5";

    private final Path file;
    private final String name;
    private final long fileLength;
    private final ZipRecords records;

    private TorchZip(Path file, String name, long fileLength, ZipRecords records) {
        this.file = file;
        this.name = name;
        this.fileLength = fileLength;
        this.records = records;
    }

    /**
     * What an archive holds.
     *
     * @param name what messages call the file
     */
    public static TorchTensors.Found read(Path file, String name) {
        ZipRecords records = ZipRecords.of(file, name);
        TorchZip archive = new TorchZip(file, name, length(file, name), records);
        return records.read(archive::read);
    }

    private static long length(Path file, String name) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private TorchTensors.Found read(ZipFile zip) throws IOException {
        String root = root();
        checkByteOrder(zip, root);
        ZipEntry pickle = stored(root + "data.pkl");
        PickleValue object;
        try (InputStream in = new BufferedInputStream(zip.getInputStream(pickle))) {
            object = new Unpickler(new PickleInput(name, pickle.getName(), in, pickle.getSize())).load();
        }
        return TorchTensors.of(object, name, fileLength, storage -> region(root, storage));
    }

    /** The folder that data.pkl is in, with its slash. */
    private String root() {
        List<String> pickles = records.names().stream()
                .filter(record -> record.endsWith("/data.pkl") || record.equals("data.pkl"))
                .toList();
        if (pickles.isEmpty()) {
            throw notPyTorch();
        }
        if (pickles.size() > 1) {
            throw new ModelException(name, "the archive has more than one data.pkl: " + ZipRecords.few(pickles));
        }
        return pickles.get(0).substring(0, pickles.get(0).length() - "data.pkl".length());
    }

    private ModelException notPyTorch() {
        if (records.names().contains(WEIGHTS_OF_KERAS)) {
            return new ModelException(
                    name,
                    "the file is a Keras archive without its record config.json. Save the model again, in Python:"
                            + " model.save('model.keras')");
        }
        return new ModelException(
                name,
                "the file is a zip archive, but not one that torch.save or numpy.savez wrote: it has no record data.pkl and none that"
                        + " ends in .npy. It has: "
                        + records.few());
    }

    private void checkByteOrder(ZipFile zip, String root) throws IOException {
        if (!records.names().contains(root + "byteorder")) {
            return;
        }
        try (InputStream in = zip.getInputStream(stored(root + "byteorder"))) {
            String order = new String(in.readNBytes(16), StandardCharsets.US_ASCII).trim();
            if (!order.equals("little")) {
                throw new ModelException(
                        name,
                        "the numbers in it are in byte order '" + order + "' (record " + root
                                + "byteorder), read is 'little'. Save it again on a little-endian machine");
            }
        }
    }

    private Region region(String root, PickleValue.Storage storage) {
        String record = root + "data/" + storage.key();
        long length = stored(record).getSize();
        if (storage.length() > length / storage.unit()) {
            throw new ModelException(
                    name,
                    "record " + record + " has " + length + " bytes, " + storage.length() + " elements of "
                            + storage.unit() + " bytes should be there. The file is damaged; save it again");
        }
        return new Region.InZip(file, name, record, length);
    }

    /** The record of a name, which is in the archive, not compressed, and no longer than the file. */
    private ZipEntry stored(String record) {
        @Nullable ZipEntry entry = records.get(record);
        if (entry == null) {
            throw new ModelException(name, "the archive has no record " + record + ". It has: " + records.few());
        }
        if (entry.getMethod() != ZipEntry.STORED || entry.getSize() != entry.getCompressedSize()) {
            throw new ModelException(
                    name,
                    "record " + record + " is compressed, which torch.save does not do: the archive was packed again."
                            + " Unpack it and pack it without compression (zip -0), or save it again");
        }
        if (entry.getSize() < 0 || entry.getSize() > fileLength) {
            throw new ModelException(
                    name,
                    "record " + record + " should have " + entry.getSize() + " bytes, the whole file has " + fileLength
                            + ". The file is damaged; copy or save it again");
        }
        return entry;
    }
}
