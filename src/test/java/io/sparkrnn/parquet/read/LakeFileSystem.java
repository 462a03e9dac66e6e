package io.sparkrnn.parquet.read;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.StreamCapabilities;

/**
 * The local disk as a storage that says, as S3A does, that it takes several requests at once. It remembers who read what: by
 * position, as vectored reads do, or in turn. Hadoop makes it by its name, so it is public.
 */
public final class LakeFileSystem extends RawLocalFileSystem {
    static final String SCHEME = "lake";

    /** A read by position. */
    record Read(String file, long at, int length) {
        long end() {
            return at + length;
        }
    }

    static final List<Read> BY_POSITION = Collections.synchronizedList(new ArrayList<>());

    /** Reads by position fail that include this byte. */
    static volatile long failingByte = -1;

    static void use(Configuration conf) {
        conf.setClass("fs." + SCHEME + ".impl", LakeFileSystem.class, org.apache.hadoop.fs.FileSystem.class);
        BY_POSITION.clear();
        failingByte = -1;
    }

    @Override
    public URI getUri() {
        return URI.create(SCHEME + ":///");
    }

    @Override
    public String getScheme() {
        return SCHEME;
    }

    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
        return new FSDataInputStream(new Stream(file.getName(), super.open(file, bufferSize)));
    }

    private static final class Stream extends FSInputStream implements StreamCapabilities {
        private final String name;
        private final FSDataInputStream local;

        Stream(String name, FSDataInputStream local) {
            this.name = name;
            this.local = local;
        }

        @Override
        public boolean hasCapability(String capability) {
            return capability.equals("in:readvectored");
        }

        @Override
        public void readFully(long position, byte[] buffer, int offset, int length) throws IOException {
            BY_POSITION.add(new Read(name, position, length));
            if (position <= failingByte && failingByte < position + length) {
                throw new IOException("the lake is frozen");
            }
            local.readFully(position, buffer, offset, length);
        }

        @Override
        public void seek(long position) throws IOException {
            local.seek(position);
        }

        @Override
        public long getPos() throws IOException {
            return local.getPos();
        }

        @Override
        public boolean seekToNewSource(long position) throws IOException {
            return local.seekToNewSource(position);
        }

        @Override
        public int read() throws IOException {
            return local.read();
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            return local.read(buffer, offset, length);
        }

        @Override
        public void close() throws IOException {
            local.close();
        }
    }
}
