package io.sparkrnn.job.inspect;

import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network as a person would draw it: what it takes of a row, its nodes in order, what comes of it. A shape is a list of sizes in
 * words: numbers, and {@code T}, {@code T-2}, {@code 2T} where the row's number of time steps T counts.
 *
 * @param part whether it is recurrent layers, or all that the file says
 * @param precision it is computed in unless told otherwise
 * @param parameters how many weights it has, which is the sum of those of the nodes
 * @param notes what its user should know, a sentence each
 */
record NetworkDescription(
        Part part,
        Precision precision,
        long parameters,
        List<Input> inputs,
        List<Step> nodes,
        List<Output> outputs,
        List<String> notes) {
    NetworkDescription {
        inputs = List.copyOf(inputs);
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
        notes = List.copyOf(notes);
    }

    /** What of the file it is. */
    enum Part {
        LAYERS("layers"),
        WHOLE("whole");

        private final String text;

        Part(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /**
     * What it takes of a row.
     *
     * @param name also the column's, unless another is named
     * @param type of the column: {@code array<array<number>>}, {@code integer}
     * @param shape of what the column has in a row
     * @param what its values are
     * @param below the number that all indices are below; 0 where nothing says, and for numbers
     * @param taken by which options its column is named
     * @param strings of indices: what is told of the vocabulary that finds those of strings; empty where there is none
     */
    record Input(String name, String type, List<String> shape, Values what, long below, Taken taken, String strings) {
        Input {
            shape = List.copyOf(shape);
        }

        @Override
        public String toString() {
            String indices = below == 0 ? " of indices" : " of indices below " + below;
            return name + " " + sizes(shape) + (what == Values.INDICES ? indices : "");
        }
    }

    /** What an input's values are. */
    enum Values {
        NUMBERS,
        INDICES
    }

    /** How the column of an input is named. */
    enum Taken {
        /** By --features. */
        AS_FEATURES,
        /** By its name or --column; being the only one, by --features, too. */
        BY_NAME_OR_AS_FEATURES,
        /** By its name or --column. */
        BY_NAME
    }

    /**
     * A value that a node gives.
     *
     * @param shape null where it is not known
     */
    record Value(String name, @Nullable List<String> shape) {
        String sizes() {
            return shape == null ? "?" : NetworkDescription.sizes(shape);
        }
    }

    /**
     * A node.
     *
     * @param operator in words, with what it was made with
     * @param inputs the names of the values it takes that are not constants
     * @param parameters how many weights are its own, or come to it first
     * @param kind what it is in a picture
     */
    record Step(String name, String operator, List<String> inputs, List<Value> outputs, long parameters, Kind kind) {
        Step {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
        }
    }

    /** What a node is in a picture. */
    enum Kind {
        RECURRENT,
        OTHER
    }

    /**
     * What comes of it.
     *
     * @param name of the column
     * @param type of the column
     * @param shape of what the column has in a row
     * @param of the values it is made of
     * @param given when it is written
     */
    record Output(String name, String type, List<String> shape, List<String> of, Given given) {
        Output {
            shape = List.copyOf(shape);
            of = List.copyOf(of);
        }

        @Override
        public String toString() {
            return name + " " + sizes(shape);
        }
    }

    /** When an output is written. */
    enum Given {
        BY_DEFAULT,
        /** With --outputs. */
        WHEN_ASKED
    }

    static String sizes(List<String> shape) {
        return "[" + String.join(", ", shape) + "]";
    }
}
