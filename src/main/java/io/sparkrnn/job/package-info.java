/** The command line: the class that spark-submit runs, the commands score and inspect, and the summary of a run. */
@NullMarked
package io.sparkrnn.job;

import org.jspecify.annotations.NullMarked;
