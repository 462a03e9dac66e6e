package io.sparkrnn.parquet.read;

import java.io.IOException;
import org.apache.parquet.io.SeekableInputStream;

/** Pieces that are read when they are taken, as from a local disk, where asking ahead gains nothing. */
final class PiecesInTurn implements Pieces {
    private final SeekableInputStream file;
    private long at;
    private int length;

    PiecesInTurn(SeekableInputStream file) {
        this.file = file;
    }

    @Override
    public int mostAsked() {
        return 1;
    }

    @Override
    public void forget() {
        // what is asked for next takes its place
    }

    @Override
    public void ask(long from, int bytes) {
        at = from;
        length = bytes;
    }

    @Override
    public int take(byte[] to, int offset) throws IOException {
        file.seek(at);
        file.readFully(to, offset, length);
        return length;
    }
}
