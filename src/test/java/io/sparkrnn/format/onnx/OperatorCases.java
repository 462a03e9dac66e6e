package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** For each operator that is run graphs with it and everything it can be told. */
public final class OperatorCases {
    private OperatorCases() {}

    /** By the names of the operators. */
    public static Map<String, Consumer<GraphCase>> all() {
        Map<String, Consumer<GraphCase>> cases = new TreeMap<>();
        FunctionCases.functions(cases);
        FunctionCases.furtherFunctions(cases);
        PairCases.pairs(cases);
        ReductionCases.reductions(cases);
        ShapeCases.shapes(cases);
        PlaceCases.places(cases);
        LayerCases.layers(cases);
        LayerCases.furtherLayers(cases);
        return cases;
    }

    static String apply(GraphCase c, String opType, Value value, byte[]... attributes) {
        return c.op(opType, value.name(), attributes);
    }

    static byte[][] with(byte[][] attributes, byte[]... more) {
        byte[][] all = Arrays.copyOf(attributes, attributes.length + more.length);
        System.arraycopy(more, 0, all, attributes.length, more.length);
        return all;
    }
}
