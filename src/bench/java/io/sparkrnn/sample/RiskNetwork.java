package io.sparkrnn.sample;

import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.sample.Payments.Payment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Embeddings of category and channel, the logarithms of the amount and of the hours since the payment before, a GRU over them, and
 * at each payment a logistic unit: how likely it is that it will be disputed. Trained by back-propagation through time with Adam
 * (Kingma and Ba, 2015); the GRU is PyTorch's, whose reset gate is applied to W_hn h + b_hn. Written as ONNX.
 */
final class RiskNetwork {
    private static final int CATEGORY = 4;
    private static final int CHANNEL = 2;
    private static final int X = CATEGORY + CHANNEL + 2;
    private static final int H = 12;
    private static final double RATE = 0.004;

    // where each tensor begins among the parameters; gates in the order z, r, n, which is that of ONNX
    private static final int CATEGORIES = 0;
    private static final int CHANNELS = CATEGORIES + Payments.CATEGORIES.size() * CATEGORY;
    private static final int W = CHANNELS + Payments.CHANNELS.size() * CHANNEL;
    private static final int R = W + 3 * H * X;
    private static final int WB = R + 3 * H * H;
    private static final int RB = WB + 3 * H;
    private static final int V = RB + 3 * H;
    private static final int VB = V + H;
    private static final int SIZE = VB + 1;

    private final double[] weights = new double[SIZE];
    private final double[] gradient = new double[SIZE];
    private final double[] mean = new double[SIZE];
    private final double[] square = new double[SIZE];
    private long updates;

    RiskNetwork(Random random) {
        for (int i = 0; i < SIZE; i++) {
            weights[i] = i < W ? 0.5 * random.nextGaussian() : (2 * random.nextDouble() - 1) / Math.sqrt(H);
        }
    }

    /** What a step leaves for the way back. */
    private static final class Step {
        final double[] x = new double[X];
        final double[] before = new double[H];
        final double[] z = new double[H];
        final double[] r = new double[H];
        final double[] n = new double[H];
        final double[] u = new double[H];
        final double[] h = new double[H];
        double risk;
    }

    /** The risk at each payment of a client. */
    double[] risks(List<Payment> payments) {
        return Arrays.stream(forward(payments)).mapToDouble(step -> step.risk).toArray();
    }

    private Step[] forward(List<Payment> payments) {
        Step[] steps = new Step[payments.size()];
        double[] state = new double[H];
        for (int t = 0; t < steps.length; t++) {
            Payment payment = payments.get(t);
            Step step = new Step();
            steps[t] = step;
            System.arraycopy(weights, CATEGORIES + payment.category() * CATEGORY, step.x, 0, CATEGORY);
            System.arraycopy(weights, CHANNELS + payment.channel() * CHANNEL, step.x, CATEGORY, CHANNEL);
            step.x[X - 2] = Math.log(1 + payment.cents() / 100.0);
            step.x[X - 1] = Math.log(1 + hours(payments, t));
            System.arraycopy(state, 0, step.before, 0, H);
            for (int i = 0; i < H; i++) {
                step.z[i] = logistic(gate(0, i, step) + hidden(0, i, step));
                step.r[i] = logistic(gate(1, i, step) + hidden(1, i, step));
                step.u[i] = hidden(2, i, step);
                step.n[i] = Math.tanh(gate(2, i, step) + step.r[i] * step.u[i]);
                step.h[i] = (1 - step.z[i]) * step.n[i] + step.z[i] * step.before[i];
            }
            double sum = weights[VB];
            for (int i = 0; i < H; i++) {
                sum += weights[V + i] * step.h[i];
            }
            step.risk = logistic(sum);
            state = step.h;
        }
        return steps;
    }

    private static double hours(List<Payment> payments, int t) {
        return t == 0 ? 0 : (payments.get(t).second() - payments.get(t - 1).second()) / 3_600.0;
    }

    private double gate(int gate, int unit, Step step) {
        double sum = weights[WB + gate * H + unit];
        for (int i = 0; i < X; i++) {
            sum += weights[W + (gate * H + unit) * X + i] * step.x[i];
        }
        return sum;
    }

