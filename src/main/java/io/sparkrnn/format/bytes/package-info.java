/**
 * What all rooms of model files need: regions of a file, zip records, strides, JSON, and the error of a file. Begin
 * with {@link io.sparkrnn.format.bytes.Region}.
 */
@NullMarked
package io.sparkrnn.format.bytes;

import org.jspecify.annotations.NullMarked;
