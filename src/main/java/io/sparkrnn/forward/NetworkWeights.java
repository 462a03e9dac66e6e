package io.sparkrnn.forward;

import io.sparkrnn.model.CellType;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import java.util.List;

/** A network's weights laid out for the float32 forward pass. Immutable: made once, shared by all tasks of an executor. */
public final class NetworkWeights {
    private final RnnModel model;
    private final List<LayerRows> layers;

    /** One layer: its cell and the weights of each direction. */
    record LayerRows(CellType cell, List<DirectionWeights> directions) {}

    private NetworkWeights(RnnModel model, List<LayerRows> layers) {
        this.model = model;
        this.layers = layers;
    }

    /** Lays out {@code model}'s weights; float64 weights are rounded to float32, narrower ones widened. */
    public static NetworkWeights of(RnnModel model) {
        return new NetworkWeights(
                model, model.layers().stream().map(NetworkWeights::layer).toList());
    }

    private static LayerRows layer(Layer layer) {
        return new LayerRows(
                layer.cell(),
                layer.directions().stream().map(DirectionWeights::new).toList());
    }

    /** The network these are of. */
    public RnnModel model() {
        return model;
    }

    List<LayerRows> layers() {
        return layers;
    }
}
