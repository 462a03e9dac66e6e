package io.sparkrnn.parquet.read;

import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.io.SeekableInputStream;

/** How the pieces of a file are read, with the parquet-java that Spark 3.5 brings, 1.13, which knows no vectored reads. */
final class FilePieces {
    private FilePieces() {}

    /** One after the other, from whatever storage. */
    static Pieces of(SeekableInputStream stream, String path, Configuration conf) {
        return new PiecesInTurn(stream);
    }
}
