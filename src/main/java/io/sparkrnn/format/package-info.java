/**
 * Model files: from the bytes of a file to named tensors, and from their names and shapes to a network. One reader a
 * format; {@link io.sparkrnn.format.ModelFile} finds out which. Nothing in a file is ever executed, and whatever is
 * wrong with one is a {@link io.sparkrnn.format.bytes.ModelException}.
 */
@NullMarked
package io.sparkrnn.format;

import org.jspecify.annotations.NullMarked;
