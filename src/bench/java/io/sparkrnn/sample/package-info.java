/** Makes the sample of payments in {@code data/}: the table, and the network that is trained on others of the kind. */
@NullMarked
package io.sparkrnn.sample;

import org.jspecify.annotations.NullMarked;
