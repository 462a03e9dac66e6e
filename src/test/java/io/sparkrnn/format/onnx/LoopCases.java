package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.NetworkCases.linear;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static io.sparkrnn.format.onnx.PublishedCases.forward;
import static io.sparkrnn.format.onnx.PublishedCases.prepare;
import static io.sparkrnn.format.onnx.PublishedCases.size;

import io.sparkrnn.format.onnx.GraphCase.Value;
import java.util.List;

/** Loops, branches, a model's own functions and lists, as scripted modules and newer exporters leave them. */
final class LoopCases {
    private static final long STEPS = GraphCase.STEPS;

    private LoopCases() {}

    static void squeezeIf(GraphCase c) {
        prepare(c, 14);
        Value y = forward(c, c.x(3), "GRU", 4);
        Value score = linear(c, y, 1);
        String same = c.op("Equal", size(c, score.name(), 2) + " " + c.whole(1));
        String name = "if" + c.next();
        OnnxWriter yes = OnnxWriter.message()
                .constant(name + "axes", 2)
                .node("Squeeze", name + "squeeze", score.name() + " " + name + "axes", name + "then")
                .outputOfType(name + "then", c.type)
                .text(2, "yes");
        OnnxWriter no = OnnxWriter.message()
                .node("Identity", name + "same", score.name(), name + "else")
                .outputOfType(name + "else", c.type)
                .text(2, "no");
        String squeezed = c.op(
                "If",
                same,
                OnnxWriter.graphAttribute("then_branch", yes),
                OnnxWriter.graphAttribute("else_branch", no));
        c.output(c.op("Sigmoid", squeezed));
    }

    /** IndRNN: {@code h = relu(W x + u h)}, step by step. */
    static void scriptedLoop(GraphCase c) {
        prepare(c, 15);
        Value x = c.transpose(c.x(3), 1, 0, 2);
        String w = c.weights(3, 4);
        String u = c.weights(4);
        String h = c.constant(new double[4], 1, 4);
        String trips = size(c, x.name(), 0);
        String yes = c.op("Cast", c.whole(1), c.to(OnnxWriter.BOOL));
        String p = "loop" + c.next();
        OnnxWriter body = OnnxWriter.message()
                .text(2, "body")
                .input(p + "i", OnnxWriter.INT64)
                .input(p + "go", OnnxWriter.BOOL)
                .input(p + "h", c.type, 1, 4)
                .node("Gather", p + "step", x.name() + " " + p + "i", p + "x", attribute("axis", 0L))
                .node("MatMul", p + "in", p + "x " + w, p + "wx")
                .node("Mul", p + "own", p + "h " + u, p + "uh")
                .node("Add", p + "sum", p + "wx " + p + "uh", p + "s")
                .node("Relu", p + "bend", p + "s", p + "new")
                .node("Identity", p + "on", p + "go", p + "goes")
                .node("Identity", p + "keep", p + "new", p + "kept")
                .output(p + "goes", OnnxWriter.BOOL)
                .output(p + "new", c.type, 1, 4)
                .output(p + "kept", c.type, 1, 4);
        List<String> given = c.ops("Loop", 2, trips + " " + yes + " " + h, OnnxWriter.graphAttribute("body", body));
        c.output(given.get(0));
        Value steps = c.transpose(new Value(given.get(1), STEPS, 1, 4), 1, 0, 2);
        c.output(forward(c, steps, "LSTM", 2).name());
    }

    static void scan(GraphCase c) {
        prepare(c, 12);
        Value x = c.transpose(c.x(3), 1, 0, 2);
        boolean backward = c.perhaps();
        String p = "scan" + c.next();
        String w = c.weights(3, 3);
        OnnxWriter body = OnnxWriter.message()
                .text(2, "body")
                .input(p + "h", c.type, 1, 3)
                .input(p + "x", c.type, 1, 3)
                .node("MatMul", p + "in", p + "x " + w, p + "wx")
                .node("Add", p + "sum", p + "wx " + p + "h", p + "s")
                .node("Tanh", p + "bend", p + "s", p + "new")
                .node("Identity", p + "keep", p + "new", p + "kept")
                .output(p + "new", c.type, 1, 3)
                .output(p + "kept", c.type, 1, 3);
        List<String> given = c.ops(
                "Scan",
                2,
                c.constant(new double[3], 1, 3) + " " + x.name(),
                OnnxWriter.graphAttribute("body", body),
                attribute("num_scan_inputs", 1L),
                attribute("scan_input_directions", new long[] {backward ? 1 : 0}),
                attribute("scan_output_directions", new long[] {backward ? 1 : 0}));
        c.output(given.get(0));
        c.output(c.transpose(new Value(given.get(1), STEPS, 1, 3), 1, 0, 2).name());
    }

