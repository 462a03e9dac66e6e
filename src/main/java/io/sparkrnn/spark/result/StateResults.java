package io.sparkrnn.spark.result;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The results of recurrent layers. */
public final class StateResults {
    private StateResults() {}

    /** The last layer's states, which lie in the engine's own array where it can make them so. */
    public static final class HiddenStates extends Result {
        private final Engine engine;
        private final int width;

        /** Of an engine's batches. */
        public HiddenStates(Engine engine, int width) {
            super(Output.HIDDEN_STATES.column(), new ArrayImage(engine.precision()));
            this.engine = engine;
            this.width = width;
        }

        @Override
        public void put(int sequence) {
            int steps = engine.hiddenSteps(sequence);
            float[] states = engine.hiddenStates();
            if (states != null) {
                image.toMatrix(states, engine.hiddenStatesAt(sequence), steps, width);
                return;
            }
            image.toMatrix(steps, width);
            engine.copyHiddenStates(
                    sequence,
                    image.bytes(),
                    NestedArray.firstNumber(steps, width),
                    NestedArray.stride(width, engine.precision()));
        }
    }

    /** What puts together the states that layers end with: h_n, and c_n of an LSTM. */
    public static List<Result> finalStates(RnnModel layers, Engine engine) {
        List<Result> states = new ArrayList<>();
        states.add(new FinalStates(Output.H_N, engine, layers.hiddenStates(), engine::copyFinalState));
        if (layers.hasCellState()) {
            states.add(new FinalStates(Output.C_N, engine, layers.cellStates(), engine::copyFinalCellState));
        }
        return states;
    }

    /** The columns of {@link #finalStates}. */
    public static List<ResultColumn> finalStateColumns(RnnModel layers, Precision precision) {
        ResultColumn hidden = ResultColumn.matrix(Output.H_N.column(), precision);
        return layers.hasCellState()
                ? List.of(hidden, ResultColumn.matrix(Output.C_N.column(), precision))
                : List.of(hidden);
    }

    /** h_n or c_n. */
    public static final class FinalStates extends Result {
        private final int[] at;
        private final Engine.StateCopy copy;

        /** Of an engine's batches, by what copies a state of one sequence. */
        public FinalStates(Output output, Engine engine, StateLayout layout, Engine.StateCopy copy) {
            super(output.column(), new ArrayImage(engine.precision()));
            at = image.toStates(layout);
            this.copy = copy;
        }

        @Override
        public void put(int sequence) {
            for (int state = 0; state < at.length; state++) {
                copy.copy(sequence, state, image.bytes(), at[state]);
            }
        }
    }

    /** What a head makes of the states. */
    public static final class Scores extends Result {
        private final Engine engine;
        private final int columns;
        private final boolean stepByStep;
        private final @Nullable ScoreSpread spread;

        /** Of an engine's batches. */
        public Scores(Engine engine, Head head) {
            super(Output.SCORE.column(), new ArrayImage(engine.precision()));
            this.engine = engine;
            columns = head.outputSize();
            stepByStep = head.source() == Head.Source.HIDDEN_STATES;
            spread = ScoreSpread.of(head);
            if (!stepByStep) {
                image.toRow(columns);
            }
        }

        @Override
        public void put(int sequence) {
            int steps = stepByStep ? engine.length(sequence) : 1;
            int stride = NestedArray.stride(columns, engine.precision());
            int at = NestedArray.rowHeader(columns);
            if (stepByStep) {
                image.toMatrix(steps, columns);
                at = NestedArray.firstNumber(steps, columns);
            }
            engine.copyScores(sequence, image.bytes(), at, stride);
            if (spread != null) {
                spread.add(image, at, stride, steps, engine.precision().byteSize());
            }
        }

        @Override
        public @Nullable ScoreSpread spread() {
            return spread;
        }
    }
}
