/** The command line: options and configuration, the commands score, inspect and verify, messages and exit codes. */
@NullMarked
package io.sparkrnn.job;

import org.jspecify.annotations.NullMarked;