    static void functions(GraphCase c) {
        prepare(c, 18);
        Value x = c.x(4);
        c.function(OnnxWriter.message()
                .text(1, "aten_linear")
                .text(4, "x")
                .text(4, "w")
                .text(4, "b")
                .text(5, "y")
                .functionNode("Transpose", "w", "t", attribute("perm", 1, 0))
                .functionNode("MatMul", "x t", "p")
                .functionNode("Add", "p b", "y"));
        c.function(OnnxWriter.message()
                .text(1, "aten_leaky_relu")
                .text(4, "self")
                .text(5, "result")
                .text(6, "slope")
                .functionNode(
                        "LeakyRelu",
                        "self",
                        "result",
                        OnnxWriter.message()
                                .text(1, "alpha")
                                .number(20, 1)
                                .text(21, "slope")
                                .bytes()));
        c.function(OnnxWriter.message()
                .text(1, "net_Head")
                .text(4, "x")
                .text(4, "w")
                .text(4, "b")
                .text(5, "y")
                .functionCall("aten_linear", "x w b", "p")
                .functionCall("aten_leaky_relu", "p", "y", attribute("slope", 0.25f)));
        c.function(OnnxWriter.message()
                .text(1, "net_GRU")
                .text(4, "x")
                .text(4, "w")
                .text(4, "r")
                .text(5, "y")
                .functionNode("Transpose", "x", "t", attribute("perm", 1, 0, 2))
                .functionNode(
                        "GRU", "t w r", "raw -", attribute("hidden_size", 3L), attribute("linear_before_reset", 1L))
                .functionNode("Constant", "", "axes", OnnxWriter.tensorAttribute("value", OnnxWriter.longs("", 1)))
                .functionNode("Squeeze", "raw axes", "squeezed")
                .functionNode("Transpose", "squeezed", "y", attribute("perm", 1, 0, 2)));
        Value head = new Value(c.own("net_Head", x.name() + " " + c.weights(5, 4) + " " + c.weights(5)), 1, STEPS, 5);
        Value states = new Value(
                c.own("net_GRU", head.name() + " " + c.weights(1, 9, 5) + " " + c.weights(1, 9, 3)), 1, STEPS, 3);
        c.output(c.own("net_Head", states.name() + " " + c.weights(2, 3) + " " + c.weights(2)));
    }

    static void lists(GraphCase c) {
        prepare(c, 13);
        Value x = c.x(6);
        String sizes = c.longs(2, 4);
        String split = c.op("SplitToSequence", x.name() + " " + sizes, attribute("axis", 2L));
        Value left = new Value(c.op("SequenceAt", split + " " + c.whole(0)), 1, STEPS, 2);
        Value right = new Value(c.op("SequenceAt", split + " " + c.whole(1)), 1, STEPS, 4);
        Value y = forward(c, left, "GRU", 3);
        Value z = forward(c, right, "LSTM", 3);
        String pairs = c.op("SequenceConstruct", y.name() + " " + z.name());
        c.output(c.op("ConcatFromSequence", pairs, attribute("axis", 2L)));
        c.output(c.op("ConcatFromSequence", pairs, attribute("axis", 0L), attribute("new_axis", 1L)));
        String each = c.op("SplitToSequence", y.name(), attribute("axis", 1L), attribute("keepdims", 0L));
        c.output(c.op("SequenceAt", each + " " + c.whole(-1)));
        String longer = c.op("SequenceInsert", pairs + " " + y.name());
        c.output(c.op("ConcatFromSequence", longer, attribute("axis", 2L)));
    }
}
