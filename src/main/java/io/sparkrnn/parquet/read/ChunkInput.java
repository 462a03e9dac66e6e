package io.sparkrnn.parquet.read;

import java.io.IOException;
import java.io.InputStream;
import org.apache.hadoop.fs.ChecksumException;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one column chunk, in large pieces from a file that other chunks are read from too. What {@link #require} has
 * made sure of lies in {@link #buffer} in one piece. The next pieces are asked for as soon as one is there: a few of them where
 * the file takes several requests at once, and fewer of each column the more columns there are.
 */
final class ChunkInput extends InputStream {
    /**
     * Large enough for object stores, where each piece is a request, and with what an array has beside its bytes not above 4
     * MiB: such an array has a region of G1's heap to itself, or two.
     */
    private static final int LARGEST_PIECE = 4 * 1024 * 1024 - 1024;

    private static final int SMALLEST_PIECE = 256 * 1024;

    /** What the pieces of all columns may take in the buffers; from three columns on, as much again is on its way. */
    private static final int MOST_IN_BUFFERS = 32 * 1024 * 1024;

    /** The buffer grows in steps of this, so that pages of about one size do not make it grow again and again. */
    private static final int STEP = 1024 * 1024;

    private static final int LARGEST_ARRAY = Integer.MAX_VALUE - 8;

    /** The most bytes that can be had in the buffer. */
    static final int MOST_BYTES = LARGEST_ARRAY - LARGEST_PIECE;

    private final Pieces file;
    private final int mostAsked;
    private final int pieceBytes;
    private byte[] buffer;
    private int at;
    private int limit;
    /** The bytes of the chunk that are not in the buffer yet. */
    private long fileLeft;

    private int asked;
    private long askAt;
    private long askLeft;
    private @Nullable IOException failure;

    /** No chunk yet; {@code buffer} is reused and grows. {@code columns} are read at a time, this one among them. */
    ChunkInput(Pieces file, int columns) {
        this.file = file;
        this.mostAsked = Math.max(1, file.mostAsked() / columns);
        this.pieceBytes = Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, MOST_IN_BUFFERS / columns));
        this.buffer = new byte[0];
    }

    /**
     * Starts on the chunk of {@code length} bytes at {@code start}, and asks for the first pieces of it.
     *
     * @throws IOException when it is known at once that they cannot be read
     */
    void start(long start, long length) throws IOException {
        file.forget();
        failure = null;
        asked = 0;
        askAt = start;
        askLeft = length;
        fileLeft = length;
        at = 0;
        limit = 0;
        askAhead();
    }

    private void askAhead() throws IOException {
        while (asked < mostAsked && askLeft > 0) {
            int piece = (int) Math.min(askLeft, pieceBytes);
            file.ask(askAt, piece);
            askAt += piece;
            askLeft -= piece;
            asked++;
        }
    }

    /** The bytes of the chunk that are not taken. */
    long left() {
        return limit - at + fileLeft;
    }

    /** Has the next {@code count} bytes in the buffer, at most {@link #MOST_BYTES}; false when the chunk has fewer. */
    boolean require(int count) throws IOException {
        if (limit - at >= count) {
            return true;
        }
        if (count > left()) {
            return false;
        }
        makeRoomFor(count);
        while (limit < count) {
            takePiece();
        }
        return true;
    }

    private void takePiece() throws IOException {
        try {
            int piece = file.take(buffer, limit);
            asked--;
            limit += piece;
            fileLeft -= piece;
            askAhead();
        } catch (ChecksumException e) {
            // Hadoop's word for bytes that are not those that were written: it is the file, not the way to it.
            throw e;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
    }

    /**
     * Why the file could not be read; null when it could. To be asked by whoever reads through others, which pass an error of
     * the storage on as if the bytes were wrong.
     */
    @Nullable
    IOException failure() {
        return failure;
    }

    /** Moves what is left to the beginning of a buffer in which pieces up to {@code count} bytes have room. */
    private void makeRoomFor(int count) {
        long whole = ((long) count + STEP - 1) / STEP * STEP + pieceBytes;
        int room = (int) Math.min(LARGEST_ARRAY, Math.min(left(), whole));
        byte[] from = buffer;
        if (buffer.length < room) {
            buffer = new byte[room];
        }
        System.arraycopy(from, at, buffer, 0, limit - at);
        limit -= at;
        at = 0;
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
