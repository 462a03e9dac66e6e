/**
 * What torch.save and torch.export write: pickles, read by an allow-list, in zip archives and in the form of old. Begin
 * with {@link io.sparkrnn.format.torch.TorchZip}.
 */
@NullMarked
package io.sparkrnn.format.torch;

import org.jspecify.annotations.NullMarked;
