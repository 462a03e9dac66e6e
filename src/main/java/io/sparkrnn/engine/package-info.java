/** One way to run a network over sequences, whatever does the arithmetic: what the job, the verification and the tests all use. */
@NullMarked
package io.sparkrnn.engine;

import org.jspecify.annotations.NullMarked;
