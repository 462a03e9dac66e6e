package io.sparkrnn.parquet.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pages of any size, over pieces that are asked for one at a time and each once. */
class ChunkInputTest {
    private static final int MIB = 1024 * 1024;
    private static final int LARGEST_PIECE = 4 * MIB - 1024;

    /** A file in memory that holds who reads it to the promises. */
    private static final class Remembered implements Pieces {
        private final byte[] file;
        private final int mostAsked;
        private final Deque<int[]> asked = new ArrayDeque<>();
        private int most;
        private int largest;
        private long bytes;

        Remembered(byte[] file, int mostAsked) {
            this.file = file;
            this.mostAsked = mostAsked;
        }

        @Override
        public int mostAsked() {
            return mostAsked;
        }

        @Override
        public void forget() {
            asked.clear();
        }

        @Override
        public void ask(long from, int count) {
            assertThat(count).isPositive();
            assertThat(from + count).isLessThanOrEqualTo(file.length);
            if (!asked.isEmpty()) {
                int[] last = asked.getLast();
                assertThat(from).as("what follows what was asked for last").isEqualTo(last[0] + last[1]);
            }
            asked.add(new int[] {(int) from, count});
            most = Math.max(most, asked.size());
            largest = Math.max(largest, count);
            bytes += count;
        }

        @Override
        public int take(byte[] to, int offset) {
            int[] piece = asked.remove();
            System.arraycopy(file, piece[0], to, offset, piece[1]);
            return piece[1];
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void givesTheChunksBytesInOnePieceEach(long seed) throws IOException {
        Random random = new Random(seed);
        byte[] file = new byte[25 * MIB];
        random.nextBytes(file);
        int mostAsked = 1 + random.nextInt(6);
        int columns = 1 + random.nextInt(random.nextBoolean() ? 3 : 40);
        Remembered pieces = new Remembered(file, mostAsked);
        ChunkInput input = new ChunkInput(pieces, columns);
        for (int chunk = 0; chunk < 6; chunk++) {
            int start = random.nextInt(file.length);
            int end = start + random.nextInt(file.length - start + 1);
            long before = pieces.bytes;
            input.start(start, end - start);
            int at = start;
            boolean left = chunk % 3 == 2;
            while (at < end && !(left && at > start + (end - start) / 2)) {
                int[] sizes = {1, 30, 3000, MIB, 3 * MIB, LARGEST_PIECE, 9 * MIB};
                int count = Math.min(end - at, 1 + random.nextInt(sizes[random.nextInt(sizes.length)]));
                assertThat(input.left()).isEqualTo(end - at);
                assertThat(input.require(count)).isTrue();
                assertThat(Arrays.equals(input.buffer(), input.at(), input.at() + count, file, at, at + count))
                        .as("seed %d: %d bytes at %d of the chunk %d to %d", seed, count, at, start, end)
                        .isTrue();
                input.take(count);
                at += count;
            }
            if (!left) {
                assertThat(input.require(1)).isFalse();
                assertThat(input.read()).isEqualTo(-1);
                assertThat(pieces.bytes - before)
                        .as("bytes that were asked for")
                        .isEqualTo(end - start);
            }
        }
        assertThat(pieces.largest).isLessThanOrEqualTo(LARGEST_PIECE);
        assertThat(pieces.most).as("pieces on their way").isLessThanOrEqualTo(Math.max(1, mostAsked / columns));
        assertThat(input.buffer().length)
                .as("the largest page and a piece")
                .isLessThanOrEqualTo(9 * MIB + LARGEST_PIECE);
    }

    @Test
    void asManyAreOnTheirWayAsMayBe() throws IOException {
        Remembered pieces = new Remembered(new byte[25 * MIB], 4);
        ChunkInput input = new ChunkInput(pieces, 2);
        input.start(0, 25 * MIB);
        assertThat(pieces.asked).hasSize(2);
        assertThat(input.require(1)).isTrue();
        assertThat(pieces.asked).hasSize(2);
        assertThat(pieces.most).isEqualTo(2);
    }

    @Test
    void piecesAreSmallerWhereManyColumnsAreReadAtATime() throws IOException {
        int columns = 32;
        Remembered pieces = new Remembered(new byte[10 * MIB], 4);
        ChunkInput input = new ChunkInput(pieces, columns);
        input.start(0, 10 * MIB);
        while (input.require(1000)) {
            input.take(1000);
        }
        assertThat(pieces.most).isEqualTo(1);
        assertThat((long) columns * pieces.largest).isLessThanOrEqualTo(32L * MIB);
        assertThat(input.buffer().length).isLessThanOrEqualTo(pieces.largest + MIB);
    }

    @Test
    void anErrorOfTheStorageIsToldFromBytesThatAreWrong() throws IOException {
        IOException gone = new EOFException("the storage has lost it");
        ChunkInput input = new ChunkInput(
                new Pieces() {
                    @Override
                    public int mostAsked() {
                        return 1;
                    }

                    @Override
                    public void forget() {}

                    @Override
                    public void ask(long at, int length) {}

                    @Override
                    public int take(byte[] to, int offset) throws IOException {
                        throw gone;
                    }
                },
                1);
        input.start(4, 100);
        assertThat(input.failure()).isNull();
        assertThatThrownBy(input::read).isSameAs(gone);
        assertThat(input.failure()).isSameAs(gone);
    }
}
