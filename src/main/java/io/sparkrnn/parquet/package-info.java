/**
 * Float lists to and from Parquet pages, without touching them one by one: the Spark file format
 * {@code sequence-parquet}. The files are ordinary Parquet. Nothing here knows of networks.
 */
@NullMarked
package io.sparkrnn.parquet;

import org.jspecify.annotations.NullMarked;
