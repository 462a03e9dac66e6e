package io.sparkrnn.job.input;

import io.sparkrnn.model.LayerWeights;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.FileSplits;
import io.sparkrnn.tensor.Tensor;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What a job takes, reckoned beforehand in seconds of one core: roughly, for what is decided by it is whether one is several
 * times the other. The rates were measured on 2 cores of a Xeon with AVX-512 (docs/large-inputs.md).
 */
record Cost(RnnModel model, Precision precision) {
    /** Multiply-adds of weights in a second, in float32 by the kernels and in float64 by the reference engine. */
    private static final double FLOAT32_RATE = 40e9;

    private static final double FLOAT64_RATE = 0.2e9;

    /** Bytes of rows that are written to a shuffle in a second, sorted before, and that are read from it. */
    private static final double SHUFFLE_WRITE = 150e6;

    private static final double SHUFFLE_READ = 400e6;

    /** What an array of an array takes in Spark's rows beside its numbers. */
    private static final int STEP_BYTES = 24;

    /** Of the forward pass over all files. */
    double forward(FileSplits splits) {
        double products = model.layers().stream()
                .flatMap(layer -> layer.directions().stream())
                .flatMap(Cost::matrices)
                .mapToDouble(matrix -> matrix.shape().elements())
                .sum();
        return steps(splits) * products / (precision == Precision.FLOAT64 ? FLOAT64_RATE : FLOAT32_RATE);
    }

    private static Stream<Tensor> matrices(LayerWeights weights) {
        return Stream.of(weights.weightIh(), weights.weightHh(), weights.weightHr())
                .filter(Objects::nonNull);
    }

    private double steps(FileSplits splits) {
        return (double) splits.listNumbers() / model.inputSize();
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
