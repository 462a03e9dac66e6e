package io.sparkrnn.format.keras;

import io.sparkrnn.tensor.Tensors;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Keras' recurrent layers as its documentation has them (<a
 * href="https://keras.io/api/layers/recurrent_layers/">SimpleRNN, LSTM, GRU, Bidirectional</a>), in plain loops over Keras'
 * own arrays: kernel [I][G*H], recurrent_kernel [H][G*H]. Gives the sequence that Keras gives, in Keras' order.
 */
final class KerasEquations {
    private KerasEquations() {}

    /** The weights and functions of one layer, or of one direction of it. */
    record Weights(
            String kind,
            double[][] kernel,
            double[][] recurrent,
            double @Nullable [] bias,
            boolean resetAfter,
            DoubleUnaryOperator activation,
            DoubleUnaryOperator gate) {
        /** Those at {@code place}0, 1 and 2 of a file, with Keras' usual functions. */
        static Weights of(String kind, Tensors tensors, String... names) {
            return new Weights(
                    kind,
                    matrix(tensors, names[0]),
                    matrix(tensors, names[1]),
                    names.length == 2 ? null : tensors.get(names[2]).toDoubles(),
                    true,
                    Math::tanh,
                    KerasEquations::sigmoid);
        }

        Weights functions(DoubleUnaryOperator main, DoubleUnaryOperator ofGates) {
            return new Weights(kind, kernel, recurrent, bias, resetAfter, main, ofGates);
        }

        Weights resetBefore() {
            return new Weights(kind, kernel, recurrent, bias, false, activation, gate);
        }
    }

    static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double[][] matrix(Tensors tensors, String name) {
        double[] values = tensors.get(name).toDoubles();
        int rows = (int) tensors.shape(name).size(0);
        int columns = (int) tensors.shape(name).size(1);
        double[][] matrix = new double[rows][columns];
        for (int i = 0; i < rows; i++) {
            System.arraycopy(values, i * columns, matrix[i], 0, columns);
        }
        return matrix;
    }

    static double[][] reversed(double[][] sequence) {
        double[][] reversed = new double[sequence.length][];
        for (int t = 0; t < sequence.length; t++) {
            reversed[t] = sequence[sequence.length - 1 - t];
        }
        return reversed;
    }

    /** return_sequences of a layer; with goBackwards the steps come out last to first, as in Keras. */
    static double[][] run(Weights w, double[][] x, boolean goBackwards) {
        return run(w, goBackwards ? reversed(x) : x);
    }

    static double[][] bidirectional(Weights forward, Weights backward, double[][] x) {
        double[][] first = run(forward, x);
        double[][] second = reversed(run(backward, reversed(x)));
        double[][] both = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            both[t] = new double[first[t].length + second[t].length];
            System.arraycopy(first[t], 0, both[t], 0, first[t].length);
            System.arraycopy(second[t], 0, both[t], first[t].length, second[t].length);
        }
        return both;
    }

    private static double[][] run(Weights w, double[][] x) {
        int units = w.recurrent().length;
        double[] h = new double[units];
        double[] c = new double[units];
        double[][] output = new double[x.length][];
        for (int t = 0; t < x.length; t++) {
            h = switch (w.kind()) {
                case "SimpleRNN" -> simple(w, x[t], h);
                case "LSTM" -> lstm(w, x[t], h, c);
                case "GRU" -> gru(w, x[t], h);
                default -> throw new IllegalArgumentException(w.kind());
            };
            output[t] = h;
        }
        return output;
    }

    /** Column {@code column} of {@code vector} times {@code matrix}. */
    private static double dot(double[] vector, double[][] matrix, int column) {
        double sum = 0;
        for (int i = 0; i < vector.length; i++) {
            sum += vector[i] * matrix[i][column];
        }
        return sum;
    }

    private static double bias(Weights w, int index) {
        double[] bias = w.bias();
        return bias == null ? 0 : bias[index];
    }

    /** The second row of a bias [2][3*H]. */
    private static double recurrentBias(Weights w, int column) {
        return bias(w, 3 * w.recurrent().length + column);
    }

    private static double[] simple(Weights w, double[] x, double[] h) {
        double[] next = new double[h.length];
        for (int u = 0; u < h.length; u++) {
            next[u] = w.activation().applyAsDouble(dot(x, w.kernel(), u) + bias(w, u) + dot(h, w.recurrent(), u));
        }
        return next;
    }

    /** Columns i, f, c, o; c is modified. */
    private static double[] lstm(Weights w, double[] x, double[] h, double[] c) {
        int units = h.length;
        double[] next = new double[units];
        for (int u = 0; u < units; u++) {
            double[] z = new double[4];
            for (int g = 0; g < 4; g++) {
                int column = g * units + u;
                z[g] = dot(x, w.kernel(), column) + dot(h, w.recurrent(), column) + bias(w, column);
            }
            double i = w.gate().applyAsDouble(z[0]);
            double f = w.gate().applyAsDouble(z[1]);
            c[u] = f * c[u] + i * w.activation().applyAsDouble(z[2]);
            next[u] = w.gate().applyAsDouble(z[3]) * w.activation().applyAsDouble(c[u]);
        }
        return next;
    }

    /** Columns z, r, h. */
    private static double[] gru(Weights w, double[] x, double[] h) {
        int units = h.length;
        double[] z = new double[units];
        double[] r = new double[units];
        for (int u = 0; u < units; u++) {
            z[u] = w.gate().applyAsDouble(sum(w, x, h, u));
            r[u] = w.gate().applyAsDouble(sum(w, x, h, units + u));
        }
        double[] next = new double[units];
        for (int u = 0; u < units; u++) {
            int column = 2 * units + u;
            double recurrent;
            if (w.resetAfter()) {
                recurrent = r[u] * (dot(h, w.recurrent(), column) + recurrentBias(w, column));
            } else {
                double[] reset = new double[units];
                for (int k = 0; k < units; k++) {
                    reset[k] = r[k] * h[k];
                }
                recurrent = dot(reset, w.recurrent(), column);
            }
            double candidate = w.activation().applyAsDouble(dot(x, w.kernel(), column) + bias(w, column) + recurrent);
            next[u] = z[u] * h[u] + (1 - z[u]) * candidate;
        }
        return next;
    }

    private static double sum(Weights w, double[] x, double[] h, int column) {
        double recurrentBias = w.resetAfter() ? recurrentBias(w, column) : 0;
        return dot(x, w.kernel(), column) + bias(w, column) + dot(h, w.recurrent(), column) + recurrentBias;
    }
}
