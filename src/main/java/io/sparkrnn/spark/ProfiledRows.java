package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.forward.OutputLayout;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.report.RowSampler;
import io.sparkrnn.report.RunProfile;
import io.sparkrnn.spark.result.ArrayImage;
import io.sparkrnn.spark.result.GraphResult;
import io.sparkrnn.spark.result.NestedArray;
import io.sparkrnn.spark.sequence.Pieces;
import io.sparkrnn.spark.sequence.SequenceInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the rows of a partition as they go by, for the report of the run: at the length and the scores of each, at the
 * features and states of some. What it gathers depends on their order alone, not on batches.
 */
final class ProfiledRows {
    /** Hidden states that are copied to be looked at, in numbers: an engine without an array of them is slow anyway. */
    private static final int MOST_COPIED = 1 << 24;

    private final Engine engine;
    private final ScoreProfile target;
    private final RunProfile profile;
    private final RowSampler sampler;
    /** Those of recurrent layers; null of a whole network. */
    private final @Nullable StateLayout states;

    /** Of a whole network. */
    private final List<GraphResult> outputs;

    private final @Nullable ArrayImage scores;

    /** How the engine lays hidden states out; null when it was made for h_n alone. */
    private final @Nullable OutputLayout layout;

    private final int width;
    private final int inputSize;
    private final int scoreColumns;
    private final boolean scoresByStep;
    private final float[] unit;
    private final float[] score;
    private final Looked looked;

    /** For how many rows each sequence of the batch stands; 0 when it is not looked at. */
    private long[] times = new long[64];

    private ByteBuffer copied = buffer(0);
    private float[] numbers = new float[0];
    private int turn;
    private boolean ended;

    /**
     * Of the partition of the task at hand.
     *
     * @param head what makes scores; null where there are none
     * @param scores where those of a row are; null where there are none
     * @param layout how the engine lays hidden states out; null when it was made for h_n alone
     * @param target where goes what is gathered, when all rows were there
     */
    ProfiledRows(
            Engine engine,
            RnnModel model,
            @Nullable Head head,
            @Nullable ArrayImage scores,
            @Nullable OutputLayout layout,
            ScoreProfile target) {
        this.engine = engine;
        this.scores = scores;
        this.target = target;
        this.layout = layout;
        profile = target.empty();
        sampler = sampler();
        outputs = List.of();
        states = model.hiddenStates();
        width = model.outputSize();
        inputSize = model.inputSize();
        scoreColumns = head == null ? 0 : head.outputSize();
        scoresByStep = head != null && head.source() == Head.Source.HIDDEN_STATES;
        unit = new float[target.units()];
        score = new float[head == null ? 0 : target.scores()];
        looked = new Looked();
    }

    /**
     * Of the partition of the task at hand, by a whole network: its outputs are looked at as scores are.
     *
     * @param stepWidth how many numbers it takes at each step
     * @param outputs as the row at hand has them
     */
    ProfiledRows(Engine engine, int stepWidth, List<GraphResult> outputs, ScoreProfile target) {
        this.engine = engine;
        this.outputs = List.copyOf(outputs);
        this.target = target;
        scores = null;
        layout = null;
        profile = target.empty();
        sampler = sampler();
        states = null;
        width = 0;
        inputSize = stepWidth;
        scoreColumns = 0;
        scoresByStep = false;
        unit = new float[0];
        score = new float[0];
        looked = new Looked();
    }

    private static RowSampler sampler() {
        TaskContext task = TaskContext.get();
        return task == null
                ? RowSampler.ofPartition(0, 1)
                : RowSampler.ofPartition(task.partitionId(), Math.max(1, task.numPartitions()));
    }

    /** What puts sequences into the batch, and looks at them on the way. */
    SequenceInput.Sink over(SequenceInput.Sink sink) {
        return new SequenceInput.Sink() {
            @Override
            public void add(
                    int length,
                    NumberSource x,
                    @Nullable NumberSource row,
                    @Nullable NumberSource h0,
                    @Nullable NumberSource c0) {
                long standsFor = sampler.next();
                sink.add(length, standsFor == 0 ? x : looked.at(x, length, standsFor), row, h0, c0);
                added(standsFor);
            }

            @Override
            public void add(
                    Pieces x, @Nullable NumberSource row, @Nullable NumberSource h0, @Nullable NumberSource c0) {
                // Its features are not looked at: which of them would be, depends on a length that is not known yet.
                sampler.next();
                sink.add(x, row, h0, c0);
                added(0);
            }
        };
    }

