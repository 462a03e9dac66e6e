package io.sparkrnn.parquet.read;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.apache.parquet.io.SeekableInputStream;

/**
 * The bytes of one column chunk, read in large pieces from a file that other chunks read from too. What
 * {@link #require} has made sure of lies in {@link #buffer} in one piece.
 */
final class ChunkInput extends InputStream {
    /** Large enough for object stores, where each piece is a request. */
    static final int PIECE = 4 * 1024 * 1024;

    private final SeekableInputStream file;
    private byte[] buffer;
    private int at;
    private int limit;
    private long fileAt;
    private long fileLeft;

    /** No chunk yet; {@code buffer} is reused and grows. */
    ChunkInput(SeekableInputStream file) {
        this.file = file;
        this.buffer = new byte[0];
    }

    /** Starts on the chunk of {@code length} bytes at {@code start}. */
    void start(long start, long length) {
        fileAt = start;
        fileLeft = length;
        at = 0;
        limit = 0;
        int wanted = (int) Math.min(length, PIECE);
        if (buffer.length < wanted) {
            buffer = new byte[wanted];
        }
    }

    /** The bytes of the chunk that are not taken. */
    long left() {
        return limit - at + fileLeft;
    }

    /** Has the next {@code count} bytes in the buffer; false when the chunk has fewer. */
    boolean require(int count) throws IOException {
        if (limit - at >= count) {
            return true;
        }
        if (count > left()) {
            return false;
        }
        System.arraycopy(buffer, at, buffer, 0, limit - at);
        limit -= at;
        at = 0;
        if (buffer.length < count) {
            buffer = Arrays.copyOf(buffer, count);
        }
        int more = (int) Math.min(fileLeft, buffer.length - limit);
        file.seek(fileAt);
        file.readFully(buffer, limit, more);
        limit += more;
        fileAt += more;
        fileLeft -= more;
        return true;
    }

    byte[] buffer() {
        return buffer;
    }

    /** The next byte's place in the buffer. */
    int at() {
        return at;
    }

    /** Takes {@code count} bytes that are in the buffer. */
    void take(int count) {
        at += count;
    }

    @Override
    public int read() throws IOException {
        return require(1) ? buffer[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!require(1)) {
            return -1;
        }
        int count = Math.min(length, limit - at);
        System.arraycopy(buffer, at, to, offset, count);
        at += count;
        return count;
    }
}
