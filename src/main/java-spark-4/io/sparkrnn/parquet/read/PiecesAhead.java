package io.sparkrnn.parquet.read;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.io.ParquetFileRange;
import org.apache.parquet.io.SeekableInputStream;

/**
 * Pieces that are on their way while the ones before them are decoded: each is a vectored read of one range, which an object
 * store's client makes a request of at once, in a thread of its own. So a task waits for the first pieces of its columns
 * together, and for the others a fraction of what each request takes.
 *
 * @see <a href="https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-common/filesystem/fsdatainputstream.html">
 *     Hadoop's specification of readVectored</a>
 */
final class PiecesAhead implements Pieces {
    /** As long as parquet-java waits for a vectored read. */
    private static final long PATIENCE_IN_SECONDS = 300;

    /** As many as S3A has on their way of one open file ({@code fs.s3a.vectored.active.ranged.reads}); of more it lets the caller wait. */
    private static final int MOST_ASKED = 4;

    private final SeekableInputStream file;
    private final ByteBufferAllocator allocator;
    private final Deque<ParquetFileRange> asked = new ArrayDeque<>();

    PiecesAhead(SeekableInputStream file, ByteBufferAllocator allocator) {
        this.file = file;
        this.allocator = allocator;
    }

    @Override
    public int mostAsked() {
        return MOST_ASKED;
    }

    @Override
    public void forget() {
        asked.clear();
    }

    @Override
    public void ask(long at, int length) throws IOException {
        ParquetFileRange range = new ParquetFileRange(at, length);
        try {
            file.readVectored(List.of(range), allocator);
        } catch (RuntimeException e) {
            // a client that was closed meanwhile, or can do less than it said: Hadoop promises nothing here
            throw new IOException("asking for " + words(range) + " failed: " + e, e);
        }
        asked.add(range);
    }

    /**
     * As {@link Pieces#take}. A piece that was lost on its way is read once more, in turn: there a client begins again by itself
     * where a connection breaks, which S3A's vectored reads do not.
     */
    @Override
    public int take(byte[] to, int offset) throws IOException {
        ParquetFileRange range = asked.element();
        int length = range.getLength();
        try {
            ByteBuffer bytes = waitFor(range);
            if (bytes.remaining() != length) {
                throw new IOException("a read of " + words(range) + " brought " + bytes.remaining());
            }
            bytes.get(to, offset, length);
        } catch (FileNotFoundException | InterruptedIOException | ChecksumException e) {
            throw e;
        } catch (IOException e) {
            readAgain(range, to, offset, e);
        }
        asked.remove();
        return length;
    }

    private void readAgain(ParquetFileRange range, byte[] to, int offset, IOException lost) throws IOException {
        try {
            file.seek(range.getOffset());
            file.readFully(to, offset, range.getLength());
        } catch (IOException e) {
            e.addSuppressed(lost);
            throw e;
        }
    }

    private static String words(ParquetFileRange range) {
        return range.getLength() + " bytes at byte " + range.getOffset();
    }

    private static ByteBuffer waitFor(ParquetFileRange range) throws IOException {
        try {
            return range.getDataReadFuture().get(PATIENCE_IN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException storage) {
                throw storage;
            }
            throw new IOException("reading " + words(range) + " failed: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException(words(range) + " did not come within " + PATIENCE_IN_SECONDS + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            InterruptedIOException interrupted = new InterruptedIOException("interrupted while waiting for the file");
            interrupted.initCause(e);
            throw interrupted;
        }
    }
}
