package io.sparkrnn.forward;

import io.sparkrnn.model.RnnModel;
import java.util.List;

/** A network's weights laid out for the float32 forward pass. Immutable: made once, shared by all tasks of an executor. */
public final class NetworkWeights {
    private final RnnModel model;

    /** The weights of each layer, of each of its directions. */
    private final List<List<DirectionWeights>> layers;

    private NetworkWeights(RnnModel model, List<List<DirectionWeights>> layers) {
        this.model = model;
        this.layers = layers;
    }

    /** Lays out {@code model}'s weights; float64 weights are rounded to float32, narrower ones widened. */
    public static NetworkWeights of(RnnModel model) {
        return new NetworkWeights(
                model,
                model.layers().stream()
                        .map(layer -> layer.directions().stream()
                                .map(DirectionWeights::new)
                                .toList())
                        .toList());
    }

    /** The network these are of. */
    public RnnModel model() {
        return model;
    }

    List<List<DirectionWeights>> layers() {
        return layers;
    }
}
