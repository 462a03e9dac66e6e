/** Whole jobs, Parquet to Parquet, beside what people write by hand today. Measurements only. */
@NullMarked
package io.sparkrnn.endtoend;

import org.jspecify.annotations.NullMarked;
