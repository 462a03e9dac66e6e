package io.sparkrnn.format;

import java.util.List;

/** The networks of one file: tensors under PyTorch's names, or the nodes of a graph. */
interface NetworkSource {
    /** What {@link ModelFile#prefixes()} gives. */
    List<String> prefixes();

    /** What {@link ModelFile#network} gives. */
    Network network(ModelOptions options);

    /**
     * A network of this file with the head that the options want.
     *
     * @param network as {@link #network} gave it
     * @throws ModelException when there is no such head, or it does not fit the network
     */
    default Network withHead(Network network, HeadOptions options) {
        throw new ModelException(
                file(),
                "--head " + options.prefix()
                        + ": a head is read from files of tensors under PyTorch's names, not from a"
                        + " graph or a Keras model; leave it out, and go on from the hidden states");
    }

    /** What messages call the file. */
    String file();
}
