package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.TestFiles.write;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.model.Precision;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes, numbers of nodes, axes and windows that nobody can run are refused in bounded time and memory. */
class HostileSizesTest extends HostileGraphs {
    @Test
    void aMillionNodes() {
        OnnxWriter graph = start();
        String last = "t";
        for (int i = 0; i < 1_000_000; i++) {
            graph.node("Relu", "", last, "r" + i);
            last = "r" + i;
        }
        refused(graph.node("Relu", "", last, "y"), "larger than any recurrent network needs");
    }

    @Test
    void asManyNodesAsAreRun() {
        OnnxWriter graph = start();
        String last = "t";
        for (int i = 0; i < 15_000; i++) {
            graph.node("Relu", "", last, "r" + i);
            last = "r" + i;
        }
        Path path = write(folder, graph.node("Relu", "", last, "y").model(13, "test"));
        long begun = System.nanoTime();
        Graph whole = ModelFile.open(path, "f.onnx").whole().orElseThrow().graph();
        GraphEngines.of(whole, Precision.FLOAT32, KernelChoice.PORTABLE).engine();
        assertThat((System.nanoTime() - begun) / 1_000_000).isLessThan(SLOW_MILLIS);
    }

    @Test
    void manyInputsAndManyConstants() {
        OnnxWriter graph = start();
        for (int i = 0; i < 5000; i++) {
            graph.input("i" + i, OnnxWriter.INT64, -1, -1).initializer(OnnxWriter.longs("c" + i, i));
        }
        for (int i = 0; i < 5000; i++) {
            graph.node("Add", "", "i" + i + " c" + i, "s" + i);
        }
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            all.append(" s").append(i);
        }
        refused(graph.node("Concat", "c", all.toString().trim(), "y", attribute("axis", 0L)), "5000 inputs");
    }

    // ---- sizes ----

    @Test
    void graphsThatDouble() {
        OnnxWriter graph = start();
        String last = "t";
        for (int i = 0; i < 100; i++) {
            graph.node("Concat", "double" + i, last + " " + last, "d" + i, attribute("axis", 2L));
            last = "d" + i;
        }
        refused(graph.node("Relu", "", last, "y"), "'double1", "more than");
        OnnxWriter constants = start().constant("d", 1, 2, 3, 4);
        last = "d";
        for (int i = 0; i < 100; i++) {
            constants.node("Concat", "double" + i, last + " " + last, "d" + i, attribute("axis", 0L));
            last = "d" + i;
        }
        refused(constants.node("Size", "", last, "n").node("Mul", "", "n t", "y"), "'double", "more than");
        OnnxWriter axes = start();
        last = "t";
        axes.initializer(OnnxWriter.tensor("zero", OnnxWriter.INT64, 1, 1, 1, 1)
                .bytes(9, OnnxWriter.raw(0L))
                .bytes());
        for (int i = 0; i < 1000; i++) {
            axes.node("Gather", "axes" + i, last + " zero", "g" + i, attribute("axis", 0L));
            last = "g" + i;
        }
        refused(axes.node("Relu", "", last, "y"), "'axes", "axes");
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                1L << 26,
                (1L << 28) - 1,
                1L << 28,
                (1L << 31) - 1,
                1L << 31,
                1L << 32,
                (1L << 32) + 1,
                Long.MAX_VALUE,
                -2,
                Long.MIN_VALUE
            })
    void sizesThatAreAbsurd(long size) {
        refused(start().constant("s", size, 3).node("Expand", "e", "t s", "y"), "'e'");
        refused(
                start().constant("s", size, size)
                        .node("ConstantOfShape", "f", "s", "g")
                        .node("Add", "", "g t", "y"),
                "'f'");
        refused(
                start().constant("s", size)
                        .node("ConstantOfShape", "f", "s", "g")
                        .node("Add", "", "g t", "y"),
                "'f'");
        refused(start().constant("s", 1, size, 1).node("Tile", "i", "t s", "y"), "'i'");
        refused(start().constant("s", size, size, size).node("Reshape", "r", "t s", "y"), "'r'");
        refused(start().constant("s", -1, size).node("Reshape", "r", "t s", "y"), "'r'");
        if (size == -2) {
            return;
        }
        refused(start().constant("s", 0, 0, size, 0, 0, 0).node("Pad", "p", "t s", "y"), "'p'");
        refused(start().constant("s", 0, 0, size, 0, 0, size).node("Pad", "p", "t s", "y"), "'p'");
        if (size > 0) {
            refused(
                    start().initializer(scalar("a", 0))
                            .initializer(scalar("b", size))
                            .initializer(scalar("d", 1))
                            .node("Range", "range", "a b d", "g")
                            .node("Add", "", "g t", "y"),
                    "'range'");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {7, 1L << 31, 1L << 32, Long.MAX_VALUE, -7, Long.MIN_VALUE})
    void axesThatThereAreNot(long axis) {
        for (String operator : new String[] {"Softmax", "LogSoftmax", "Hardmax", "ArgMax", "LpNormalization", "TopK"}) {
            refused(
                    start().constant("k", 1)
                            .node(operator, "n", operator.equals("TopK") ? "t k" : "t", "y", attribute("axis", axis)),
                    "'n'",
                    "axis " + axis);
        }
        refused(
                start().constant("i", 0).node("Gather", "n", "t i", "y", attribute("axis", axis)),
                "'n'",
                "axis " + axis);
        refused(start().node("Concat", "n", "t t", "y", attribute("axis", axis)), "'n'", "axis " + axis);
        refused(start().node("Split", "n", "t", "y z", attribute("axis", axis)), "'n'", "axis " + axis);
        refused(start().node("Flatten", "n", "t", "y", attribute("axis", axis)), "'n'", "axis " + axis);
        refused(start().constant("a", axis).node("Squeeze", "n", "t a", "y"), "'n'", "axis " + axis);
        refused(start().constant("a", axis).node("Unsqueeze", "n", "t a", "y"), "'n'", "axis " + axis);
        refused(start().constant("a", axis).node("ReduceSum", "n", "t a", "y"), "'n'", "axis " + axis);
        refused(start().constant("a", axis).node("CumSum", "n", "t a", "y"), "'n'", "axis " + axis);
        refused(
                start().constant("a", axis).constant("s", 0).constant("e", 1).node("Slice", "n", "t s e a", "y"),
                "'n'",
                "axis " + axis);
        refused(
                start().node("Transpose", "n", "t", "q", attribute("perm", 0L, axis, 2L))
                        .node("Neg", "", "q", "y"),
                "'n'");
    }

    @Test
    void partsAndIndicesThatAreAbsurd() {
        refused(
                start().constant("s", Long.MAX_VALUE, 4).node("Split", "n", "t s", "y z", attribute("axis", 2L)),
                "'n'",
                "parts");
        refused(start().constant("s", -1, 4).node("Split", "n", "t s", "y z", attribute("axis", 2L)), "'n'", "parts");
        refused(
                start().constant("many", 30_000_000)
                        .node("ConstantOfShape", "f", "many", "s")
                        .node("Cast", "c", "s", "w", attribute("to", 7L))
                        .node("Split", "n", "t w", "y z", attribute("axis", 2L)),
                "more");
        refused(
                start().constant("many", 1_000_000)
                        .node("ConstantOfShape", "f", "many", "s")
                        .node("Cast", "c", "s", "w", attribute("to", 7L))
                        .node("Split", "n", "t w", "y z", attribute("axis", 2L)),
                "'n'",
                "parts");
        for (long index : new long[] {3, -4, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE}) {
            refused(
                    start().constant("i", index).node("Gather", "n", "t i", "y", attribute("axis", 2L)),
                    "'n'",
                    "index " + index);
        }
        for (long k : new long[] {4, -1, 1L << 32, Long.MAX_VALUE, Long.MIN_VALUE}) {
            refused(start().constant("k", k).node("TopK", "n", "t k", "y z"), "'n'");
        }
        refused(start().constant("k").node("TopK", "n", "t k", "y z"), "'n'", "one number");
        refused(start().constant("k").node("CumSum", "n", "t k", "y"), "'n'", "one number");
        refused(
                start().constant("a", 0)
                        .constant("s", 0)
                        .constant("e", 1)
                        .constant("step", 0)
                        .node("Slice", "n", "t s e a step", "y"),
                "'n'",
                "step of 0");
        refused(start().constant("l", 1L << 40).node("ReverseSequence", "n", "t l", "y"), "'n'");
        refused(start().constant("s", new long[1000]).node("Reshape", "n", "t s", "y"), "'n'", "1000 axes");
        refused(start().constant("s", new long[1000]).node("Unsqueeze", "n", "t s", "y"), "'n'", "axes");
        refused(start().constant("s", new long[1000]).node("Expand", "n", "t s", "y"), "'n'", "1000 axes");
        refused(
                start().initializer(scalar("a", 0))
                        .initializer(scalar("b", 5))
                        .initializer(scalar("d", 0))
                        .node("Range", "n", "a b d", "r")
                        .node("Add", "", "r t", "y"),
                "'n'");
    }

    @Test
    void emptyArrays() {
        // None of these is a crash; an output of no numbers is refused.
        String[] operators = {"ReduceMax", "ReduceMean", "ArgMax", "Softmax", "CumSum", "TopK", "Relu", "GlobalMaxPool"
        };
        for (String operator : operators) {
            OnnxWriter graph = start().constant("from", 0)
                    .constant("to", 0)
                    .constant("axis", 2)
                    .constant("one", 1)
                    .node("Slice", "none", "t from to axis", "e");
            refused(
                    graph.node(
                            operator,
                            "n",
                            operator.equals("TopK") || operator.equals("CumSum") ? "e one" : "e",
                            operator.equals("TopK") ? "y z" : "y"),
                    "cannot be run: ");
        }
        refused(
                start().constant("zero", 0, 0, 3)
                        .node("ConstantOfShape", "f", "zero", "z")
                        .node("Add", "n", "z t", "y"),
                "'n'");
        refused(start().constant("zero", 0).node("Reshape", "n", "t zero", "y", attribute("allowzero", 1L)), "'n'");
        refused(start().initializer(OnnxWriter.floats("w", new float[0], 3, 0)).node("MatMul", "n", "t w", "y"), "y");
    }

    @Test
    void productsThatTakeAllNight() {
        OnnxWriter graph = start().constant("s", 2048, 2048).node("ConstantOfShape", "f", "s", "a0");
        for (int i = 0; i < 4; i++) {
            graph.node("MatMul", "m" + i, "a" + i + " a" + i, "a" + (i + 1));
        }
        refused(graph.node("ReduceSum", "", "a4", "r").node("Mul", "", "r t", "y"), "'m0'", "more than");
        OnnxWriter sums = start().constant("s", 1 << 22).node("ConstantOfShape", "f", "s", "a");
        for (int i = 0; i < 15_000; i++) {
            sums.node("ReduceSum", "sum" + i, "a", "r" + i);
        }
        StringBuilder all = new StringBuilder("t");
        for (int i = 0; i < 15_000; i++) {
            all.append(" r").append(i);
        }
        refused(sums.node("Sum", "", all.toString(), "y"), "'sum", "more than");
        OnnxWriter errors = start().constant("s", 1 << 24)
                .node(
                        "ConstantOfShape",
                        "f",
                        "s",
                        "a",
                        OnnxWriter.tensorAttribute("value", OnnxWriter.floats("", new float[] {5}, 1)))
                .node("Erf", "slow", "a", "e")
                .node("ReduceSum", "", "e", "r");
        refused(errors.node("Mul", "", "r t", "y"), "'slow'", "more than");
        refused(
                start().node("Transpose", "c", "t", "c", attribute("perm", 0L, 2L, 1L))
                        .node(
                                "AveragePool",
                                "p",
                                "c",
                                "y",
                                attribute("kernel_shape", new long[] {(1 << 25) + 1}),
                                attribute("pads", 1L << 25, 1L << 25)),
                "'p'");
    }

    // ---- attributes ----

    @ParameterizedTest
    @CsvSource({
        "kernel_shape, 0",
        "kernel_shape, -1",
        "kernel_shape, 9223372036854775807",
        "kernel_shape, 4294967297",
        "strides, 0",
        "strides, -1",
        "strides, 9223372036854775807",
        "dilations, 0",
        "dilations, -1",
        "dilations, 9223372036854775807",
        "dilations, 2147483647",
        "pads, -1",
        "pads, 9223372036854775807",
        "pads, 2147483647",
        "kernel_shape, 2147483647"
    })
    void windowsThatAreAbsurd(String name, long number) {
        OnnxWriter graph = start().node("Transpose", "c", "t", "c", attribute("perm", 0L, 2L, 1L));
        byte[] said = attribute(name, name.equals("pads") ? new long[] {number, number} : new long[] {number});
        byte[] kernel = name.equals("kernel_shape") ? said : attribute("kernel_shape", new long[] {3});
        byte[] more = name.equals("kernel_shape") ? attribute("ceil_mode", 0L) : said;
        if (!name.equals("strides") || number > Integer.MAX_VALUE || number < 1) {
            refused(graph.node("MaxPool", "n", "c", "y", kernel, more), "'n'");
        }
        OnnxWriter conv = start().node("Transpose", "c", "t", "c", attribute("perm", 0L, 2L, 1L))
                .initializer(OnnxWriter.floats("w", new float[18], 2, 3, 3));
        if (!name.equals("kernel_shape")) {
            refused(conv.node("Conv", "n", "c w", "y", more), "'n'");
        }
    }

    @Test
    void numbersThatAreTooLargeForJava() {
        refused(
                start().initializer(OnnxWriter.floats("w", new float[18], 2, 3, 3))
                        .node("Conv", "n", "t w", "y", attribute("group", 1L << 32)),
                "'n'",
                "group");
        refused(
                start().node("Transpose", "n", "t", "q", attribute("perm", 0L, 1L << 32, 2L))
                        .node("Neg", "", "q", "y"),
                "'n'",
                "perm");
        refused(start().node("LpNormalization", "n", "t", "y", attribute("p", (1L << 32) + 1)), "'n'", "p of");
        refused(start().node("LpNormalization", "n", "t", "y", attribute("p", 3L)), "'n'", "p of 3");
    }
}
