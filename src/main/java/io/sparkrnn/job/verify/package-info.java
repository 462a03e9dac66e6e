/** The command verify: results held against those of the training framework, or of another engine. */
@NullMarked
package io.sparkrnn.job.verify;

import org.jspecify.annotations.NullMarked;
