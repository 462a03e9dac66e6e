package io.sparkrnn.format;

import java.util.List;

/** The networks of one file: tensors under PyTorch's names, or the nodes of a graph. */
interface NetworkSource {
    /** What {@link ModelFile#prefixes()} gives. */
    List<String> prefixes();

    /** What {@link ModelFile#network} gives. */
    Network network(ModelOptions options);
}
