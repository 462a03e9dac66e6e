package io.sparkrnn.parquet.read;

import java.io.IOException;

/** The way from a file to the bytes of one column chunk: pieces are asked for, and taken in that order when they are needed. */
interface Pieces {
    /** How many may be asked for and not taken yet, where one column is read. */
    int mostAsked();

    /** Forgets what was asked for and not taken. */
    void forget();

    /**
     * Asks for the {@code length} bytes at {@code at}, more than none.
     *
     * @throws IOException when it is known at once that they cannot be read
     */
    void ask(long at, int length) throws IOException;

    /**
     * Brings the first piece that was asked for and not taken to {@code to} from {@code offset} on; modifies those bytes only.
     * Waits for it.
     *
     * @return its length
     * @throws IOException when the file cannot be read, or ends before
     */
    int take(byte[] to, int offset) throws IOException;
}
