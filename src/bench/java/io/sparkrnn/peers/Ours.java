package io.sparkrnn.peers;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** This project's engine on one kernel. */
final class Ours implements Contender {
    /** What of a batch's way is timed. */
    enum Timed {
        /** The forward pass over a batch that is filled already. */
        FORWARD,
        /** The sequences copied in, the forward pass, the hidden states and h_n copied out: what a job does for a batch. */
        BATCH
    }

    private final KernelCase kase;
    private final Timed timed;
    private final String name;
    private final Engine engine;
    private final ByteBuffer[] sequences;
    private final ByteBuffer[] outputs;
    private final ByteBuffer finalState;
    private final int stride;

    Ours(KernelCase kase, KernelChoice choice, Timed timed) {
        this.kase = kase;
        this.timed = timed;
        engine = EngineFactory.of(kase.model(), Precision.FLOAT32, choice).engine(ForwardPass.Wanted.HIDDEN_STATES);
        name = choice.name().toLowerCase(java.util.Locale.ROOT) + (timed == Timed.BATCH ? ", whole batch" : "");
        stride = kase.shape().hiddenSize() * Float.BYTES;
        int[] lengths = kase.lengths();
        sequences = new ByteBuffer[lengths.length];
        outputs = new ByteBuffer[lengths.length];
        for (int s = 0; s < lengths.length; s++) {
            sequences[s] = kase.bytes(s);
            outputs[s] = ByteBuffer.allocate(lengths[s] * stride).order(ByteOrder.LITTLE_ENDIAN);
        }
        finalState = ByteBuffer.allocate(stride);
        fill();
    }

    /** The kernels there are that compute in float32 on their own account, the portable one first. */
    static List<KernelChoice> kernels() {
        return Arrays.stream(KernelChoice.values())
                .filter(choice -> choice != KernelChoice.AUTO && choice != KernelChoice.REFERENCE)
                .sorted(Comparator.comparing(choice -> choice != KernelChoice.PORTABLE))
                .toList();
    }

    private void fill() {
        engine.clear();
        for (int s = 0; s < sequences.length; s++) {
            engine.add(sequences[s].rewind(), kase.lengths()[s], null, null);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public void run() {
        if (timed == Timed.FORWARD) {
            engine.run();
            return;
        }
        fill();
        engine.run();
        for (int s = 0; s < outputs.length; s++) {
            engine.copyHiddenStates(s, outputs[s], 0, stride);
            engine.copyFinalState(s, 0, finalState, 0);
        }
    }

    @Override
    public float[] hiddenStates(int sequence) {
        engine.copyHiddenStates(sequence, outputs[sequence], 0, stride);
        float[] states = new float[outputs[sequence].capacity() / Float.BYTES];
        outputs[sequence].asFloatBuffer().get(states);
        return states;
    }
}
