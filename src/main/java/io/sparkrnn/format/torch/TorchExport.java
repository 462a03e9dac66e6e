package io.sparkrnn.format.torch;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.Json;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.torch.PickleValue.Dict;
import io.sparkrnn.format.torch.PickleValue.Global;
import io.sparkrnn.format.torch.PickleValue.Int;
import io.sparkrnn.format.torch.PickleValue.None;
import io.sparkrnn.format.torch.PickleValue.Storage;
import io.sparkrnn.format.torch.PickleValue.Str;
import io.sparkrnn.format.torch.PickleValue.Tuple;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * The weights in what torch.export.save writes, a {@code .pt2} archive; its program is not looked at. Since PyTorch 2.9
 * (<a href="https://docs.pytorch.org/docs/stable/export/pt2_archive.html">PT2 archive</a>):
 *
 * <pre>
 *   root/archive_format                             "pt2"
 *   root/data/weights/MODEL_weights_config.json     {"config": {NAME: {"path_name": "weight_0", "use_pickle": false,
 *                                                      "tensor_meta": {"dtype": 7, "sizes": [{"as_int": 8}, ...],
 *                                                      "strides": [...], "storage_offset": {"as_int": 0}}}}}
 *   root/data/weights/weight_0                      a storage: its elements and nothing else
 * </pre>
 *
 * <p>Before, {@code root/data/weights/MODEL.pt}, or {@code serialized_state_dict.pt} at the top: what torch.save writes.
 */
public final class TorchExport {
    private static final String FORMAT = "archive_format";
    private static final String OLD = "serialized_state_dict.pt";
    private static final String WEIGHTS = "data/weights/";
    private static final Set<String> CONFIGS = Set.of("_weights_config.json", "_model_param_config.json");

    private static final long LONGEST_CONFIG = 1L << 26;
    /** Tensors may share storages, so that together they are larger than the file; but not without end. */
    private static final long MOST_SHARED = 4;

    private static final long ALWAYS_READ = 1L << 26;

    /** The numbers of <a href="https://github.com/pytorch/pytorch/blob/main/torch/_export/serde/schema.py">ScalarType</a>. */
    private static final Map<Integer, DType> TYPES = Map.ofEntries(
            Map.entry(1, DType.UINT8),
            Map.entry(2, DType.INT8),
            Map.entry(3, DType.INT16),
            Map.entry(4, DType.INT32),
            Map.entry(5, DType.INT64),
            Map.entry(6, DType.FLOAT16),
            Map.entry(7, DType.FLOAT32),
            Map.entry(8, DType.FLOAT64),
            Map.entry(10, DType.COMPLEX64),
            Map.entry(11, DType.COMPLEX128),
            Map.entry(12, DType.BOOL),
            Map.entry(13, DType.BFLOAT16),
            Map.entry(28, DType.UINT16),
            Map.entry(29, DType.FLOAT8_E4M3),
            Map.entry(30, DType.FLOAT8_E5M2));

    private final Path file;
    private final String name;
    private final long fileLength;
    private final ZipRecords records;

    private TorchExport(Path file, String name, long fileLength, ZipRecords records) {
        this.file = file;
        this.name = name;
        this.fileLength = fileLength;
        this.records = records;
    }

    /** Whether an archive with these records is one of torch.export. */
    public static boolean isOne(Set<String> records) {
        return records.contains(OLD)
                || records.stream().anyMatch(record -> record.equals(FORMAT) || record.endsWith("/" + FORMAT));
    }

