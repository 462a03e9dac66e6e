package io.sparkrnn.spark;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/**
 * What is broadcast: the network as it was read, and how to run it. The layout a kernel wants is made once on each
 * executor, by the first task that asks, and shared by all.
 *
 * <p>A broadcast goes through the serializer that {@code spark.serializer} names. Where that is Kryo, records and immutable
 * lists cannot be written or do not come back; so the network travels as bytes of Java's own serialization.
 */
final class SharedNetwork implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] image;
    private final Precision precision;
    private final KernelChoice kernel;
    private transient @Nullable RnnModel model;
    private transient @Nullable EngineFactory engines;

    SharedNetwork(RnnModel model, Precision precision, KernelChoice kernel) {
        this.image = image(model);
        this.precision = precision;
        this.kernel = kernel;
        this.model = model;
    }

    private static byte[] image(RnnModel model) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    synchronized RnnModel model() {
        if (model == null) {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(image))) {
                model = (RnnModel) in.readObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
        return model;
    }

    Precision precision() {
        return precision;
    }

    synchronized EngineFactory engines() {
        if (engines == null) {
            engines = EngineFactory.of(model(), precision, kernel);
        }
        return engines;
    }
}
