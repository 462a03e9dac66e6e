package io.sparkrnn.parquet.read;

import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BufferedFSInputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PositionedReadable;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.bytes.HeapByteBufferAllocator;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.SeekableInputStream;

/** How the pieces of a file are read, with the parquet-java that Spark 4 brings, 1.15 to 1.17, which knows vectored reads. */
final class FilePieces {
    /** parquet-java's own setting, for whoever wants none of it. */
    private static final String VECTORED = "parquet.hadoop.vectored.io.enabled";

    private static final String LOCAL = "file";

    /** Hadoop's default, and streams that pass the call on to one in them. */
    private static final Set<Class<?>> NO_WAY_OF_THEIR_OWN =
            Set.of(PositionedReadable.class, BufferedFSInputStream.class, FSDataInputStream.class);

    private FilePieces() {}

    /**
     * Ahead where the file's storage says that it takes several requests at once, as S3A does.
     *
     * @param path of the file that {@code stream} reads
     */
    static Pieces of(SeekableInputStream stream, String path, Configuration conf) {
        ByteBufferAllocator heap = new HeapByteBufferAllocator();
        boolean ahead = conf.getBoolean(VECTORED, true)
                && !LOCAL.equals(new Path(path).toUri().getScheme())
                && takesSeveral(stream)
                && stream.readVectoredAvailable(heap);
        return ahead ? new PiecesAhead(stream, heap) : new PiecesInTurn(stream);
    }

    /**
     * Hadoop offers vectored reads of every stream; of most they are one read after the other, while the caller waits. A stream
     * that has a way of its own says so by a capability; S3A's has one and does not say it (Hadoop 3.4).
     */
    private static boolean takesSeveral(SeekableInputStream stream) {
        return stream instanceof DelegatingSeekableInputStream parquets
                && parquets.getStream() instanceof FSDataInputStream hadoops
                && (hadoops.hasCapability(StreamCapabilities.VECTOREDIO)
                        || hasItsOwnWay(hadoops.getWrappedStream().getClass()));
    }

    private static boolean hasItsOwnWay(Class<?> stream) {
        try {
            return !NO_WAY_OF_THEIR_OWN.contains(stream.getMethod("readVectored", List.class, IntFunction.class)
                    .getDeclaringClass());
        } catch (NoSuchMethodException e) {
            // no stream that can be read by position
            return false;
        }
    }
}
