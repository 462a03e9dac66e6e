/**
 * Keras models: what their layers are, their weights, and the graph that is run. Begin with {@link
 * io.sparkrnn.format.keras.Keras}.
 */
@NullMarked
package io.sparkrnn.format.keras;

import org.jspecify.annotations.NullMarked;
