package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Value;
import org.jspecify.annotations.Nullable;

/** Reads a value that stands within a word: the words of one subject take values that are said in words of any. */
interface SidecarValues {
    /**
     * The value.
     *
     * @param place of it, for messages
     * @param said a word, a name, a step or a chain, as the JSON has it
     * @param before what the value begins with where it says nothing else; null at the beginning of the network
     */
    Value value(String place, @Nullable Object said, @Nullable Value before);
}
