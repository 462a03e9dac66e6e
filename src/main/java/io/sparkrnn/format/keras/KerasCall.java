package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call of a layer of Keras, whose nodes go into a graph.
 *
 * @param values what it takes
 * @param states what it is given as initial_state
 * @param arguments what else it is told in the call, by name
 */
record KerasCall(KerasWhole whole, KerasLayer layer, List<Value> values, List<Value> states, JsonNode arguments) {
    JsonNode config() {
        return layer.config();
    }

    Value x() {
        if (values.size() != 1) {
            throw refused("takes " + values.size() + " values; expected one");
        }
        return values.get(0);
    }

    String node(Operator operator, String... taken) {
        return whole.node(layer, operator, taken);
    }

    String constant(Tensor tensor) {
        return whole.constant(layer, tensor);
    }

    String wholes(long... values) {
        return whole.wholes(layer, values);
    }

    RuntimeException refused(String what) {
        return whole.refused(layer, what);
    }

    static List<Value> one(String name, int rank, @Nullable String mask) {
        return List.of(new Value(name, rank, mask));
    }
}
