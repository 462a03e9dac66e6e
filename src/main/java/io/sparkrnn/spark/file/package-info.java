/** Rows that tasks put into files of their own for the driver: those set aside with a reason, and final states by their ids. */
@NullMarked
package io.sparkrnn.spark.file;

import org.jspecify.annotations.NullMarked;
