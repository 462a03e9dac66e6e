package io.sparkrnn.parquet;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.hadoop.codec.ZstandardCodec;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * Compresses pages with the codec of {@code parquet.compression}. Snappy and Zstandard are called on whole pages, where
 * parquet-java's way through Hadoop's streams copies a page some times more; the other codecs go that way.
 */
final class PageCompressor implements AutoCloseable {
    private final CodecFactory factory;
    private final BytesInputCompressor codec;

    PageCompressor(Configuration conf, int pageSize) {
        CompressionCodecName name = ParquetOutputFormat.getCompression(conf);
        this.factory = new CodecFactory(conf, pageSize);
        if (name == CompressionCodecName.SNAPPY) {
            codec = new SnappyPages();
        } else if (name == CompressionCodecName.ZSTD
                && conf.getInt(ZstandardCodec.PARQUET_COMPRESS_ZSTD_WORKERS, 0) == 0) {
            codec = new ZstandardPages(conf.getInt(
                    ZstandardCodec.PARQUET_COMPRESS_ZSTD_LEVEL, ZstandardCodec.DEFAULT_PARQUET_COMPRESS_ZSTD_LEVEL));
        } else {
            codec = factory.getCompressor(name);
        }
    }

    /** The codec. What it returns is valid until it is called again. */
    BytesInputCompressor codec() {
        return codec;
    }

    @Override
    public void close() {
        codec.release();
        factory.release();
    }

    /** A codec that turns one array into another. */
    private abstract static class ArrayPages implements BytesInputCompressor {
        private byte[] compressed = new byte[0];

        @Override
        public final BytesInput compress(BytesInput bytes) throws IOException {
            int size = Math.toIntExact(bytes.size());
            int bound = bound(size);
            if (compressed.length < bound) {
                compressed = new byte[bound];
            }
            ByteBuffer in = heapBuffer(bytes, size);
            int length = compress(in.array(), in.arrayOffset() + in.position(), size, compressed);
            return BytesInput.from(compressed, 0, length);
        }

        abstract int bound(int size);

        abstract int compress(byte[] from, int at, int size, byte[] to) throws IOException;

        /** Without a copy for the arrays that {@link ListColumnWriter} gives. */
        @SuppressWarnings("deprecation") // the newer way copies arrays
        private static ByteBuffer heapBuffer(BytesInput bytes, int size) throws IOException {
            ByteBuffer buffer = bytes.toByteBuffer();
            if (buffer.hasArray() && buffer.remaining() == size) {
                return buffer;
            }
            return bytes.copy(HeapByteBufferAllocator.getInstance(), copy -> {}).toByteBuffer();
        }
    }

    private static final class SnappyPages extends ArrayPages {
        @Override
        int bound(int size) {
            return Snappy.maxCompressedLength(size);
        }

        @Override
        int compress(byte[] from, int at, int size, byte[] to) throws IOException {
            return Snappy.compress(from, at, size, to, 0);
        }

        @Override
        public CompressionCodecName getCodecName() {
            return CompressionCodecName.SNAPPY;
        }

        @Override
        public void release() {}
    }

    private static final class ZstandardPages extends ArrayPages {
        private final ZstdCompressCtx context;

        ZstandardPages(int level) {
            context = new ZstdCompressCtx();
            context.setLevel(level);
        }

        @Override
        int bound(int size) {
            return Math.toIntExact(Zstd.compressBound(size));
        }

        @Override
        int compress(byte[] from, int at, int size, byte[] to) {
            return context.compressByteArray(to, 0, to.length, from, at, size);
        }

        @Override
        public CompressionCodecName getCodecName() {
            return CompressionCodecName.ZSTD;
        }

        @Override
        public void release() {
            context.close();
        }
    }
}
