package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A network's weights laid out for the float32 forward pass. Made once, shared by all tasks of an executor. */
public final class NetworkWeights {
    private final RnnModel model;

    private final Kernel kernel;

    /** The whole cells of each layer, of each of its directions; empty when the kernel has not all of them. */
    private final List<List<FusedCell>> cells;

    /** Where there are no whole cells: the weights of each layer, of each of its directions. */
    private final List<List<PlainWeights>> layers;

    /** What computes until the whole cells are compiled; null when they are, or nothing else was asked for. */
    private volatile @Nullable Meanwhile meanwhile;

    /**
     * A way to compute for the time being.
     *
     * @param weights the same network for another kernel
     * @param warmUp tells when it is no longer needed
     */
    private record Meanwhile(NetworkWeights weights, WarmUp warmUp) {}

    private NetworkWeights(
            RnnModel model, Kernel kernel, List<List<FusedCell>> cells, List<List<PlainWeights>> layers) {
        this.model = model;
        this.kernel = kernel;
        this.cells = cells;
        this.layers = layers;
    }

    /**
     * As {@link #of}, for a JVM that has not computed with the kernel yet: {@code other} computes, with the same bits, until
     * the kernel's whole cells are compiled, which a thread in the background sees to. Takes three times the memory until then.
     */
    public static NetworkWeights warmingUp(RnnModel model, Kernel kernel, Kernel other) {
        NetworkWeights weights = of(model, kernel);
        if (weights.cells.isEmpty()) {
            return weights;
        }
        NetworkWeights plain = of(model, other);
        return weights.after(plain, WarmUp.of(weights, plain));
    }

    /** These weights, with {@code other} in their place until the warm-up is over. */
    NetworkWeights after(NetworkWeights other, WarmUp warmUp) {
        NetworkWeights later = new NetworkWeights(model, kernel, cells, layers);
        later.meanwhile = new Meanwhile(other, warmUp);
        return later;
    }

    /** What is to compute instead for the time being; null when the kernel is. */
    @Nullable
    NetworkWeights meanwhile() {
        Meanwhile other = meanwhile;
        if (other == null) {
            return null;
        }
        if (other.warmUp.isOver()) {
            meanwhile = null;
            return null;
        }
        return other.weights;
    }

    /** Lays out {@code model}'s weights for a kernel; float64 weights are rounded to float32, narrower ones widened. */
    public static NetworkWeights of(RnnModel model, Kernel kernel) {
        List<List<FusedCell>> cells = cells(model, kernel);
        return new NetworkWeights(
                model,
                kernel,
                cells,
                cells.isEmpty()
                        ? model.layers().stream()
                                .map(layer -> layer.directions().stream()
                                        .map(PlainWeights::new)
                                        .toList())
                                .toList()
                        : List.of());
    }

    /** Every cell whole, or nothing. */
    private static List<List<FusedCell>> cells(RnnModel model, Kernel kernel) {
        if (!model.layers().stream()
                .flatMap(layer -> layer.directions().stream())
                .allMatch(DirectionWeights::isOfPyTorch)) {
            return List.of();
        }
        List<List<FusedCell>> cells = new ArrayList<>();
        for (Layer layer : model.layers()) {
            List<FusedCell> directions = new ArrayList<>();
            for (DirectionWeights weights : layer.directions()) {
                FusedCell cell = kernel.fuse(WeightRows.of(weights));
                if (cell == null) {
                    return List.of();
                }
                directions.add(cell);
            }
            cells.add(directions);
        }
        return cells;
    }

    /** The network these are of. */
    public RnnModel model() {
        return model;
    }

    /** What computes with them. */
    public Kernel kernel() {
        return kernel;
    }

    /** The products of weights and numbers that a step of one sequence takes. */
    double products() {
        return model.layers().stream()
                .flatMap(layer -> layer.directions().stream())
                .mapToDouble(w -> w.weightIh().shape().elements()
                        + (double) w.weightHh().shape().elements())
                .sum();
    }

    /** The whole cells of each layer, of each of its directions; empty when the kernel has not all of them. */
    List<List<FusedCell>> cells() {
        return cells;
    }

    /** The weights of each layer, of each of its directions, for plain operations; empty when there are whole cells. */
    List<List<PlainWeights>> layers() {
        return layers;
    }
}
