package io.sparkrnn.parquet.read;

import java.io.IOException;
import org.apache.parquet.ParquetRuntimeException;
import org.jspecify.annotations.Nullable;

/**
 * A Parquet file, or a page in it, is not what its own headers say, or nobody here can read it: which file, column and row
 * group, and what to do.
 */
public final class DamagedFileException extends ParquetRuntimeException {
    private static final long serialVersionUID = 1;

    DamagedFileException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /** Whether a footer could not be had, rather than not be understood: Thrift's errors come with parquet-java's around them. */
    public static boolean isOfTheStorage(IOException e) {
        return e.getCause() == null || e.getCause() instanceof IOException;
    }
}
