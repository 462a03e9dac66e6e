/** Where the results go: the options that say so, and the writing of folders and of tables of a catalog. */
@NullMarked
package io.sparkrnn.job.output;

import org.jspecify.annotations.NullMarked;
