package io.sparkrnn.format.network;

import java.util.List;
import java.util.Optional;

/** The networks of one file: tensors under PyTorch's names, or the nodes of a graph. */
public interface NetworkSource {
    /** What {@code ModelFile.prefixes} gives. */
    List<String> prefixes();

    /** What {@code ModelFile.option} gives. */
    String option();

    /** What {@code ModelFile.network} gives. */
    Network network(ModelOptions options);

    /**
     * A network of this file with the head that the options want.
     *
     * @param network as {@link #network} gave it
     * @return empty when this is no file of tensors under PyTorch's names, in which heads are found
     * @throws io.sparkrnn.format.bytes.ModelException when there is no such head, or it does not fit the network
     */
    default Optional<Network> withHead(Network network, HeadOptions options) {
        return Optional.empty();
    }

    /** What {@code ModelFile.saysNonlinearity} gives; a graph says all of its functions. */
    default boolean saysNonlinearity(String prefix) {
        return true;
    }

    /** What {@code ModelFile.whole} gives. */
    default Optional<WholeNetwork> whole() {
        return Optional.empty();
    }

    /**
     * The whole network that a sidecar says of this file's tensors.
     *
     * @param sidecar one with a {@link Sidecar#network}
     * @return empty when this is no file of tensors under PyTorch's names
     * @throws io.sparkrnn.format.bytes.ModelException when the file has not what it says, or it does not fit together
     */
    default Optional<WholeNetwork> said(Sidecar sidecar) {
        return Optional.empty();
    }

    /** What {@code ModelFile.likelyNetwork} gives. */
    default Optional<String> likelyNetwork() {
        return Optional.empty();
    }
}
