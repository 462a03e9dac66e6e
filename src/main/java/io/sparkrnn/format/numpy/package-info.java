/**
 * What numpy.save and numpy.savez write. Begin with {@link io.sparkrnn.format.numpy.Npz}.
 */
@NullMarked
package io.sparkrnn.format.numpy;

import org.jspecify.annotations.NullMarked;
