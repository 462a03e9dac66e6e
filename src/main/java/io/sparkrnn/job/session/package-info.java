/** The Spark session of a command: its opening, its settings, its running tasks, and names as its SQL takes them. */
@NullMarked
package io.sparkrnn.job.session;

import org.jspecify.annotations.NullMarked;
