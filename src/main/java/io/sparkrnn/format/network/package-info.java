/**
 * What is found in a model file, and what its user may say of it. Begin with {@link
 * io.sparkrnn.format.network.Network}.
 */
@NullMarked
package io.sparkrnn.format.network;

import org.jspecify.annotations.NullMarked;
