/**
 * From rows to a file, in the tasks. Each class knows only those before it in this list: {@code ValueRange} (what a page says
 * of its numbers), {@code PageCompressor}, {@code HeldPages} (the pages of a row group), {@code ListColumnWriter} (a column),
 * {@code SequenceFileWriter} (a file).
 */
@NullMarked
package io.sparkrnn.parquet.write;

import org.jspecify.annotations.NullMarked;
