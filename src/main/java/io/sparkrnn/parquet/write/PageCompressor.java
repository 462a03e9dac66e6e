package io.sparkrnn.parquet.write;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.CodecFactory;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.hadoop.codec.ZstandardCodec;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.xerial.snappy.Snappy;

/**
 * Compresses pages with the codec of {@code parquet.compression}, from array to array. Snappy and Zstandard are called on
 * whole pages, where parquet-java's way through Hadoop's streams copies a page some times more; the other codecs go that
 * way.
 */
final class PageCompressor implements AutoCloseable {
    private final CompressionCodecName name;
    private final CodecFactory factory;
    private final Pages pages;

    PageCompressor(Configuration conf, int pageSize) {
        this.name = ParquetOutputFormat.getCompression(conf);
        this.factory = new CodecFactory(conf, pageSize);
        boolean severalThreads = conf.getInt(ZstandardCodec.PARQUET_COMPRESS_ZSTD_WORKERS, 0) > 0;
        if (name == CompressionCodecName.UNCOMPRESSED) {
            pages = new CopiedPages();
        } else if (name == CompressionCodecName.SNAPPY) {
            pages = new SnappyPages();
        } else if (name == CompressionCodecName.ZSTD && !severalThreads) {
            pages = new ZstandardPages(conf.getInt(
                    ZstandardCodec.PARQUET_COMPRESS_ZSTD_LEVEL, ZstandardCodec.DEFAULT_PARQUET_COMPRESS_ZSTD_LEVEL));
        } else {
            pages = new OtherPages(factory.getCompressor(name));
        }
    }

    /** The codec's name. */
    CompressionCodecName name() {
        return name;
    }

    /** The codec as parquet-java's column writers want it. */
    BytesInputCompressor parquet() {
        return factory.getCompressor(name);
    }

    /** Starts on {@code size} bytes from byte {@code at} of {@code from} on. Returns the room that they may need. */
    int start(byte[] from, int at, int size) throws IOException {
        return pages.start(from, at, size);
    }

    /** Compresses what was started on to byte {@code at} of {@code to}. Returns the bytes written. */
    int finish(byte[] to, int at) throws IOException {
        return pages.finish(to, at);
    }

    @Override
    public void close() {
        pages.close();
        factory.release();
    }

    private abstract static class Pages {
        byte[] from = new byte[0];
        int from0;
        int size;

        int start(byte[] bytes, int at, int length) throws IOException {
            from = bytes;
            from0 = at;
            size = length;
            return bound();
        }

        abstract int bound() throws IOException;

        abstract int finish(byte[] to, int at) throws IOException;

        void close() {}
    }

    private static final class CopiedPages extends Pages {
        @Override
        int bound() {
            return size;
        }

        @Override
        int finish(byte[] to, int at) {
            System.arraycopy(from, from0, to, at, size);
            return size;
        }
    }

    private static final class SnappyPages extends Pages {
        @Override
        int bound() {
            return Snappy.maxCompressedLength(size);
        }

        @Override
        int finish(byte[] to, int at) throws IOException {
            return Snappy.compress(from, from0, size, to, at);
        }
    }

    private static final class ZstandardPages extends Pages {
        private final ZstdCompressCtx context;

        ZstandardPages(int level) {
            context = new ZstdCompressCtx();
            context.setLevel(level);
        }

        @Override
        int bound() {
            return Math.toIntExact(Zstd.compressBound(size));
        }

        @Override
        int finish(byte[] to, int at) {
            return context.compressByteArray(to, at, to.length - at, from, from0, size);
        }

        @Override
        void close() {
            context.close();
        }
    }

    private static final class OtherPages extends Pages {
        private final BytesInputCompressor codec;
        private byte[] compressed = new byte[0];

        OtherPages(BytesInputCompressor codec) {
            this.codec = codec;
        }

        @Override
        @SuppressWarnings("deprecation") // of toByteArray: the newer ways copy as well
        int bound() throws IOException {
            compressed = codec.compress(BytesInput.from(from, from0, size)).toByteArray();
            return compressed.length;
        }

        @Override
        int finish(byte[] to, int at) {
            System.arraycopy(compressed, 0, to, at, compressed.length);
            int length = compressed.length;
            compressed = new byte[0];
            return length;
        }
    }
}
