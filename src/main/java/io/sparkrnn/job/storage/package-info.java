/** Files and folders, wherever they are: reading them, knowing one by all its addresses, and taking the place of one. */
@NullMarked
package io.sparkrnn.job.storage;

import org.jspecify.annotations.NullMarked;
