package io.sparkrnn.forward;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * A random network over random sequences, and a digest of the bits of all its results, whatever the batches they come from:
 * which are random, too, and others for each kernel asked.
 */
final class BitsDigest {
    private static final float GUARD = -12345f;
    private static final int[] SIZES = {1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 65, 70, 129, 257};

    private final long seed;
    private final RandomNetwork network;
    private final RnnModel model;
    private final List<float[]> sequences = new ArrayList<>();
    private final List<float[]> states = new ArrayList<>();

    BitsDigest(long seed) {
        this.seed = seed;
        Random random = new Random(seed);
        Cell cell = Cell.OF_PYTORCH.get(random.nextInt(Cell.OF_PYTORCH.size()));
        int hiddenSize = pick(random);
        network = new RandomNetwork(
                cell,
                pick(random),
                hiddenSize,
                1 + random.nextInt(hiddenSize > 100 ? 1 : 3),
                1 + random.nextInt(2),
                random.nextBoolean(),
                cell.equals(Cell.LSTM) && hiddenSize > 1 && random.nextBoolean()
                        ? 1 + random.nextInt(hiddenSize - 1)
                        : 0);
        model = network.model(random);
        int count = 1 + random.nextInt(100);
        int longest = 1 + random.nextInt(hiddenSize > 100 ? 8 : 40);
        for (int s = 0; s < count; s++) {
            double share = random.nextDouble();
            int length = 1 + (int) (longest * (random.nextBoolean() ? 0.9 : share * share));
            sequences.add(floats(random, length * model.inputSize()));
            states.add(floats(
                    random, model.hiddenStates().total() + model.cellStates().total()));
        }
    }

    private static int pick(Random random) {
        return SIZES[random.nextInt(SIZES.length)];
    }

    private static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** The digest of the results of each sequence, in the order of the sequences. */
    List<Integer> of(Kernel kernel) {
        Random batches = new Random(seed + kernel.name().hashCode());
        NetworkWeights weights = NetworkWeights.of(model, kernel);
        ForwardPass dense = new ForwardPass(weights);
        Spaced layout = new Spaced(model.outputSize() + 2, 3);
        ForwardPass spaced = new ForwardPass(weights, layout);
        SequenceBatch batch = new SequenceBatch(model);
        List<Integer> order = new ArrayList<>();
        List<Integer> digests = new ArrayList<>();
        for (int s = 0; s < sequences.size(); s++) {
            order.add(s);
            digests.add(0);
        }
        Collections.shuffle(order, batches);
        int hidden = model.hiddenStates().total();
        int cells = model.cellStates().total();
        for (int from = 0; from < order.size(); ) {
            int to = Math.min(order.size(), from + 1 + batches.nextInt(order.size()));
            batch.clear();
            for (int s : order.subList(from, to)) {
                float[] state = states.get(s);
                batch.add(
                        FloatBuffer.wrap(sequences.get(s)),
                        sequences.get(s).length / model.inputSize(),
                        s % 2 == 0 ? FloatBuffer.wrap(state, 0, hidden) : null,
                        s % 2 == 0 ? FloatBuffer.wrap(state, hidden, cells) : null);
            }
            boolean gaps = batches.nextBoolean();
            ForwardPass pass = gaps ? spaced : dense;
            pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
            if (gaps) {
                // once more, over an array of guards
                Arrays.fill(pass.hiddenStates(), GUARD);
                pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
                layout.requireGuards(pass, batch, model.outputSize());
            }
            for (int i = 0; i < batch.size(); i++) {
                int width = model.outputSize();
                int digest = 0;
                for (int t = 0; t < batch.length(i); t++) {
                    int at = gaps ? layout.at(pass, batch, i, t) : (batch.start(i) + t) * width;
                    digest = digest(digest, pass.hiddenStates(), at, width);
                }
                digest = digest(digest, pass.finalStates(), i * hidden, hidden);
                digests.set(order.get(from + i), digest(digest, pass.finalCellStates(), i * cells, cells));
            }
            from = to;
        }
        return digests;
    }

    /** Steps with room between them, behind a header that depends on their number. */
    private record Spaced(int stride, int header) implements OutputLayout {
        @Override
        public int size(int steps) {
            return first(steps) + steps * stride + 1;
        }

        @Override
        public int first(int steps) {
            return header + steps;
        }

        int at(ForwardPass pass, SequenceBatch batch, int sequence, int t) {
            return pass.hiddenStatesAt(sequence) + first(batch.length(sequence)) + t * stride;
        }

        void requireGuards(ForwardPass pass, SequenceBatch batch, int width) {
            float[] values = pass.hiddenStates();
            int at = 0;
            for (int i = 0; i < batch.size(); i++) {
                for (int t = 0; t < batch.length(i); t++) {
                    int states = at(pass, batch, i, t);
                    at = requireGuards(values, at, states) + width;
                }
            }
            requireGuards(values, at, values.length);
        }

        private static int requireGuards(float[] values, int from, int to) {
            for (int i = from; i < to; i++) {
                if (values[i] != GUARD) {
                    throw new IllegalStateException("number " + i + " is no state, and was overwritten");
                }
            }
            return to;
        }
    }

    private static int digest(int before, float[] values, int from, int count) {
        int digest = before;
        for (int i = from; i < from + count; i++) {
            digest = 31 * digest + Float.floatToIntBits(values[i]);
        }
        return digest;
    }

    @Override
    public String toString() {
        return "seed " + seed + ": " + network + ", " + sequences.size() + " sequences";
    }

    /**
     * Prints the digests of a range of seeds by the kernel named, for a test that compares those of several JVMs.
     *
     * @param args simd or portable, the first seed, the number of seeds
     */
    public static void main(String[] args) throws ReflectiveOperationException {
        Kernel kernel = args[0].equals("simd")
                ? Class.forName("io.sparkrnn.kernel.simd.SimdKernel")
                        .asSubclass(Kernel.class)
                        .getDeclaredConstructor()
                        .newInstance()
                : new PortableKernel();
        long first = Long.parseLong(args[1]);
        for (long seed = first; seed < first + Long.parseLong(args[2]); seed++) {
            System.out.println(seed + " " + new BitsDigest(seed).of(kernel));
        }
    }
}
