/** The report of a run: what is gathered for it, where it goes, and the command that draws one again. */
@NullMarked
package io.sparkrnn.job.report;

import org.jspecify.annotations.NullMarked;
