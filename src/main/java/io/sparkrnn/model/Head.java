package io.sparkrnn.model;

import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What makes predictions of a recurrent network's states: linear layers and functions between them, applied to a row of
 * the last layer's states. W is the width of that row, D*P, forward states first; O that of the scores it becomes.
 *
 * <pre>
 *   score = finish(stage_n(... stage_1(row)))
 * </pre>
 *
 * @param stages first to last, at least one of them linear, each as wide as the one before gives; unmodifiable
 * @param source which rows it is applied to
 * @param finish what is done to a row of O numbers at the end
 */
public record Head(List<Stage> stages, Source source, Finish finish) implements Serializable {
    /** A part of a head. */
    public sealed interface Stage extends Serializable permits Linear, Pointwise {}

    /**
     * {@code y = W x + b}, as <a href="https://pytorch.org/docs/stable/generated/torch.nn.Linear.html">nn.Linear</a>.
     *
     * @param weight W [out, in]
     * @param bias b [out]; null without
     */
    public record Linear(Tensor weight, @Nullable Tensor bias) implements Stage {
        public Linear {
            boolean fits = weight.shape().rank() == 2
                    && weight.shape().elements() > 0
                    && (bias == null || bias.shape().is(weight.shape().size(0)));
            if (!fits) {
                throw new IllegalArgumentException("a linear layer of weight " + weight + ", bias " + bias);
            }
        }

        /** The width of a row it takes. */
        public int inputSize() {
            return Math.toIntExact(weight.shape().size(1));
        }

        /** The width of a row it gives. */
        public int outputSize() {
            return Math.toIntExact(weight.shape().size(0));
        }

        @Override
        public String toString() {
            return "linear " + inputSize() + " to " + outputSize() + (bias == null ? " (no bias)" : "");
        }
    }

    /**
     * A function of each number by itself.
     *
     * @param function {@link Activation#RELU}, {@link Activation#TANH} or {@link Activation#SIGMOID}
     */
    public record Pointwise(Activation function) implements Stage {
        public Pointwise {
            if (!List.of(Activation.RELU, Activation.TANH, Activation.SIGMOID).contains(function)) {
                throw new IllegalArgumentException("a head with " + function + "; it may have relu, tanh and sigmoid");
            }
        }

        @Override
        public String toString() {
            return function.toString();
        }
    }

    /** The rows a head is applied to. */
    public enum Source {
        /** A sequence's last states: those of the last layer in h_n, [D*P]; gives [O]. */
        H_N,
        /** The last layer's states at each step, [T][D*P]; gives [T][O]. */
        HIDDEN_STATES;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What is done to the row a head ends with. */
    public enum Finish {
        /** Nothing. */
        NONE,
        /** {@code 1 / (1 + e^-y)} of each number: independent chances. */
        SIGMOID,
        /** {@code e^y_i / (e^y_1 + ... + e^y_O)}: chances of which one holds, 1 together. */
        SOFTMAX;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public Head {
        stages = List.copyOf(stages);
        List<Linear> linears = linears(stages).toList();
        if (linears.isEmpty()) {
            throw new IllegalArgumentException("a head without a linear layer");
        }
        for (int i = 1; i < linears.size(); i++) {
            if (linears.get(i).inputSize() != linears.get(i - 1).outputSize()) {
                throw new IllegalArgumentException("linear layer " + i + " of a head (from 0) takes "
                        + linears.get(i).inputSize() + " numbers, the one before it gives "
                        + linears.get(i - 1).outputSize());
            }
        }
    }

    /** A single linear layer on h_n, with nothing after it. */
    public static Head linear(Tensor weight, @Nullable Tensor bias) {
        return new Head(List.of(new Linear(weight, bias)), Source.H_N, Finish.NONE);
    }

    private static Stream<Linear> linears(List<Stage> stages) {
        return stages.stream().filter(Linear.class::isInstance).map(Linear.class::cast);
    }

    /** W: the width of a row it takes, which must be the {@link RnnModel#outputSize} of the network. */
    public int inputSize() {
        return linears(stages).findFirst().orElseThrow().inputSize();
    }

    /** O: the number of scores it makes of a row. */
    public int outputSize() {
        return linears(stages).reduce((a, b) -> b).orElseThrow().outputSize();
    }

    /** The number of weights. */
    public long parameters() {
        return linears(stages)
                .mapToLong(linear -> linear.weight().shape().elements()
                        + (linear.bias() == null ? 0 : linear.bias().shape().elements()))
                .sum();
    }

    /** In words: {@code linear 8 to 16, relu, linear 16 to 2, on h_n, then sigmoid}. */
    @Override
    public String toString() {
        List<String> words = new ArrayList<>();
        stages.forEach(stage -> words.add(stage.toString()));
        words.add("on " + source + (finish == Finish.NONE ? "" : ", then " + finish));
        return String.join(", ", words);
    }
}
