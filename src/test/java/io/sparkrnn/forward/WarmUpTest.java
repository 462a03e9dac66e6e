package io.sparkrnn.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.kernel.simd.SimdKernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What computes while the whole cells of a network are being compiled. */
class WarmUpTest {
    private final Random random = new Random(20261128);

    private static SequenceBatch batch(RnnModel model) {
        Random numbers = new Random(5);
        SequenceBatch batch = new SequenceBatch(model);
        for (int steps : new int[] {7, 1, 30, 30, 2}) {
            batch.add(
                    steps,
                    (target, at, count) -> {
                        for (int i = 0; i < count; i++) {
                            target[at + i] = (float) numbers.nextGaussian();
                        }
                    },
                    null,
                    null);
        }
        return batch;
    }

    private static float[] states(ForwardPass pass, RnnModel model) {
        SequenceBatch batch = batch(model);
        pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
        return Arrays.copyOf(pass.hiddenStates(), batch.steps() * model.outputSize());
    }

    private static float[] states(RnnModel model) {
        return states(new ForwardPass(NetworkWeights.of(model, new SimdKernel())), model);
    }

    /** The other network has other numbers, which shows which of the two computes. */
    @Test
    void theOtherWayComputesUntilItIsOverAlsoInAPassThatBeganBefore() {
        RnnModel model = RandomNetwork.of(Cell.LSTM, 3, 10).model(random);
        RnnModel other = RandomNetwork.of(Cell.LSTM, 3, 10).model(random);
        WarmUp warmUp = new WarmUp();
        NetworkWeights weights = NetworkWeights.of(model, new SimdKernel())
                .after(NetworkWeights.of(other, new PortableKernel()), warmUp);
        ForwardPass pass = new ForwardPass(weights);

        assertThat(states(pass, model)).isEqualTo(states(other)).isNotEqualTo(states(model));
        assertThat(states(pass, model)).isEqualTo(states(other));
        warmUp.end();
        assertThat(states(pass, model)).isEqualTo(states(model));
        assertThat(states(new ForwardPass(weights), model)).isEqualTo(states(model));
        assertThat(weights.meanwhile()).as("its memory is let go").isNull();
    }

    /** The bits are those of the kernel, before and after. */
    @Test
    @Timeout(120)
    void aWarmUpEndsAndChangesNoBit() throws InterruptedException {
        for (Cell cell : Cell.OF_PYTORCH) {
            RnnModel model = RandomNetwork.of(cell, 5, 19).model(random);
            NetworkWeights weights = NetworkWeights.warmingUp(model, new SimdKernel(), new PortableKernel());
            ForwardPass pass = new ForwardPass(weights);

            Instant late = Instant.now().plus(Duration.ofSeconds(60));
            do {
                assertThat(states(pass, model)).as(cell.toString()).isEqualTo(states(model));
            } while (weights.meanwhile() != null && Instant.now().isBefore(late));
            assertThat(weights.meanwhile()).as(cell.toString()).isNull();
            assertThat(states(pass, model)).as(cell.toString()).isEqualTo(states(model));
        }
    }

    @Test
    void networksOfOneShapeAreWarmedUpOnce() {
        NetworkWeights one = simd(12);
        NetworkWeights plain = NetworkWeights.of(one.model(), new PortableKernel());

        assertThat(WarmUp.of(one, plain)).isSameAs(WarmUp.of(simd(12), plain)).isNotSameAs(WarmUp.of(simd(13), plain));
    }

    private NetworkWeights simd(int hiddenSize) {
        return NetworkWeights.of(RandomNetwork.of(Cell.GRU, 4, hiddenSize).model(random), new SimdKernel());
    }

    /** Without whole cells there is nothing to wait for. */
    @Test
    void aKernelWithoutWholeCellsComputesAtOnce() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 4, 8).model(random);

        assertThat(NetworkWeights.warmingUp(model, new PortableKernel(), new PortableKernel())
                        .meanwhile())
                .isNull();
    }
}
