package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import java.util.ArrayList;
import java.util.List;

/** A network's weights laid out for the float32 forward pass. Immutable: made once, shared by all tasks of an executor. */
public final class NetworkWeights {
    private final RnnModel model;

    private final Kernel kernel;

    /** The whole cells of each layer, of each of its directions; empty when the kernel has not all of them. */
    private final List<List<FusedCell>> cells;

    /** Where there are no whole cells: the weights of each layer, of each of its directions. */
    private final List<List<PlainWeights>> layers;

    private NetworkWeights(
            RnnModel model, Kernel kernel, List<List<FusedCell>> cells, List<List<PlainWeights>> layers) {
        this.model = model;
        this.kernel = kernel;
        this.cells = cells;
        this.layers = layers;
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

    /** The whole cells of each layer, of each of its directions; empty when the kernel has not all of them. */
    List<List<FusedCell>> cells() {
        return cells;
    }

    /** The weights of each layer, of each of its directions, for plain operations; empty when there are whole cells. */
    List<List<PlainWeights>> layers() {
        return layers;
    }
}
