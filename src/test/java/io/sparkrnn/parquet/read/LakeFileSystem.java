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

    /** Who reads a byte in vain. */
    enum Fault {
        /** Whoever reads by position, as when a connection breaks: in turn it can be read. */
        ON_ITS_WAY,
        /** Everybody. */
        GONE
    }

    /** Reads fail that include this byte. */
    static volatile long failingByte = -1;

    static volatile Fault fault = Fault.GONE;

    static void use(Configuration conf) {
        conf.setClass("fs." + SCHEME + ".impl", LakeFileSystem.class, org.apache.hadoop.fs.FileSystem.class);
        BY_POSITION.clear();
        failingByte = -1;
        fault = Fault.GONE;
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

    /** A stream that says that it takes several requests, as S3A's do. */
    private static final class Stream extends Plain implements StreamCapabilities {
        private final String name;

        Stream(String name, FSDataInputStream local) {
            super(local);
            this.name = name;
        }

        @Override
        public boolean hasCapability(String capability) {
            return capability.equals("in:readvectored");
        }

        @Override
        public void readFully(long position, byte[] buffer, int offset, int length) throws IOException {
            BY_POSITION.add(new Read(name, position, length));
            failAt(position, length);
            super.readFully(position, buffer, offset, length);
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            long position = getPos();
            int count = super.read(buffer, offset, length);
            if (fault == Fault.GONE) {
                failAt(position, count);
            }
            return count;
        }

        private static void failAt(long position, int length) throws IOException {
            if (position <= failingByte && failingByte < position + length) {
                throw new IOException("the lake is frozen");
            }
        }
    }

    /** A stream with Hadoop's vectored reads, one read after the other. */
    static class Plain extends FSInputStream {
        private final FSDataInputStream local;

        Plain(FSDataInputStream local) {
            this.local = local;
        }

        @Override
        public void readFully(long position, byte[] buffer, int offset, int length) throws IOException {
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
