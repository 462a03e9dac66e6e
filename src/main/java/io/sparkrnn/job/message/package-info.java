/** What a run's user is told when it cannot go on, the exit code for whatever started it, and numbers in words. */
@NullMarked
package io.sparkrnn.job.message;

import org.jspecify.annotations.NullMarked;
