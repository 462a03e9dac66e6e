package io.sparkrnn.forward;

import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.RnnModel;
import java.util.List;

/** A network's weights laid out for the float32 forward pass. Immutable: made once, shared by all tasks of an executor. */
public final class NetworkWeights {
    private final RnnModel model;

    /** The weights of each layer, of each of its directions. */
    private final List<List<DirectionWeights>> layers;

    private final Kernel kernel;

    private NetworkWeights(RnnModel model, Kernel kernel, List<List<DirectionWeights>> layers) {
        this.model = model;
        this.kernel = kernel;
        this.layers = layers;
    }

    /** Lays out {@code model}'s weights for a kernel; float64 weights are rounded to float32, narrower ones widened. */
    public static NetworkWeights of(RnnModel model, Kernel kernel) {
        return new NetworkWeights(
                model,
                kernel,
                model.layers().stream()
                        .map(layer -> layer.directions().stream()
                                .map(weights -> new DirectionWeights(weights, kernel))
                                .toList())
                        .toList());
    }

    /** The network these are of. */
    public RnnModel model() {
        return model;
    }

    /** What computes with them. */
    public Kernel kernel() {
        return kernel;
    }

    /** Whether the kernel has every cell whole. */
    boolean isFused() {
        return layers.stream().allMatch(layer -> layer.stream().allMatch(weights -> weights.fused != null));
    }

    List<List<DirectionWeights>> layers() {
        return layers;
    }
}
