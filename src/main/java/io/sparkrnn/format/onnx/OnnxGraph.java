package io.sparkrnn.format.onnx;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A graph of operators (<a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">GraphProto</a>). All lists and
 * maps are unmodifiable.
 *
 * @param initializers the constant tensors by name
 * @param sparse the names of constant tensors in a sparse form
 * @param inputs what the graph is given
 * @param outputs the names of what it gives
 */
record OnnxGraph(
        List<Node> nodes,
        Map<String, OnnxTensor> initializers,
        List<String> sparse,
        List<Input> inputs,
        List<String> outputs) {

    /**
     * A model: the graph and what is said of it.
     *
     * @param producer who wrote it, such as {@code pytorch}; empty when not said
     * @param producerVersion such as {@code 1.13.0}; empty when not said
     * @param opset the version of ONNX's own operators; 0 when the graph uses none
     * @param functions those of the model itself
     */
    record Model(String producer, String producerVersion, long opset, OnnxGraph graph, List<Function> functions) {}

    /**
     * An operator that a model has of its own, made of others.
     *
     * @param defaults the attributes that a call may leave out
     */
    record Function(
            String domain,
            String name,
            List<String> inputs,
            List<String> outputs,
            Map<String, Attribute> defaults,
            List<Node> nodes) {}

    /**
     * An input of a graph.
     *
     * @param type ONNX's number of the type of its elements; 0 when nothing is said
     * @param shape a size for each dimension, -1 for one that is not fixed; null when nothing is said
     */
    record Input(String name, long type, @Nullable List<Long> shape) {}

    /**
     * An operator.
     *
     * @param inputs names of values; empty for one that is left out
     * @param outputs names of values; empty for one that is not wanted
     * @param at its place in the file, in bytes
     */
    record Node(
            String opType,
            String domain,
            String name,
            List<String> inputs,
            List<String> outputs,
            Map<String, Attribute> attributes,
            long at) {

        /** Whether it is one of ONNX's own operators. */
        boolean isStandard() {
            return domain.isEmpty() || domain.equals("ai.onnx");
        }

        boolean isRecurrent() {
            return isStandard() && (opType.equals("LSTM") || opType.equals("GRU") || opType.equals("RNN"));
        }

        /** The name of an input; empty when it has none. */
        String input(int index) {
            return index < inputs.size() ? inputs.get(index) : "";
        }

        /** The number of an attribute. */
        long number(String attribute, long absent) {
            Attribute found = attributes.get(attribute);
            return found == null ? absent : found.number;
        }

        /** The whole numbers of an attribute; null when it has none of the name. */
        @Nullable
        List<Long> numbers(String attribute) {
            Attribute found = attributes.get(attribute);
            return found == null ? null : found.numbers;
        }

        /** Its own name, or what stands for one: {@code LSTM:OUTPUT}. */
        String title() {
            if (!name.isEmpty()) {
                return name;
            }
            return opType + ":"
                    + outputs.stream()
                            .filter(output -> !output.isEmpty())
                            .findFirst()
                            .orElse("");
        }

        /** For messages: {@code LSTM 'encoder'}. */
        @Override
        public String toString() {
            return opType + " '" + title() + "'";
        }
    }

    /**
     * An attribute of a node.
     *
     * @param type the number of its type, which tells what of the rest it has; 0 when it is not said
     * @param reference in a function, the attribute of its call that it is; empty for one that says itself
     */
    record Attribute(
            long type,
            float real,
            long number,
            String text,
            @Nullable OnnxTensor tensor,
            List<Float> reals,
            List<Long> numbers,
            List<String> texts,
            List<OnnxGraph> graphs,
            String reference) {

        /** With other bodies. */
        Attribute with(List<OnnxGraph> others) {
            return new Attribute(type, real, number, text, tensor, reals, numbers, texts, others, reference);
        }

        /** Types of attributes, by the numbers that they have in a file. */
        enum Type {
            FLOAT(1),
            INT(2),
            STRING(3),
            TENSOR(4),
            FLOATS(6),
            INTS(7);

            private final int number;

            Type(int number) {
                this.number = number;
            }
        }

        /** Whether it is of a type, as far as it says. */
        boolean is(Type wanted) {
            return type == 0 || type == wanted.number;
        }
    }
}
