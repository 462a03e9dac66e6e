/** The command line: the class that spark-submit runs, the command score, and the summary of a run. */
@NullMarked
package io.sparkrnn.job;

import org.jspecify.annotations.NullMarked;
