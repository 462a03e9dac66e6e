/** What becomes of rows that cannot be scored: where they go, how many may be, and the gate before anything is published. */
@NullMarked
package io.sparkrnn.job.invalid;

import org.jspecify.annotations.NullMarked;
