package io.sparkrnn.format.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The safetensors format (<a href="https://github.com/huggingface/safetensors#format">its description</a>).
 *
 * <pre>
 *   byte 0         N, the length of the header: 8 bytes, unsigned, little-endian; at most 100 MB
 *   byte 8         the header: N bytes of JSON, an object; spaces may follow it
 *                    {"NAME": {"dtype": "F32", "shape": [8, 5], "data_offsets": [BEGIN, END]}, ...,
 *                     "__metadata__": {"KEY": "TEXT", ...}}
 *   byte 8 + N     the tensors, row-major, little-endian; BEGIN and END count from here
 * </pre>
 *
 * <p>The whole header is checked before any data is read: no name twice, every length what type and shape ask for, the
 * tensors side by side without gap or overlap from the first byte to the file's last.
 */
public final class Safetensors {
    private static final int LENGTH_BYTES = 8;
    private static final long LONGEST_HEADER = 100_000_000;

    private static final Map<String, DType> DTYPES = Map.ofEntries(
            Map.entry("F64", DType.FLOAT64),
            Map.entry("F32", DType.FLOAT32),
            Map.entry("F16", DType.FLOAT16),
            Map.entry("BF16", DType.BFLOAT16),
            Map.entry("F8_E4M3", DType.FLOAT8_E4M3),
            Map.entry("F8_E5M2", DType.FLOAT8_E5M2),
            Map.entry("C64", DType.COMPLEX64),
            Map.entry("I64", DType.INT64),
            Map.entry("I32", DType.INT32),
            Map.entry("I16", DType.INT16),
            Map.entry("I8", DType.INT8),
            Map.entry("U64", DType.UINT64),
            Map.entry("U32", DType.UINT32),
            Map.entry("U16", DType.UINT16),
            Map.entry("U8", DType.UINT8),
            Map.entry("BOOL", DType.BOOL));

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(8)
                    .maxStringLength(10_000_000)
                    .build())
            .build();

    private final Path file;
    private final String name;
    private final long fileLength;

    private Safetensors(Path file, String name, long fileLength) {
        this.file = file;
        this.name = name;
        this.fileLength = fileLength;
    }

    /** An entry of the header; begin and end count from the first byte of data. */
    private record Entry(String tensor, DType dtype, Shape shape, long begin, long end) {}

    /**
     * The tensors of a file.
     *
     * @param name what messages call the file
     */
    public static Tensors read(Path file, String name) {
        try {
            return new Safetensors(file, name, Files.size(file)).read();
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }

    private Tensors read() {
        Region whole = new Region.InFile(file, name, 0, fileLength);
        if (fileLength < LENGTH_BYTES) {
            throw problem("the file has " + fileLength + " bytes, too few for the length of a header", 0);
        }
        long header = ByteBuffer.wrap(whole.read(0, LENGTH_BYTES))
                .order(ByteOrder.LITTLE_ENDIAN)
                .getLong();
        if (header < 0 || header > LONGEST_HEADER) {
            throw problem(
                    "the header should have " + Long.toUnsignedString(header) + " bytes, the format allows "
                            + LONGEST_HEADER,
                    0);
        }
        if (header > fileLength - LENGTH_BYTES) {
            throw problem(
                    "the header should have " + header + " bytes, the file has " + (fileLength - LENGTH_BYTES)
                            + " more. It was probably cut off: copy or save it again",
                    0);
        }
        List<Entry> entries = parse(whole.read(LENGTH_BYTES, (int) header));
        long start = LENGTH_BYTES + header;
        check(entries, start);

        Tensors.Builder tensors = Tensors.builder(name);
        for (Entry entry : entries) {
            Region region = new Region.InFile(file, name, start + entry.begin, entry.end - entry.begin);
            tensors.add(entry.tensor, entry.dtype, entry.shape, () -> load(entry, region));
        }
        return tensors.build();
    }

    private Tensor load(Entry entry, Region region) {
        if (region.length() > Integer.MAX_VALUE - 16) {
            throw new ModelException(
                    name,
                    "tensor '" + entry.tensor + "' is " + entry.dtype + " " + entry.shape
                            + ", more than the 2 GiB that one tensor can have");
        }
        return Tensor.of(entry.dtype, entry.shape, region.read(0, (int) region.length()));
    }

    /** The data must be the tensors side by side, from its first byte to its last. */
    private void check(List<Entry> entries, long start) {
        List<Entry> byPlace = new ArrayList<>(entries);
        byPlace.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
        long end = 0;
        for (Entry entry : byPlace) {
            if (entry.begin != end) {
                throw problem(
                        "tensor '" + entry.tensor + "' should start at data offset " + end
                                + ", where the one before it ends, the header says " + entry.begin,
                        start + end);
            }
            end = entry.end;
        }
        if (end != fileLength - start) {
            throw problem(
                    "the tensors of the header have " + end + " bytes, the file has " + (fileLength - start)
                            + (end > fileLength - start
                                    ? ". It was probably cut off: copy or save it again"
                                    : ": nothing may follow them"),
                    start);
        }
    }

    private List<Entry> parse(byte[] header) {
        // Without this a second byte 0 would make the parser take the header for UTF-16.
        if (header.length < 2 || header[0] != '{' || header[1] == 0) {
            throw problem("the header is not a JSON object", LENGTH_BYTES);
        }
        List<Entry> entries = new ArrayList<>();
        try (JsonParser json = JSON.createParser(header)) {
            json.nextToken();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String tensor = json.currentName();
                if (tensor.equals("__metadata__")) {
                    metadata(json);
                } else {
                    entries.add(entry(json, tensor));
                }
            }
            if (json.nextToken() != null) {
                throw problem("something follows the header's object", at(json));
            }
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            long at = e.getLocation() == null ? 0 : Math.max(0, e.getLocation().getByteOffset());
            throw new ModelException(
                    name,
                    "the header is not sound JSON: " + e.getOriginalMessage() + " (at byte " + (LENGTH_BYTES + at)
                            + ")",
                    e);
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
        return entries;
    }

    private void metadata(JsonParser json) throws IOException {
        expect(json, json.nextToken(), JsonToken.START_OBJECT, "an object of strings in __metadata__");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            expect(json, json.nextToken(), JsonToken.VALUE_STRING, "an object of strings in __metadata__");
        }
    }

    private Entry entry(JsonParser json, String tensor) throws IOException {
        String expected = "{\"dtype\", \"shape\", \"data_offsets\"} for tensor '" + tensor + "'";
        expect(json, json.nextToken(), JsonToken.START_OBJECT, expected);
        long start = at(json);
        @Nullable DType dtype = null;
        @Nullable List<Long> sizes = null;
        @Nullable List<Long> offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            switch (json.currentName()) {
                case "dtype" -> {
                    expect(
                            json,
                            json.nextToken(),
                            JsonToken.VALUE_STRING,
                            "a name of a type for tensor '" + tensor + "'");
                    dtype = DTYPES.get(json.getText());
                    if (dtype == null) {
                        throw problem(
                                "tensor '" + tensor + "' is of dtype " + json.getText() + ", known are "
                                        + DTYPES.keySet().stream().sorted().toList(),
                                at(json));
                    }
                }
                case "shape" -> sizes = numbers(json, "shape", tensor);
                case "data_offsets" -> offsets = numbers(json, "data_offsets", tensor);
                default -> throw problem("expected " + expected + ", found \"" + json.currentName() + "\"", at(json));
            }
        }
        if (dtype == null || sizes == null || offsets == null || offsets.size() != 2) {
            throw problem("expected " + expected + " with two data_offsets", start);
        }
        return entry(tensor, dtype, sizes, offsets, start);
    }

    private Entry entry(String tensor, DType dtype, List<Long> sizes, List<Long> offsets, long at) {
        long begin = offsets.get(0);
        long end = offsets.get(1);
        Shape shape;
        long bytes;
        try {
            shape = Shape.of(sizes.stream().mapToLong(Long::longValue).toArray());
            bytes = Math.multiplyExact(shape.elements(), dtype.byteSize());
        } catch (ArithmeticException | IllegalArgumentException e) {
            throw problem("tensor '" + tensor + "' of shape " + sizes + " is larger than any file", at);
        }
        if (end < begin || end - begin != bytes) {
            throw problem(
                    "tensor '" + tensor + "', " + dtype + " " + shape + ", needs " + bytes
                            + " bytes, its data_offsets are " + offsets,
                    at);
        }
        return new Entry(tensor, dtype, shape, begin, end);
    }

    private List<Long> numbers(JsonParser json, String what, String tensor) throws IOException {
        String expected = "a list of whole numbers from 0 up as " + what + " of tensor '" + tensor + "'";
        expect(json, json.nextToken(), JsonToken.START_ARRAY, expected);
        List<Long> numbers = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json, json.currentToken(), JsonToken.VALUE_NUMBER_INT, expected);
            if (json.getNumberType() == JsonParser.NumberType.BIG_INTEGER || json.getLongValue() < 0) {
                throw problem("expected " + expected + ", found " + json.getText(), at(json));
            }
            numbers.add(json.getLongValue());
        }
        return numbers;
    }

    private void expect(JsonParser json, @Nullable JsonToken token, JsonToken wanted, String what) throws IOException {
        if (token != wanted) {
            throw problem("expected " + what + ", found " + (token == null ? "the end" : json.getText()), at(json));
        }
    }

    /** The place in the file of the token just read. */
    private static long at(JsonParser json) {
        return LENGTH_BYTES + Math.max(0, json.currentTokenLocation().getByteOffset());
    }

    private ModelException problem(String what, long at) {
        return new ModelException(name, what + " (at byte " + at + ")");
    }
}