    /**
     * The weights of an archive.
     *
     * @param name what messages call the file
     */
    public static Tensors read(Path file, String name) {
        try {
            return new TorchExport(file, name, Files.size(file), ZipRecords.of(file, name)).read();
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private Tensors read() throws IOException {
        if (records.get(OLD) != null) {
            return nested(List.of(OLD));
        }
        String root = records.names().stream()
                .filter(record -> record.equals(FORMAT) || record.endsWith("/" + FORMAT))
                .findFirst()
                .map(record -> record.substring(0, record.length() - FORMAT.length()))
                .orElse("");
        checkByteOrder(root);
        String folder = root + WEIGHTS;
        List<String> configs = records.names().stream()
                .filter(record -> record.startsWith(folder) && CONFIGS.stream().anyMatch(record::endsWith))
                .toList();
        if (configs.isEmpty()) {
            List<String> saved = records.names().stream()
                    .filter(record -> record.startsWith(folder) && record.endsWith(".pt"))
                    .toList();
            if (saved.isEmpty()) {
                throw new ModelException(
                        name,
                        "the file is a PT2 archive without weights (compiled by AOTInductor, perhaps). Save them, in"
                                + " Python: torch.save(exported_program.state_dict, path)");
            }
            return nested(saved);
        }
        Dict weights = new Dict();
        for (String config : configs) {
            String model = config.substring(folder.length(), config.lastIndexOf('_'));
            model = model.replaceFirst("_(weights|model_param)$", "");
            add(config, folder, configs.size() == 1 ? "" : model + ".", weights);
        }
        return TorchTensors.of(weights, name, fileLength, storage -> region(storage.key()))
                .tensors();
    }

    private void checkByteOrder(String root) {
        if (records.get(root + "byteorder") == null) {
            return;
        }
        String order = new String(records.start(root + "byteorder", 16), StandardCharsets.US_ASCII).trim();
        if (!order.equals("little")) {
            throw new ModelException(
                    name,
                    "the numbers in it are in byte order '" + order + "' (record " + root
                            + "byteorder), read is 'little'. Save it again on a little-endian machine");
        }
    }

    /** Adds the tensors of one model, as views of storages whose keys are the names of records. */
    private void add(String config, String folder, String prefix, Dict weights) {
        ZipEntry entry = stored(config);
        if (entry.getSize() > LONGEST_CONFIG) {
            throw new ModelException(
                    name, "record " + config + " has " + entry.getSize() + " bytes, read are up to " + LONGEST_CONFIG);
        }
        String text = new String(records.whole(config), StandardCharsets.UTF_8);
        JsonNode tensors = Json.parse(name, "record " + config, text).path("config");
        for (Map.Entry<String, JsonNode> tensor : tensors.properties()) {
            weights.put(new Str(prefix + tensor.getKey()), view(config, tensor.getKey(), folder, tensor.getValue()));
        }
    }

    private PickleValue view(String config, String tensor, String folder, JsonNode said) {
        JsonNode meta = said.path("tensor_meta");
        DType dtype = TYPES.get(meta.path("dtype").asInt());
        if (said.path("use_pickle").asBoolean(true) || dtype == null) {
            throw new ModelException(
                    name,
                    "tensor '" + tensor + "' is "
                            + (dtype == null ? "of a type that is not read" : "pickled, of a class of its own")
                            + " (record " + config
                            + "). Save the weights, in Python: torch.save(exported_program.state_dict, path)");
        }
        String record = folder + said.path("path_name").asText();
        long length = stored(record).getSize();
        Storage storage = new Storage(null, record, length, 0, length);
        Global call = new Global("tensor_meta", PickleGlobals.Role.TENSOR_WITH_DTYPE, null);
        Global type = new Global(dtype.toString(), PickleGlobals.Role.DTYPE, dtype);
        try {
            return new Rebuild()
                    .call(
                            call,
                            new Tuple(List.of(
                                    storage,
                                    number(meta.path("storage_offset")),
                                    numbers(meta.path("sizes")),
                                    numbers(meta.path("strides")),
                                    None.NONE,
                                    None.NONE,
                                    type)));
        } catch (Rebuild.Refused e) {
            throw new ModelException(name, "tensor '" + tensor + "' of record " + config + ": " + e.getMessage(), e);
        }
    }

    private static PickleValue number(JsonNode node) {
        JsonNode value = node.path("as_int");
        return value.isIntegralNumber() && value.canConvertToLong() ? new Int(value.asLong()) : None.NONE;
    }

    private static PickleValue numbers(JsonNode node) {
        if (!node.isArray()) {
            return None.NONE;
        }
        List<PickleValue> numbers = new ArrayList<>();
        node.forEach(item -> numbers.add(number(item)));
        return new Tuple(List.copyOf(numbers));
    }

    private Region region(String record) {
        return new Region.InZip(file, name, record, stored(record).getSize());
    }

    private ZipEntry stored(String record) {
        @Nullable ZipEntry entry = records.get(record);
        if (entry == null) {
            throw new ModelException(name, "the archive has no record " + record + ". It has: " + records.few());
        }
        if (entry.getMethod() != ZipEntry.STORED
                || entry.getSize() != entry.getCompressedSize()
                || entry.getSize() < 0
                || entry.getSize() > fileLength) {
            throw new ModelException(
                    name,
                    "record " + record
                            + " is compressed, which torch.export does not do, or larger than the file. Save it"
                            + " again");
        }
        return entry;
    }

    /** The tensors of records that are files of torch.save themselves; read at once, for they are not files of the disk. */
    private Tensors nested(List<String> saved) throws IOException {
        Tensors.Builder all = Tensors.builder(name);
        double total = 0;
        for (String record : saved) {
            String prefix = saved.size() == 1
                    ? ""
                    : record.substring(record.lastIndexOf('/') + 1, record.length() - ".pt".length()) + ".";
            Path copy = Files.createTempFile("spark-rnn-", ".pt");
            try {
                copy(stored(record), copy);
                Tensors tensors = TorchZip.read(copy, name).tensors();
                for (String tensor : tensors.names()) {
                    total += (double) tensors.shape(tensor).elements()
                            * tensors.dtype(tensor).byteSize();
                    if (total > Math.max(ALWAYS_READ, MOST_SHARED * fileLength)) {
                        throw new ModelException(
                                name,
                                "the tensors of record " + record + " are more than " + MOST_SHARED
                                        + " times the file: they repeat the same numbers over and over");
                    }
                    Tensor read = tensors.get(tensor);
                    all.add(prefix + tensor, read.dtype(), read.shape(), () -> read);
                }
            } finally {
                Files.deleteIfExists(copy);
            }
        }
        return all.build();
    }

    private void copy(ZipEntry entry, Path copy) {
        records.read(zip -> {
            ZipEntry now = zip.getEntry(entry.getName());
            if (now == null || now.getSize() != entry.getSize()) {
                throw new ModelException(name, "the file changed while it was read");
            }
            try (InputStream in = zip.getInputStream(now);
                    OutputStream out = Files.newOutputStream(copy)) {
                return in.transferTo(out);
            }
        });
    }
}
