package io.sparkrnn.format.network;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a file of weights leaves open. Made by {@link #none}, then said one by one.
 *
 * @param stateDictPrefix what stands before {@code weight_ih_l0} in the names of the network to use, with or without
 *     its last dot, or the last parts of it: {@code encoder.rnn} finds {@code model_state_dict.encoder.rnn.}; empty for
 *     the top level; null when the file has one network only
 * @param node the name of the first recurrent node, of a graph that has several that do not follow each other; null when
 *     it has one only
 * @param nonlinearity of an nn.RNN; null for PyTorch's default, tanh
 * @param tensorNames PyTorch's names ({@code weight_ih_l0}) and what the file calls those tensors; empty when it calls
 *     them so. Unmodifiable
 * @param head which tensors are a head on the network, if any
 */
public record ModelOptions(
        @Nullable String stateDictPrefix,
        @Nullable String node,
        @Nullable Nonlinearity nonlinearity,
        Map<String, String> tensorNames,
        HeadOptions head) {
    public ModelOptions {
        tensorNames = Map.copyOf(tensorNames);
    }

    /** Nothing said: the only network of the file, with PyTorch's defaults. */
    public static ModelOptions none() {
        return new ModelOptions(null, null, null, Map.of(), HeadOptions.none());
    }

    /** These options with this prefix; null for none. */
    public ModelOptions withStateDictPrefix(@Nullable String prefix) {
        return new ModelOptions(prefix, node, nonlinearity, tensorNames, head);
    }

    /** These options with this node; null for none. */
    public ModelOptions withNode(@Nullable String name) {
        return new ModelOptions(stateDictPrefix, name, nonlinearity, tensorNames, head);
    }

    /** These options with this nonlinearity; null for PyTorch's default. */
    public ModelOptions withNonlinearity(@Nullable Nonlinearity wanted) {
        return new ModelOptions(stateDictPrefix, node, wanted, tensorNames, head);
    }

    /** These options with these names. */
    public ModelOptions withTensorNames(Map<String, String> names) {
        return new ModelOptions(stateDictPrefix, node, nonlinearity, names, head);
    }

    /** These options with this head. */
    public ModelOptions withHead(HeadOptions wanted) {
        return new ModelOptions(stateDictPrefix, node, nonlinearity, tensorNames, wanted);
    }

    /** These options, and for what they leave open those of {@code others}. */
    public ModelOptions orElse(ModelOptions others) {
        return new ModelOptions(
                stateDictPrefix == null ? others.stateDictPrefix : stateDictPrefix,
                node == null ? others.node : node,
                nonlinearity == null ? others.nonlinearity : nonlinearity,
                tensorNames.isEmpty() ? others.tensorNames : tensorNames,
                head.orElse(others.head));
    }
}
