package io.sparkrnn.spark;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/**
 * By which states tell what network they are of. Made of the weights themselves, for a library is given networks, not files; the
 * same in every JVM, since states outlive the one that wrote them.
 */
final class WeightsDigest {
    /** Enough that no two networks that anyone has are alike in it, and few beside a state. */
    private static final int BYTES = 16;

    private final MessageDigest digest;

    WeightsDigest() {
        try {
            digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has it", e);
        }
    }

    void add(RnnModel model) {
        for (Layer layer : model.layers()) {
            add(RnnModel.describe(layer));
            layer.directions().stream().flatMap(DirectionWeights::tensors).forEach(this::add);
        }
    }

    void add(Graph graph) {
        graph.constants().forEach((name, tensor) -> {
            add(name);
            add(tensor);
        });
        for (Node node : graph.nodes()) {
            add(node.operator().toString());
            node.inputs().forEach(this::add);
            node.outputs().forEach(this::add);
            if (node.operator() instanceof Recurrent recurrent) {
                add(recurrent.model());
            }
        }
    }

    void add(double[] numbers) {
        ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Double.BYTES);
        bytes.asDoubleBuffer().put(numbers);
        add(bytes);
    }

    void add(String text) {
        add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private void add(Tensor tensor) {
        add(tensor.dtype() + " " + tensor.shape());
        add(tensor.bytes());
    }

    /** With its length, so that what follows is never taken for a part of it. */
    private void add(ByteBuffer bytes) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.remaining()));
        digest.update(bytes);
    }

    /** The digest of all that was added; for one call. */
    byte[] end() {
        return Arrays.copyOf(digest.digest(), BYTES);
    }
}
