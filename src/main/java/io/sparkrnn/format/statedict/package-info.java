/**
 * Networks in tensors by their names: those that PyTorch gives, those that a user says, and whole networks that a
 * sidecar says. Begin with {@link io.sparkrnn.format.statedict.StateDict}.
 */
@NullMarked
package io.sparkrnn.format.statedict;

import org.jspecify.annotations.NullMarked;
