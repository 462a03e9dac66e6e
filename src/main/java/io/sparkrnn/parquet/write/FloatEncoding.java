package io.sparkrnn.parquet.write;

import java.util.Arrays;
import java.util.Locale;
import org.apache.parquet.column.Encoding;

/** How the numbers of float lists are laid out in a page. */
public enum FloatEncoding {
    /** One number after the other: what every reader reads. */
    PLAIN(Encoding.PLAIN),

    /**
     * All first bytes, then all second bytes, and so on: the codecs (zstd above all) find more in it. Spark 4.1's
     * vectorised reader refuses it for want of a decoder; its other reader, this format, DuckDB and pyarrow read it.
     *
     * @see <a href="https://github.com/apache/parquet-format/blob/master/Encodings.md">Parquet's encodings</a>
     */
    BYTE_STREAM_SPLIT(Encoding.BYTE_STREAM_SPLIT);

    /** The write option that chooses one by name. */
    public static final String OPTION = "floatEncoding";

    private final Encoding encoding;

    FloatEncoding(Encoding encoding) {
        this.encoding = encoding;
    }

    Encoding parquet() {
        return encoding;
    }

    /**
     * The encoding called {@code name}, in letters of either case.
     *
     * @throws IllegalArgumentException when there is none
     */
    public static FloatEncoding named(String name) {
        for (FloatEncoding encoding : values()) {
            if (encoding.toString().equals(name.toLowerCase(Locale.ROOT))) {
                return encoding;
            }
        }
        throw new IllegalArgumentException(
                "option " + OPTION + " is '" + name + "'; expected one of " + Arrays.toString(values()));
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
