package io.sparkrnn.spark;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What is broadcast: the network as it was read, and how to run it. The layout a kernel wants is made once on each
 * executor, by the first task that asks, and shared by all.
 */
final class SharedNetwork implements Serializable {
    private static final long serialVersionUID = 1;

    private final RnnModel model;
    private final Precision precision;
    private final KernelChoice kernel;
    private transient @Nullable EngineFactory engines;

    SharedNetwork(RnnModel model, Precision precision, KernelChoice kernel) {
        this.model = model;
        this.precision = precision;
        this.kernel = kernel;
    }

    RnnModel model() {
        return model;
    }

    Precision precision() {
        return precision;
    }

    synchronized EngineFactory engines() {
        if (engines == null) {
            engines = EngineFactory.of(model, precision, kernel);
        }
        return engines;
    }
}
