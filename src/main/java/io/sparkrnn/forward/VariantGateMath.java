package io.sparkrnn.forward;

import io.sparkrnn.forward.GateMath.Slice;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;

/**
 * The cells of ONNX and Keras that PyTorch has not, element by element; {@link Cell} has the equations. Functions other
 * than tanh, sigmoid and relu are taken in float64 and rounded, which is slow and the same on every machine.
 */
final class VariantGateMath {
    private VariantGateMath() {}

    /** {@code a = act(min(max(a, -clip), clip))} for {@code count} elements; NaN stays NaN. Modifies them only. */
    private static void activate(Kernel kernel, Activation activation, double clip, float[] a, int from, int count) {
        if (clip < Double.POSITIVE_INFINITY) {
            float bound = (float) clip;
            for (int s = from; s < from + count; s++) {
                a[s] = Math.min(Math.max(a[s], -bound), bound);
            }
        }
        switch (activation.kind()) {
            case TANH -> kernel.tanh(a, from, from + count);
            case SIGMOID -> kernel.sigmoid(a, from, from + count);
            case RELU -> kernel.relu(a, from, from + count);
            default -> {
                for (int s = from; s < from + count; s++) {
                    a[s] = (float) activation.apply(a[s]);
                }
            }
        }
    }

    /** {@code state = act(sums)}; modifies both. */
    static void rnn(Kernel kernel, Cell cell, float[] sums, float[] state, int count) {
        activate(kernel, cell.newActivation(), cell.clip(), sums, 0, count);
        System.arraycopy(sums, 0, state, 0, count);
    }

    /** {@code gate = gate + p c}, of one hidden unit in all lanes; modifies the gate. */
    static void peep(Slice gate, float p, float[] c, int count) {
        for (int s = 0; s < count; s++) {
            gate.values()[gate.from() + s] = Math.fma(p, c[s], gate.values()[gate.from() + s]);
        }
    }

    /** {@code gate = gate + p * c}, of all hidden units; modifies the gate. */
    static void peep(Slice gate, float[] p, float[] c, int count) {
        for (int s = 0; s < count; s++) {
            gate.values()[gate.from() + s] = Math.fma(p[s], c[s], gate.values()[gate.from() + s]);
        }
    }

    /** {@code c = f * c + i * g}, the gates being sums before; modifies the gates and c. */
    static void lstmState(Kernel kernel, Cell cell, Slice i, Slice f, Slice g, float[] c, int count) {
        activate(kernel, cell.gateActivation(), cell.clip(), i.values(), i.from(), count);
        if (cell.forgetGate() == Cell.ForgetGate.COUPLED) {
            for (int s = 0; s < count; s++) {
                f.values()[f.from() + s] = 1 - i.values()[i.from() + s];
            }
        } else {
            activate(kernel, cell.gateActivation(), cell.clip(), f.values(), f.from(), count);
        }
        activate(kernel, cell.newActivation(), cell.clip(), g.values(), g.from(), count);
        for (int s = 0; s < count; s++) {
            c[s] = Math.fma(f.values()[f.from() + s], c[s], i.values()[i.from() + s] * g.values()[g.from() + s]);
        }
    }

    /** {@code h = o * act(c)}, o being a sum before; modifies o and h. */
    static void lstmOutput(Kernel kernel, Cell cell, Slice o, float[] c, float[] h, int count) {
        activate(kernel, cell.gateActivation(), cell.clip(), o.values(), o.from(), count);
        System.arraycopy(c, 0, h, 0, count);
        // c is no sum: it is not clipped.
        activate(kernel, cell.outputActivation(), Double.POSITIVE_INFINITY, h, 0, count);
        for (int s = 0; s < count; s++) {
            h[s] *= o.values()[o.from() + s];
        }
    }

    /** {@code result = act(r) * value}; modifies r and the result, which may be the value itself. */
    static void reset(Kernel kernel, Cell cell, float[] r, float[] value, float[] result, int count) {
        activate(kernel, cell.gateActivation(), cell.clip(), r, 0, count);
        for (int s = 0; s < count; s++) {
            result[s] = r[s] * value[s];
        }
    }

    /** {@code total = total + addend}; modifies the total only. */
    static void add(Slice total, float[] addend, int count) {
        for (int s = 0; s < count; s++) {
            total.values()[total.from() + s] += addend[s];
        }
    }

    /** {@code n' = act(n)}, {@code h = n' + act(z) (h - n')}; modifies the gates and h. */
    static void gru(Kernel kernel, Cell cell, Slice z, Slice n, float[] h, int count) {
        activate(kernel, cell.gateActivation(), cell.clip(), z.values(), z.from(), count);
        activate(kernel, cell.newActivation(), cell.clip(), n.values(), n.from(), count);
        for (int s = 0; s < count; s++) {
            float value = n.values()[n.from() + s];
            h[s] = Math.fma(z.values()[z.from() + s], h[s] - value, value);
        }
    }
}
