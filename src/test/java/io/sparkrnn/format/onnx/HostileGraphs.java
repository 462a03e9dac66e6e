package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.TestFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** Graphs of somebody who means no good, and how they are refused. */
public abstract class HostileGraphs {
    static final long SLOW_MILLIS = 4000;

    @TempDir
    Path folder;

    void refused(OnnxWriter graph, String... parts) {
        refused(13, graph, parts);
    }

    void refused(int opset, OnnxWriter graph, String... parts) {
        assertThat(parts).as("what the message has to say").isNotEmpty();
        Path path = write(folder, graph.model(opset, "test"));
        long start = System.nanoTime();
        Throwable thrown = catchThrowable(() -> ModelFile.open(path, "f.onnx").whole());
        long millis = (System.nanoTime() - start) / 1_000_000;
        assertThat(thrown)
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.onnx: ")
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
        assertThat(millis).as("ms for: " + thrown.getMessage()).isLessThan(SLOW_MILLIS);
    }

    /** x [B, T, 3], numbers; y is what is asked for. */
    static OnnxWriter start() {
        return OnnxWriter.message()
                .input("x", OnnxWriter.FLOAT, -1, -1, 3)
                .outputOfType("y", OnnxWriter.FLOAT)
                .node("Tanh", "t", "x", "t");
    }

    static byte[] scalar(String name, long value) {
        return OnnxWriter.tensor(name, OnnxWriter.INT64)
                .bytes(9, OnnxWriter.raw(value))
                .bytes();
    }

    /** A graph that was read is run: whatever its numbers are, a row has results or a problem. */
    public static void run(@org.jspecify.annotations.Nullable Graph graph) {
        if (graph == null || graph.stepWidth() > 1000 || graph.rowWidth() > 1000) {
            return;
        }
        Engine engine =
                GraphEngines.of(graph, Precision.FLOAT32, KernelChoice.PORTABLE).engine();
        for (int steps : new int[] {1, 2, 7}) {
            engine.add(steps, ones(), graph.rowWidth() == 0 ? null : ones(), null, null);
        }
        engine.run();
        for (int row = 0; row < 3; row++) {
            for (int output = 0; output < graph.outputs().size() && engine.problem(row) == null; output++) {
                int size = engine.outputSteps(output, row)
                        * graph.outputs().get(output).width();
                engine.copyOutput(
                        output,
                        row,
                        ByteBuffer.allocate(size * Long.BYTES),
                        0,
                        graph.outputs().get(output).width() * Long.BYTES);
            }
        }
    }

    static NumberSource ones() {
        return new NumberSource() {
            @Override
            public void copyTo(float[] target, int at, int count) {
                java.util.Arrays.fill(target, at, at + count, 1);
            }

            @Override
            public void copyTo(double[] target, int at, int count) {
                java.util.Arrays.fill(target, at, at + count, 1);
            }
        };
    }
}
