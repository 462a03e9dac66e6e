package io.sparkrnn.parquet.read;

import org.jspecify.annotations.Nullable;

/**
 * Where in the input something was found, for errors.
 *
 * @param file the file's path
 * @param column the leaf column's name, with dots
 * @param rowGroup the row group's number in the file, from 0
 */
record Place(String file, String column, int rowGroup) {
    /** The error for a file that contradicts itself. */
    DamagedFileException damaged(String what) {
        return damaged(what, null);
    }

    /** The error for a file that contradicts itself, as {@code cause} found. */
    DamagedFileException damaged(String what, @Nullable Throwable cause) {
        return new DamagedFileException(
                file + ", column " + column + ", row group " + rowGroup + ": " + what
                        + ". The file is damaged: write or copy it again, or leave it out",
                cause);
    }

    /** The error for a row that no reader of Spark's can give. */
    DamagedFileException tooLong(long bytes) {
        return new DamagedFileException(
                file + ", column " + column + ", row group " + rowGroup + ": a row takes " + bytes
                        + " bytes, more than the 2 GiB that a row of Spark's can hold. Cut its sequence into several rows where"
                        + " the file is written",
                null);
    }

    /** The error for what may well be whole, but does not fit into memory. */
    DamagedFileException tooLarge(String what) {
        return new DamagedFileException(
                file + ", column " + column + ", row group " + rowGroup + ": " + what
                        + ". If the file is whole, read it with format parquet, or give the executors more memory",
                null);
    }
}
