/** Options that several commands have: help and the configuration file, which network, and how it is computed. */
@NullMarked
package io.sparkrnn.job.options;

import org.jspecify.annotations.NullMarked;
