package io.sparkrnn.spark;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
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
    private transient @Nullable Scored scored;
    private transient @Nullable EngineFactory engines;
    private transient boolean proven;

    /** The network, the head on it if there is one, and the proof if one is asked for. */
    private record Scored(
            RnnModel model, @Nullable Head head, @Nullable Proof proof) implements Serializable {}

    /**
     * One to be broadcast.
     *
     * @param proof by which an executor shows that it computes as the driver does; null where none is asked for
     */
    SharedNetwork(
            RnnModel model, @Nullable Head head, Precision precision, KernelChoice kernel, @Nullable Proof proof) {
        Scored given = new Scored(model, head, proof);
        this.image = image(given);
        this.precision = precision;
        this.kernel = kernel;
        this.scored = given;
    }

    private static byte[] image(Scored scored) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(scored);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private synchronized Scored scored() {
        if (scored == null) {
            try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(image))) {
                scored = (Scored) in.readObject();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (ClassNotFoundException e) {
                throw new IllegalStateException(e);
            }
        }
        return scored;
    }

    RnnModel model() {
        return scored().model;
    }

    @Nullable
    Head head() {
        return scored().head;
    }

    /**
     * Shows once, before the first row of this executor, that it computes as the driver does, if a proof is asked for.
     *
     * @throws UnprovenException when it does not; each task that asks then throws
     */
    synchronized void prove() {
        Proof proof = scored().proof;
        if (proof == null || proven) {
            return;
        }
        String difference = proof.difference(model(), head(), engines());
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

    synchronized EngineFactory engines() {
        if (engines == null) {
            engines = EngineFactory.of(model(), head(), precision, kernel);
        }
        return engines;
    }
}
