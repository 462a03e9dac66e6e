package io.sparkrnn.spark;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Precision;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import org.apache.spark.SparkEnv;
import org.jspecify.annotations.Nullable;

/**
 * What is broadcast: what is computed, as it was read, and how. The layout a kernel wants is made once on each executor, by
 * the first task that asks, and shared by all.
 *
 * <p>A broadcast goes through the serializer that {@code spark.serializer} names. Where that is Kryo, records and immutable
 * lists cannot be written or do not come back; so the network travels as bytes of Java's own serialization.
 */
final class SharedNetwork implements Serializable {
    private static final long serialVersionUID = 1;

    private final byte[] image;
    private final Precision precision;
    private final KernelChoice kernel;
    private transient @Nullable Computation computation;
    private transient Computation.@Nullable Engines engines;
    private transient boolean proven;

    /** One to be broadcast. */
    SharedNetwork(Computation computation, Precision precision, KernelChoice kernel) {
        this.image = image(computation);
        this.precision = precision;
        this.kernel = kernel;
        this.computation = computation;
    }

    private static byte[] image(Computation computation) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(computation);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    synchronized Computation computation() {
        if (computation == null) {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(image))) {
                computation = (Computation) in.readObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
        return computation;
    }

    /**
     * Shows once, before the first row of this executor, that it computes as the driver does, if a proof is asked for.
     *
     * @throws UnprovenException when it does not; each task that asks then throws
     */
    synchronized void prove() {
        if (proven) {
            return;
        }
        String difference = engines().difference();
        if (difference != null) {
            throw new UnprovenException("executor " + SparkEnv.get().executorId() + " on " + host()
                    + " computes otherwise than the driver (" + difference + "; Java "
                    + Runtime.version()
                    + " there). Take that machine out of the cluster, or compare its Java and processor with"
                    + " the others'; no row was scored on it");
        }
        proven = true;
    }

    private static String host() {
        return SparkEnv.get().blockManager().blockManagerId().host();
    }

    Precision precision() {
        return precision;
    }

    synchronized Computation.Engines engines() {
        if (engines == null) {
            engines = computation().engines(precision, kernel);
        }
        return engines;
    }
}
