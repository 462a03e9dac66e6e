package io.sparkrnn.engine;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gemm;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Head;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * A head as nodes of a graph, from rows of states [R, W] to rows of scores [R, O]: a {@link Gemm} for each linear layer, a
 * {@link Function.Activate} for each function, {@link Softmax} over a row. No row sees another.
 */
final class HeadNodes {
    private static final String STATES = "states";
    private static final String SCORE = "score";

    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private String last = STATES;

    private HeadNodes() {}

    /** The graph of a head: its input has a step for each row of states, its output one for each row of scores. */
    static Graph of(Head head) {
        HeadNodes made = new HeadNodes();
        for (Head.Stage stage : head.stages()) {
            if (stage instanceof Head.Linear linear) {
                made.add(linear);
            } else if (stage instanceof Head.Pointwise pointwise) {
                made.add(new Function.Activate(pointwise.function()));
            }
        }
        switch (head.finish()) {
            case NONE -> {
                // the numbers as they are
            }
            case SIGMOID -> made.add(new Function.Activate(Activation.SIGMOID));
            case SOFTMAX -> made.add(new Softmax(Softmax.Of.SOFTMAX, -1, Softmax.Along.AXIS));
        }
        made.nodes.add(new Node(SCORE, new Identity(), List.of(made.last), List.of(SCORE)));
        return new Graph(
                List.of(new GraphInput(STATES, List.of(GraphInput.STEPS, head.inputSize()), OptionalLong.empty())),
                made.constants,
                made.nodes,
                List.of(new GraphOutput(SCORE, GraphOutput.Form.NUMBERS_OF_STEP, 0, head.outputSize())));
    }

    private void add(Head.Linear linear) {
        String name = "linear " + nodes.size();
        constants.put(name + "/weight", linear.weight());
        String bias = "";
        Tensor numbers = linear.bias();
        if (numbers != null) {
            bias = name + "/bias";
            constants.put(bias, numbers);
        }
        add(new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED), last, name + "/weight", bias);
    }

    private void add(Operator operator) {
        add(operator, last);
    }

    private void add(Operator operator, String... taken) {
        String given = "head/" + nodes.size();
        nodes.add(new Node(given, operator, List.of(taken), List.of(given)));
        last = given;
    }
}
