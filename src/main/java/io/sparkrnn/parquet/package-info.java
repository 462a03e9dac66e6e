/**
 * Float lists to and from Parquet pages, without touching them one by one: the Spark file format
 * {@code sequence-parquet}. The files are ordinary Parquet. Nothing here knows of networks.
 *
 * <p>This room has the format as Spark sees it, and what can be told of a table's files before a task starts; {@code read} and
 * {@code write} are what the tasks do.
 */
@NullMarked
package io.sparkrnn.parquet;

import org.jspecify.annotations.NullMarked;
