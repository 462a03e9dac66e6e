package io.sparkrnn.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which sequences go together: no result depends on it, the time does. */
class GroupingTest {
    private static final Grouping.Cost COST = new Grouping.Cost(7, 0.35);

    @Test
    void fewGoInGroupsOfSixAndEightAsTwoOfFour() {
        assertThat(groups(1)).containsExactly(1);
        assertThat(groups(6)).containsExactly(6);
        assertThat(groups(7)).containsExactly(6, 1);
        assertThat(groups(8)).containsExactly(4, 4);
        assertThat(groups(12)).containsExactly(6, 6);
        assertThat(groups(14)).containsExactly(6, 4, 4);
    }

    @Test
    void aWholeBlockSharesLanes() {
        assertThat(groups(16)).isEmpty();
        assertThat(groups(17)).containsExactly(1);
    }

    /** The sizes of the groups of a few among this many sequences of one length. */
    private static List<Integer> groups(int sequences) {
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, 2, 3).model(new Random(1));
        SequenceBatch batch = new SequenceBatch(model);
        for (int s = 0; s < sequences; s++) {
            batch.add(FloatBuffer.allocate(5 * model.inputSize()), 5, null, null);
        }
        Grouping grouping = Grouping.of(batch, IntStream.range(0, sequences).toArray(), COST);
        int few = grouping.few().stream().mapToInt(group -> group.length).sum();
        assertThat(few + grouping.together().length).isEqualTo(sequences);
        return grouping.few().stream().map(group -> group.length).toList();
    }
}
