package io.sparkrnn.job.input;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Outline;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.FileSplits;
import io.sparkrnn.tensor.Tensor;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a job takes, reckoned beforehand in seconds of one core: roughly, for what is decided by it is whether one is several
 * times the other. The rates were measured on 2 cores of a Xeon with AVX-512 (docs/large-inputs.md).
 *
 * @param products multiply-adds of a time step
 * @param stepNumbers the floats that the network takes at a step
 * @param stepIndices the integers that it takes besides
 */
record Cost(double products, int stepNumbers, int stepIndices, Precision precision) {
    /** Multiply-adds of weights in a second, in float32 by the kernels and in float64 by the reference engine. */
    private static final double FLOAT32_RATE = 40e9;

    private static final double FLOAT64_RATE = 0.2e9;

    /** Bytes of rows that are written to a shuffle in a second, sorted before, and that are read from it. */
    private static final double SHUFFLE_WRITE = 150e6;

    private static final double SHUFFLE_READ = 400e6;

    /** What an array of an array takes in Spark's rows beside its numbers. */
    private static final int STEP_BYTES = 24;

    /** Numbers of steps to look at a graph with: a window may be longer than the first of them. */
    private static final int[] TRIED = {64, 1024};

    /** Of a network, as much of it as is run. */
    static Cost of(Network network, Precision precision) {
        return network.graph() == null ? of(network.model(), precision) : of(network.graph(), precision);
    }

    /** Of recurrent layers. */
    static Cost of(RnnModel model, Precision precision) {
        double products = model.layers().stream()
                .flatMap(layer -> layer.directions().stream())
                .flatMap(Cost::matrices)
                .mapToDouble(matrix -> matrix.shape().elements())
                .sum();
        return new Cost(products, model.inputSize(), 0, precision);
    }

    /** Of a whole network: by what a row of some steps takes, or by its weights where no such row can be looked at. */
    static Cost of(Graph graph, Precision precision) {
        int indices = graph.stepInputs().stream()
                .filter(GraphInput::isIndex)
                .mapToInt(GraphInput::width)
                .sum();
        double products = graph.parameters();
        for (int steps : TRIED) {
            try {
                products = (double) Outline.of(graph, steps).effort() / steps;
                break;
            } catch (GraphException e) {
                // a row of more steps is tried
            }
        }
        return new Cost(products, graph.stepWidth() - indices, indices, precision);
    }

    /** Of the forward pass over all files. */
    double forward(FileSplits splits) {
        return steps(splits) * products / (precision == Precision.FLOAT64 ? FLOAT64_RATE : FLOAT32_RATE);
    }

    private static Stream<Tensor> matrices(DirectionWeights weights) {
        return Stream.of(weights.weightIh(), weights.weightHh(), weights.weightHr())
                .filter(Objects::nonNull);
    }

    private double steps(FileSplits splits) {
        // Indices are not counted in footers; where there is nothing else, a row is taken for nothing but them.
        return stepNumbers > 0
                ? (double) splits.listNumbers() / stepNumbers
                : (double) splits.rowBytes() / ((double) Integer.BYTES * stepIndices);
    }

    private double rowBytes(FileSplits splits) {
        return splits.rowBytes() + STEP_BYTES * steps(splits);
    }

    /** Of writing all rows to a shuffle. */
    double shuffleWrite(FileSplits splits) {
        return rowBytes(splits) / SHUFFLE_WRITE;
    }

    /** Of reading them from it. */
    double shuffleRead(FileSplits splits) {
        return rowBytes(splits) / SHUFFLE_READ;
    }
}
