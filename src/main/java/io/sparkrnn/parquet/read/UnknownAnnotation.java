package io.sparkrnn.parquet.read;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Types that are younger than the parquet-java at hand. It does not pass over a column of such a type: that of Spark 3.5
 * fails at any file that has one, whoever asks for the column, with a NullPointerException.
 */
public final class UnknownAnnotation {
    private static final int TAIL = 8;
    private static final int MOST_BYTES = 1 << 28;

    private UnknownAnnotation() {}

    /** The error for a file whose footer could not be read, if it has such a column; null if it has not. */
    public static @Nullable DamagedFileException in(HadoopInputFile file) {
        try {
            List<SchemaElement> schema = schema(file);
            String column = "";
            int columnEnd = 0;
            for (int i = 1; i < schema.size(); i++) {
                SchemaElement element = schema.get(i);
                if (i >= columnEnd) {
                    column = element.getName();
                    columnEnd = end(schema, i);
                }
                if (element.isSetLogicalType() && element.getLogicalType().getSetField() == null) {
                    return new DamagedFileException(
                            file.getPath() + ", column " + column
                                    + ": it has a type (such as float16) that is younger than"
                                    + " the parquet-java of this Spark, which can read nothing of a file with it. Write"
                                    + " the file anew with another type, or without the column; or use Spark 4",
                            null);
                }
            }
            return null;
        } catch (IOException | RuntimeException e) {
            // Then the footer is no footer, and whoever asked says so.
            return null;
        }
    }

    /** The place behind element {@code i} and all that is in it. */
    private static int end(List<SchemaElement> schema, int i) {
        int end = i + 1;
        for (int child = schema.get(i).getNum_children(); child > 0; child--) {
            end = end(schema, end);
        }
        return end;
    }

    private static List<SchemaElement> schema(HadoopInputFile file) throws IOException {
        try (SeekableInputStream in = file.newStream()) {
            byte[] tail = new byte[TAIL];
            in.seek(file.getLength() - TAIL);
            in.readFully(tail);
            int length =
                    (tail[0] & 0xff) | ((tail[1] & 0xff) << 8) | ((tail[2] & 0xff) << 16) | ((tail[3] & 0xff) << 24);
            if (length < 0 || length > MOST_BYTES || length > file.getLength() - TAIL) {
                throw new IOException("a footer of " + length + " bytes");
            }
            byte[] footer = new byte[length];
            in.seek(file.getLength() - TAIL - length);
            in.readFully(footer);
            return Util.readFileMetaData(new ByteArrayInputStream(footer), true).getSchema();
        }
    }
}
