/** The table to score: the options that say which, and which of its columns are what, and the reading of it. */
@NullMarked
package io.sparkrnn.job.input;

import org.jspecify.annotations.NullMarked;
