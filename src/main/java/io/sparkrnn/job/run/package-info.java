/** What a run tells of itself, for those that come after it: its file, and whether the same was done before. */
@NullMarked
package io.sparkrnn.job.run;

import org.jspecify.annotations.NullMarked;
