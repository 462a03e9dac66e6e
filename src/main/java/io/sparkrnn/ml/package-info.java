/**
 * Networks as stages of Spark's ML pipelines: {@link io.sparkrnn.ml.SequenceTransformer}. The one room that knows spark-mllib; a
 * Spark that has none never loads its classes, for nothing else names them.
 */
@NullMarked
package io.sparkrnn.ml;

import org.jspecify.annotations.NullMarked;
