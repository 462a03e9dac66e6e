package io.sparkrnn.format.torch;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.format.torch.PickleValue.BigInt;
import io.sparkrnn.format.torch.PickleValue.Bool;
import io.sparkrnn.format.torch.PickleValue.Dict;
import io.sparkrnn.format.torch.PickleValue.Int;
import io.sparkrnn.format.torch.PickleValue.PyList;
import io.sparkrnn.format.torch.PickleValue.Storage;
import io.sparkrnn.format.torch.PickleValue.Str;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What torch.save wrote before PyTorch 1.6, and still writes with {@code _use_new_zipfile_serialization=False}: five
 * pickles, then the storages.
 *
 * <pre>
 *   pickle    the magic number 0x1950a86a20f9469cfc6c
 *   pickle    the protocol, 1001
 *   pickle    the system: {"protocol_version": 1001, "little_endian": True, "type_sizes": {...}}
 *   pickle    the object; tensors in it name their storages by key
 *   pickle    the list of keys
 *   then for each key, in the order of the list
 *     8 bytes    the number of elements, little-endian
 *     ...        the elements and nothing else
 * </pre>
 *
 * <p>The format:
 * <a href="https://github.com/pytorch/pytorch/blob/main/torch/serialization.py">torch/serialization.py</a>,
 * {@code _legacy_save}.
 */
public final class TorchLegacy {
    private static final BigInteger MAGIC = new BigInteger("1950a86a20f9469cfc6c", 16);
    private static final long PROTOCOL = 1001;

    private final Path file;
    private final String name;
    private final long fileLength;
    private final Map<String, Region> regions = new HashMap<>();

    private TorchLegacy(Path file, String name, long fileLength) {
        this.file = file;
        this.name = name;
        this.fileLength = fileLength;
    }

    /**
     * The tensors of a file.
     *
     * @param name what messages call the file
     */
    public static TorchTensors.Found read(Path file, String name) {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
            return new TorchLegacy(file, name, Files.size(file)).read(in);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private TorchTensors.Found read(InputStream in) {
        PickleInput input = new PickleInput(name, "the file", in, fileLength);
        Unpickler unpickler = new Unpickler(input);
        if (!(unpickler.load() instanceof BigInt magic) || !magic.value().equals(MAGIC)) {
            throw new ModelException(
                    name,
                    "the file is a Python pickle, but torch.save did not write it. In Python:"
                            + " torch.save(module.state_dict(), path)");
        }
        if (!(unpickler.load() instanceof Int protocol) || protocol.value() != PROTOCOL) {
            throw new ModelException(
                    name, "the file is not of protocol " + PROTOCOL + ", the only one PyTorch has had");
        }
        if (!isLittleEndian(unpickler.load())) {
            throw new ModelException(
                    name,
                    "the numbers in it are not in little-endian byte order, or it does not say so. Save it again on a"
                            + " little-endian machine");
        }
        PickleValue object = unpickler.load();
        PickleValue keys = unpickler.load();
        locate(keys, unpickler.storages(), input.position());
        return TorchTensors.of(object, name, fileLength, this::region);
    }

    private static boolean isLittleEndian(PickleValue system) {
        if (system instanceof Dict dict) {
            for (int i = 0; i < dict.keys().size(); i++) {
                if (dict.keys().get(i) instanceof Str key && key.value().equals("little_endian")) {
                    return dict.values().get(i) instanceof Bool little && little.value();
                }
            }
        }
        return false;
    }

    /** Finds where each storage is: they stand one after the other, each with its length before it, to the file's end. */
    private void locate(PickleValue keys, Map<String, Storage> storages, long start) {
        List<PickleValue> order = keys instanceof PyList list ? list.items() : List.of();
        if (!(keys instanceof PyList)) {
            throw new ModelException(name, "the fifth pickle is " + keys.kind() + ", not the list of storages");
        }
        Region whole = new Region.InFile(file, name, 0, fileLength);
        long position = start;
        for (PickleValue item : order) {
            @Nullable Storage storage = item instanceof Str key ? storages.get(key.value()) : null;
            if (storage == null || regions.containsKey(storage.key())) {
                throw new ModelException(
                        name,
                        "the list of storages has "
                                + (item instanceof Str key ? "'" + key.value() + "'" : item.kind())
                                + (storage == null ? ", which no tensor uses" : " twice"));
            }
            if (Long.BYTES > fileLength - position) {
                throw cutOff(storage, position, Long.BYTES);
            }
            long elements = ByteBuffer.wrap(whole.read(position, Long.BYTES))
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getLong();
            if (elements != storage.length()) {
                throw new ModelException(
                        name,
                        "storage '" + storage.key() + "' has " + elements + " elements (at byte " + position
                                + "), the pickle says " + storage.length() + ". The file is damaged; save it again");
            }
            position += Long.BYTES;
            if (elements > (fileLength - position) / storage.unit()) {
                throw cutOff(storage, position, (double) elements * storage.unit());
            }
            long bytes = elements * storage.unit();
            regions.put(storage.key(), new Region.InFile(file, name, position, bytes));
            position += bytes;
        }
        if (position != fileLength) {
            throw new ModelException(
                    name,
                    "there are " + (fileLength - position) + " bytes after the last storage, at byte " + position
                            + ". A file must hold one object and nothing else");
        }
    }

    private ModelException cutOff(Storage storage, long position, double bytes) {
        return new ModelException(
                name,
                String.format(
                        java.util.Locale.ROOT,
                        "storage '%s' should have %.0f bytes from byte %d on, the file has %d more. It was probably cut"
                                + " off: copy or save it again",
                        storage.key(),
                        bytes,
                        position,
                        fileLength - position));
    }

    private Region region(Storage storage) {
        Region region = regions.get(storage.key());
        if (region == null) {
            throw new ModelException(
                    name, "a tensor uses storage '" + storage.key() + "', which is not in the list of storages");
        }
        return region;
    }
}
