package io.sparkrnn.format.network;

import io.sparkrnn.model.Head;

/**
 * A head found in a file.
 *
 * @param prefix what stands before {@code weight} in the names of its tensors, or before {@code 0.weight} of an
 *     nn.Sequential, without the last dot: {@code head}
 * @param head what it computes, its weights read
 */
public record NamedHead(String prefix, Head head) {}
