package io.sparkrnn.format;

import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Makes small model files, sound and unsound. */
public final class TestFiles {
    private TestFiles() {}

    /** Named tensors of zeros of the given shapes, float32. */
    public static Tensors zeros(Map<String, long[]> shapes) {
        Tensors.Builder tensors = Tensors.builder("test");
        shapes.forEach((name, sizes) -> {
            io.sparkrnn.tensor.Shape shape = io.sparkrnn.tensor.Shape.of(sizes);
            tensors.add(
                    name,
                    io.sparkrnn.tensor.DType.FLOAT32,
                    shape,
                    () -> Tensor.ofFloats(shape, new float[(int) shape.elements()]));
        });
        return tensors.build();
    }

    /** The shapes of a stack as PyTorch names them, with biases. */
    public static Map<String, long[]> stack(String prefix, int gates, int inputs, int hidden, int layers) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        for (int l = 0; l < layers; l++) {
            shapes.put(prefix + "weight_ih_l" + l, new long[] {gates * (long) hidden, l == 0 ? inputs : hidden});
            shapes.put(prefix + "weight_hh_l" + l, new long[] {gates * (long) hidden, hidden});
            shapes.put(prefix + "bias_ih_l" + l, new long[] {gates * (long) hidden});
            shapes.put(prefix + "bias_hh_l" + l, new long[] {gates * (long) hidden});
        }
        return shapes;
    }

    public static byte[] safetensors(String header, byte... data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data)
                .array();
    }

    /** A zip archive with stored records. */
    public static byte[] zip(Map<String, byte[]> records) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            for (Map.Entry<String, byte[]> record : records.entrySet()) {
                CRC32 crc = new CRC32();
                crc.update(record.getValue());
                ZipEntry entry = new ZipEntry(record.getKey());
                entry.setMethod(ZipEntry.STORED);
                entry.setSize(record.getValue().length);
                entry.setCrc(crc.getValue());
                zip.putNextEntry(entry);
                zip.write(record.getValue());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /** A PyTorch archive with this pickle and one storage "0" of so many bytes: 0, 1, 2, ... */
    public static byte[] torch(Pickle pickle, int storageBytes) {
        byte[] storage = new byte[storageBytes];
        for (int i = 0; i < storageBytes; i++) {
            storage[i] = (byte) i;
        }
        Map<String, byte[]> records = new LinkedHashMap<>();
        records.put("m/data.pkl", pickle.bytes());
        records.put("m/data/0", storage);
        return zip(records);
    }

    public static Path write(Path folder, byte[] bytes) {
        try {
            // A file system may flush one that is cut and written anew to the disk, which takes long.
            Path file = folder.resolve("file");
            Files.deleteIfExists(file);
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a pickle of protocol 2, opcode by opcode. */
    public static final class Pickle {
        private final ByteArrayOutputStream out = new ByteArrayOutputStream();

        public Pickle() {
            op(0x80).op(2);
        }

        public Pickle op(int... bytes) {
            for (int b : bytes) {
                out.write(b);
            }
            return this;
        }

        public Pickle text(String text) {
            out.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
            return this;
        }

        public Pickle int32(int value) {
            out.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(value)
                    .array());
            return this;
        }

        /** A str. */
        public Pickle str(String value) {
            return op('X').int32(value.length()).text(value);
        }

        /** An int of up to 64 bits. */
        public Pickle integer(long value) {
            op(0x8a, 8);
            out.writeBytes(ByteBuffer.allocate(8)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putLong(value)
                    .array());
            return this;
        }

        Pickle ints(List<Long> values) {
            op('(');
            values.forEach(this::integer);
            return op('t');
        }

        public Pickle global(String module, String name) {
            return op('c').text(module + "\n" + name + "\n");
        }

        /** A dict entry: a float32 tensor over storage "0". */
        public Pickle tensor(String name, long storageElements, long offset, List<Long> size, List<Long> stride) {
            str(name).global("torch._utils", "_rebuild_tensor_v2").op('(');
            op('(').str("storage").global("torch", "FloatStorage").str("0").str("cpu");
            integer(storageElements).op('t', 'Q');
            return integer(offset).ints(size).ints(stride).op(0x89).op('}').op('t', 'R', 's');
        }

        public byte[] bytes() {
            return out.toByteArray();
        }
    }
}
