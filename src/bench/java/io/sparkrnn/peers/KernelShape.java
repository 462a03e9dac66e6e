package io.sparkrnn.peers;

import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * A row of the table: a cell, sizes, and how long the sequences are.
 *
 * @param cell a cell of PyTorch's
 * @param inputSize I
 * @param hiddenSize H
 * @param steps T of the sequences if all are equal, else the most there can be
 * @param sequences B
 * @param lengths how the lengths are distributed
 */
record KernelShape(Cell cell, int inputSize, int hiddenSize, int steps, int sequences, Lengths lengths) {
    private static final int MEDIAN_LENGTH = 50;
    private static final double SPREAD = 0.8;

    /** How long sequences are. */
    enum Lengths {
        /** All T. */
        EQUAL,
        /** 1 to T, each as likely. */
        UNIFORM,
        /** Many short, few long: median 50, sigma 0.8, cut off at T. */
        LOG_NORMAL
    }

    /** The rows of the whole table, in its order. */
    static List<KernelShape> all() {
        List<KernelShape> shapes = new ArrayList<>();
        int[][] rnn = {
            {5, 8, 10, 256},
            {16, 32, 50, 64},
            {64, 64, 100, 64},
            {64, 128, 100, 64},
            {128, 256, 100, 64},
            {256, 512, 50, 64},
            {512, 1024, 20, 64}
        };
        int[][] gated = {{16, 32, 50, 64}, {64, 128, 100, 64}, {128, 256, 100, 64}, {256, 512, 50, 64}};
        int[][] single = {{64, 64, 100, 1}, {128, 128, 100, 1}, {256, 256, 100, 1}, {512, 512, 100, 1}};
        int[][] few = {{64, 128, 100, 2}, {64, 128, 100, 4}, {64, 128, 100, 8}, {64, 128, 100, 12}, {256, 512, 100, 4}};
        List<Cell> cells = List.of(Cell.RNN_TANH, Cell.LSTM, Cell.GRU);
        for (Cell cell : cells) {
            add(shapes, cell, cell.type() == CellType.RNN ? rnn : gated, Lengths.EQUAL);
        }
        for (Cell cell : cells) {
            add(shapes, cell, single, Lengths.EQUAL);
        }
        for (Cell cell : cells) {
            add(shapes, cell, few, Lengths.EQUAL);
        }
        for (Cell cell : cells) {
            add(shapes, cell, new int[][] {{16, 32, 100, 64}, {64, 128, 100, 64}}, Lengths.UNIFORM);
            add(shapes, cell, new int[][] {{16, 32, 500, 64}, {64, 128, 500, 64}}, Lengths.LOG_NORMAL);
        }
        return shapes;
    }

    private static void add(List<KernelShape> shapes, Cell cell, int[][] sizes, Lengths lengths) {
        for (int[] s : sizes) {
            shapes.add(new KernelShape(cell, s[0], s[1], s[2], s[3], lengths));
        }
    }

    /**
     * The rows that a comma-separated list names: each of its entries is words that a row has to have, joined by +, each
     * one of RNN, LSTM, GRU, B=1, few, batched, ragged, or a size such as H=64.
     */
    static List<KernelShape> named(String list) {
        List<KernelShape> chosen = all().stream()
                .filter(shape -> list.isBlank()
                        || Arrays.stream(list.split(","))
                                .anyMatch(entry -> Arrays.stream(entry.strip().split("\\+"))
                                        .allMatch(shape.words()::contains)))
                .toList();
        if (chosen.isEmpty()) {
            throw new IllegalArgumentException("no shape is " + list + "; there are, for example, "
                    + all().get(0).words() + ", joined as RNN+H=64,LSTM+B=1,ragged");
        }
        return chosen;
    }

    private List<String> words() {
        return List.of(
                cell.type().name(),
                "I=" + inputSize,
                "H=" + hiddenSize,
                "T=" + steps,
                "B=" + sequences,
                lengths == Lengths.EQUAL ? "equal" : "ragged",
                lengths == Lengths.EQUAL && sequences > 1 ? sequences < 16 ? "few" : "batched" : "",
                lengths.name().toLowerCase(Locale.ROOT));
    }

    /** T of each sequence. */
    int[] lengths(Random random) {
        int[] result = new int[sequences];
        for (int s = 0; s < sequences; s++) {
            result[s] = switch (lengths) {
                case EQUAL -> steps;
                case UNIFORM -> 1 + random.nextInt(steps);
                case LOG_NORMAL ->
                    (int) Math.max(
                            1, Math.min(steps, Math.round(MEDIAN_LENGTH * Math.exp(SPREAD * random.nextGaussian()))));
            };
        }
        return result;
    }

    @Override
    public String toString() {
        String ragged = lengths == Lengths.EQUAL
                ? ""
                : ", " + lengths.name().toLowerCase(Locale.ROOT).replace('_', '-');
        return cell.type().name() + " " + inputSize + ", " + hiddenSize + ", " + steps + ", " + sequences + ragged;
    }
}
