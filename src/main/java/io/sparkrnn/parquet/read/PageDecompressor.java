package io.sparkrnn.parquet.read;

import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputDecompressor;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.jspecify.annotations.Nullable;
import org.xerial.snappy.Snappy;

/** Decompresses pages, from array to array; snappy and Zstandard without the copies of Hadoop's streams. */
final class PageDecompressor implements AutoCloseable {
    private final CodecFactory factory;
    private @Nullable ZstdDecompressCtx zstandard;

    PageDecompressor(Configuration conf) {
        factory = new CodecFactory(conf, 0);
    }

    /** Whether pages of this codec can be read here. */
    static boolean knows(CompressionCodecName codec) {
        return switch (codec) {
            case UNCOMPRESSED, SNAPPY, GZIP, ZSTD, LZ4, LZ4_RAW -> true;
            default -> false;
        };
    }

    /**
     * How many bytes {@code size} compressed bytes can become at most, so that memory is not promised to a header that
     * lies.
     */
    static long mostBytes(CompressionCodecName codec, int size) {
        long perByte = switch (codec) {
            case UNCOMPRESSED -> 1;
            case SNAPPY -> 64;
            case LZ4, LZ4_RAW -> 256;
            case GZIP -> 1040;
            default -> 64 * 1024;
        };
        return codec == CompressionCodecName.UNCOMPRESSED ? size : perByte * size + 64;
    }

    /**
     * Decompresses {@code size} bytes of {@code from} into exactly {@code length} bytes of {@code to}, which has the room.
     *
     * @throws DamagedFileException when it is not that many
     */
    void decompress(
            CompressionCodecName codec, byte[] from, int at, int size, byte[] to, int toAt, int length, Place place) {
        try {
            int found = switch (codec) {
                case UNCOMPRESSED -> copy(from, at, size, to, toAt, length);
                case SNAPPY -> snappy(from, at, size, to, toAt, length);
                case ZSTD -> zstandard().decompressByteArray(to, toAt, length, from, at, size);
                default -> stream(codec, from, at, size, to, toAt, length);
            };
            if (found != length) {
                throw place.damaged("a page has " + found + " bytes after decompression (" + codec
                        + "); its header says " + length);
            }
        } catch (DamagedFileException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Each codec has its own exceptions, checked and unchecked, for bytes that it did not make.
            throw place.damaged("a page cannot be decompressed (" + codec + "): " + e.getMessage(), e);
        }
    }

    private static int copy(byte[] from, int at, int size, byte[] to, int toAt, int length) {
        System.arraycopy(from, at, to, toAt, Math.min(size, length));
        return size;
    }

    private static int snappy(byte[] from, int at, int size, byte[] to, int toAt, int length) throws IOException {
        // Looked at first: the library writes as many bytes as the block says, room or not.
        int says = Snappy.uncompressedLength(from, at, size);
        return says == length ? Snappy.uncompress(from, at, size, to, toAt) : says;
    }

    private ZstdDecompressCtx zstandard() {
        ZstdDecompressCtx context = zstandard;
        if (context == null) {
            context = new ZstdDecompressCtx();
            zstandard = context;
        }
        return context;
    }

    @SuppressWarnings("deprecation") // of toByteArray: the newer ways copy as well
    private int stream(CompressionCodecName codec, byte[] from, int at, int size, byte[] to, int toAt, int length)
            throws IOException {
        BytesInputDecompressor decompressor = factory.getDecompressor(codec);
        byte[] bytes =
                decompressor.decompress(BytesInput.from(from, at, size), length).toByteArray();
        System.arraycopy(bytes, 0, to, toAt, Math.min(bytes.length, length));
        return bytes.length;
    }

    @Override
    public void close() {
        ZstdDecompressCtx context = zstandard;
        if (context != null) {
            context.close();
            zstandard = null;
        }
        factory.release();
    }
}
