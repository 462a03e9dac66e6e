package io.sparkrnn.job;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * What a door gave, in one word: rows of an id and final states, in whatever order they came. It needs nothing but Scala and
 * Spark's rows, for a client of Spark Connect has no more.
 */
final class RowsChecksum {
    private RowsChecksum() {}

    /**
     * How many rows there are, and the sum of a hash of each: of its id and of the bits of its numbers.
     *
     * @param rows id (string), h_n (float lists, one for each layer and direction)
     */
    static String of(List<Row> rows) {
        long sum = 0;
        for (Row row : rows) {
            StringBuilder text = new StringBuilder(row.getString(0));
            append(text, row.get(1));
            sum += ByteBuffer.wrap(sha256(text.toString())).getLong();
        }
        return String.format(Locale.ROOT, "%d rows %016x", rows.size(), sum);
    }

    private static void append(StringBuilder text, @Nullable Object value) {
        if (value instanceof scala.collection.Seq<?> elements) {
            text.append('[');
            scala.collection.Iterator<?> each = elements.iterator();
            while (each.hasNext()) {
                append(text, each.next());
            }
            text.append(']');
        } else if (value instanceof Float number) {
            text.append(' ').append(Integer.toHexString(Float.floatToRawIntBits(number)));
        } else {
            throw new IllegalArgumentException("neither a list nor a float: " + value);
        }
    }

    private static byte[] sha256(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