    private void added(long standsFor) {
        int sequence = engine.size() - 1;
        if (sequence >= times.length) {
            times = Arrays.copyOf(times, 2 * sequence);
        }
        times[sequence] = standsFor;
    }

    /**
     * Takes a row that was scored.
     *
     * @param sequence its place in the batch
     * @param length T
     */
    void take(int sequence, int length) {
        profile.addRow(length);
        if (score.length > 0 && scores != null) {
            takeScores(sequence, scores);
        }
        takeOutputs(sequence);
        long standsFor = times[sequence];
        if (standsFor > 0) {
            profile.addSampled(standsFor);
            takeFinalState(sequence, standsFor);
            takeHiddenStates(sequence, standsFor);
        }
    }

    /** Says that there is no further row. */
    void end() {
        if (!ended) {
            ended = true;
            target.add(profile);
        }
    }

    /** Of scores at each step those of one step, another one of each row. */
    private void takeScores(int sequence, ArrayImage of) {
        int columns = scoreColumns;
        int at = NestedArray.rowHeader(columns);
        if (scoresByStep) {
            int steps = engine.length(sequence);
            at = NestedArray.firstNumber(steps, columns)
                    + turn % steps * NestedArray.stride(columns, engine.precision());
            turn = turn + 1 & Integer.MAX_VALUE;
        }
        for (int i = 0; i < score.length; i++) {
            score[i] = (float) of.number(at + i * engine.precision().byteSize());
        }
        profile.addScores(score, 0, 1);
    }

    /** Of outputs at each step those of one step, another one of each row. */
    private void takeOutputs(int sequence) {
        int which = 0;
        for (GraphResult output : outputs) {
            int steps = output.steps(sequence);
            int columns = Math.min(output.numbersEach(), target.scores() - which);
            for (int i = 0; i < columns && steps > 0; i++) {
                int at = output.first(steps)
                        + turn % steps * output.stride()
                        + i * engine.precision().byteSize();
                profile.addScore(which + i, (float) output.image.number(at), 1);
            }
            which += columns;
        }
        if (!outputs.isEmpty()) {
            turn = turn + 1 & Integer.MAX_VALUE;
        }
    }

    private void takeFinalState(int sequence, long standsFor) {
        if (states == null) {
            return;
        }
        int at = 0;
        for (int state = target.firstState(); at < unit.length; state++) {
            int some = Math.min(states.width(state), unit.length - at);
            reserve(states.width(state));
            engine.copyFinalState(sequence, state, copied, 0);
            toFloats(some, unit, at);
            at += some;
        }
        profile.addFinalState(unit, 0, standsFor);
    }

    private void takeHiddenStates(int sequence, long standsFor) {
        if (layout == null) {
            return;
        }
        int steps = engine.length(sequence);
        float[] all = engine.hiddenStates();
        if (all != null) {
            int at = engine.hiddenStatesAt(sequence) + layout.first(steps);
            profile.addHiddenStates(all, at, steps, width, layout.stride(), standsFor);
        } else if ((long) steps * width <= MOST_COPIED) {
            int count = steps * width;
            reserve(count);
            engine.copyHiddenStates(
                    sequence, copied, 0, width * engine.precision().byteSize());
            if (numbers.length < count) {
                numbers = new float[count];
            }
            toFloats(count, numbers, 0);
            profile.addHiddenStates(numbers, 0, steps, width, width, standsFor);
        }
    }

    private void reserve(int count) {
        int bytes = count * engine.precision().byteSize();
        if (copied.capacity() < bytes) {
            copied = buffer(bytes);
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private void toFloats(int count, float[] to, int at) {
        for (int i = 0; i < count; i++) {
            to[at + i] = switch (engine.precision()) {
                case FLOAT32 -> copied.getFloat(i * Float.BYTES);
                case FLOAT64 -> (float) copied.getDouble(i * Double.BYTES);
            };
        }
    }

    /** The numbers of a row, as the engine has them copied. */
    private final class Looked implements NumberSource {
        private NumberSource of = NumberSource.of(buffer(0), engine.precision());
        private int done;

        NumberSource at(NumberSource x, int length, long standsFor) {
            of = x;
            done = 0;
            profile.beginFeatures(length, standsFor);
            return this;
        }

        @Override
        public void copyTo(float[] to, int at, int count) {
            of.copyTo(to, at, count);
            int steps = count / inputSize;
            profile.addSteps(to, at, done, steps);
            done += steps;
        }

        @Override
        public void copyTo(double[] to, int at, int count) {
            of.copyTo(to, at, count);
            int steps = count / inputSize;
            profile.addSteps(to, at, done, steps);
            done += steps;
        }
    }
}