    private double hidden(int gate, int unit, Step step) {
        double sum = weights[RB + gate * H + unit];
        for (int i = 0; i < H; i++) {
            sum += weights[R + (gate * H + unit) * H + i] * step.before[i];
        }
        return sum;
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    /** Learns from one client; gives the sum of its cross entropies. */
    double learn(List<Payment> payments) {
        Step[] steps = forward(payments);
        Arrays.fill(gradient, 0);
        double loss = 0;
        double[] behind = new double[H];
        for (int t = steps.length - 1; t >= 0; t--) {
            Step step = steps[t];
            boolean disputed = payments.get(t).disputed();
            loss -= Math.log(Math.max(1e-12, disputed ? step.risk : 1 - step.risk));
            double error = step.risk - (disputed ? 1 : 0);
            gradient[VB] += error;
            for (int i = 0; i < H; i++) {
                gradient[V + i] += error * step.h[i];
                behind[i] += error * weights[V + i];
            }
            behind = back(step, payments.get(t), behind);
        }
        update();
        return loss;
    }

    /** Through one step: from the gradient of its state to that of the state before. */
    private double[] back(Step step, Payment payment, double[] ofState) {
        double[] before = new double[H];
        double[] ofX = new double[X];
        for (int i = 0; i < H; i++) {
            double z = ofState[i] * (step.before[i] - step.n[i]) * step.z[i] * (1 - step.z[i]);
            double n = ofState[i] * (1 - step.z[i]) * (1 - step.n[i] * step.n[i]);
            double r = n * step.u[i] * step.r[i] * (1 - step.r[i]);
            before[i] += ofState[i] * step.z[i];
            back(0, i, z, z, step, before, ofX);
            back(1, i, r, r, step, before, ofX);
            back(2, i, n, n * step.r[i], step, before, ofX);
        }
        for (int i = 0; i < CATEGORY; i++) {
            gradient[CATEGORIES + payment.category() * CATEGORY + i] += ofX[i];
        }
        for (int i = 0; i < CHANNEL; i++) {
            gradient[CHANNELS + payment.channel() * CHANNEL + i] += ofX[CATEGORY + i];
        }
        return before;
    }

    private void back(int gate, int unit, double ofGate, double ofHidden, Step step, double[] before, double[] ofX) {
        int row = gate * H + unit;
        gradient[WB + row] += ofGate;
        gradient[RB + row] += ofHidden;
        for (int i = 0; i < X; i++) {
            gradient[W + row * X + i] += ofGate * step.x[i];
            ofX[i] += ofGate * weights[W + row * X + i];
        }
        for (int i = 0; i < H; i++) {
            gradient[R + row * H + i] += ofHidden * step.before[i];
            before[i] += ofHidden * weights[R + row * H + i];
        }
    }

    private void update() {
        updates++;
        double norm = 0;
        for (double one : gradient) {
            norm += one * one;
        }
        double scale = Math.min(1, 5 / Math.sqrt(norm + 1e-12));
        for (int i = 0; i < SIZE; i++) {
            double g = gradient[i] * scale;
            mean[i] += 0.1 * (g - mean[i]);
            square[i] += 0.001 * (g * g - square[i]);
            double m = mean[i] / (1 - Math.pow(0.9, (double) updates));
            double v = square[i] / (1 - Math.pow(0.999, (double) updates));
            weights[i] -= RATE * m / (Math.sqrt(v) + 1e-8);
        }
    }

    /** The file: inputs mcc, channel [batch, T], amount and pause [batch, T, 1]; output risk [batch, T, 1]. */
    byte[] onnx() {
        return OnnxWriter.message()
                .node("Gather", "category", "categories mcc", "e1", OnnxWriter.attribute("axis", 0L))
                .node("Gather", "way", "channels channel", "e2", OnnxWriter.attribute("axis", 0L))
                .node("Add", "amount_from_1", "amount one", "a1")
                .node("Log", "log_amount", "a1", "la")
                .node("Add", "pause_from_1", "pause one", "p1")
                .node("Log", "log_pause", "p1", "lp")
                .node("Concat", "joined", "e1 e2 la lp", "x", OnnxWriter.attribute("axis", 2L))
                .node("Transpose", "steps_first", "x", "xt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node(
                        "GRU",
                        "gru",
                        "xt W R B",
                        "Y",
                        OnnxWriter.attribute("hidden_size", (long) H),
                        OnnxWriter.attribute("linear_before_reset", 1L))
                .node("Squeeze", "one_direction", "Y first", "y1")
                .node("Transpose", "batch_first", "y1", "y", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("MatMul", "linear", "y V", "v")
                .node("Add", "bias", "v c", "logit")
                .node("Sigmoid", "sigmoid", "logit", "risk")
                .initializer(tensor("categories", CATEGORIES, Payments.CATEGORIES.size(), CATEGORY))
                .initializer(tensor("channels", CHANNELS, Payments.CHANNELS.size(), CHANNEL))
                .initializer(OnnxWriter.floats("one", new float[] {1}, 1))
                .initializer(OnnxWriter.longs("first", 1))
                .initializer(tensor("W", W, 1, 3 * H, X))
                .initializer(tensor("R", R, 1, 3 * H, H))
                .initializer(tensor("B", WB, 1, 6 * H))
                .initializer(tensor("V", V, H, 1))
                .initializer(tensor("c", VB, 1))
                .input("mcc", OnnxWriter.INT64, -1, -1)
                .input("channel", OnnxWriter.INT64, -1, -1)
                .input("amount", OnnxWriter.FLOAT, -1, -1, 1)
                .input("pause", OnnxWriter.FLOAT, -1, -1, 1)
                .output("risk", OnnxWriter.FLOAT, -1, -1, 1)
                .model(17, "spark-rnn's sample");
    }

    private byte[] tensor(String name, int from, long... dims) {
        int count = (int) Arrays.stream(dims).reduce(1, (one, other) -> one * other);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) weights[from + i];
        }
        return OnnxWriter.floats(name, values, dims);
    }
}
