/**
 * From files to rows, in the tasks: a footer, the pages of each row group, Spark's rows. Each class knows only those before it in
 * this list: {@code Pieces} (from the storage, ahead where it takes several requests),
 * {@code ChunkInput} (bytes of a column chunk), {@code ColumnPages} (its pages, whole and checked), {@code PageLevels} and
 * {@code PageValues} (what is in a page), {@code ListColumnReader} (a column, row by row), {@code RowBuilder} (rows), {@code
 * SequenceRows} (a part of a file).
 */
@NullMarked
package io.sparkrnn.parquet.read;

import org.jspecify.annotations.NullMarked;
