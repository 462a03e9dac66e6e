package io.sparkrnn.reference;

import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Head;
import io.sparkrnn.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.ejml.data.DMatrixRMaj;
import org.ejml.simple.SimpleMatrix;
import org.ejml.simple.SimpleOperations;

/** A head as its equations are written, a row at a time, in float64. */
public final class ReferenceHead {
    private final Head head;
    private final List<Stage> stages;

    /** {@code y = W x + b}, or a function of each number. */
    private interface Stage {
        SimpleMatrix apply(SimpleMatrix x);
    }

    /** The head with its weights widened to float64. */
    public ReferenceHead(Head head) {
        this.head = head;
        stages = head.stages().stream().map(ReferenceHead::stage).toList();
    }

    private static Stage stage(Head.Stage stage) {
        if (stage instanceof Head.Pointwise pointwise) {
            return x -> pointwise(x, pointwise.function());
        }
        Head.Linear linear = (Head.Linear) stage;
        SimpleMatrix weight = matrix(linear.weight().toDoubles(), linear.outputSize(), linear.inputSize());
        Tensor bias = linear.bias();
        SimpleMatrix column = bias == null
                ? new SimpleMatrix(linear.outputSize(), 1)
                : matrix(bias.toDoubles(), linear.outputSize(), 1);
        return x -> weight.mult(x).plus(column);
    }

    private static SimpleMatrix matrix(double[] values, int rows, int columns) {
        return SimpleMatrix.wrap(DMatrixRMaj.wrap(rows, columns, values));
    }

    private static SimpleMatrix pointwise(SimpleMatrix x, Activation function) {
        SimpleOperations.ElementOpReal operation = (row, column, value) -> function.apply(value);
        return x.elementOp(operation);
    }

    /**
     * The scores of rows of states.
     *
     * @param states [rows*W], not modified
     * @return [rows*O], a new array
     */
    public double[] run(double[] states) {
        int in = head.inputSize();
        int out = head.outputSize();
        int rows = states.length / in;
        double[] scores = new double[Math.multiplyExact(rows, out)];
        for (int r = 0; r < rows; r++) {
            SimpleMatrix row = matrix(Arrays.copyOfRange(states, r * in, (r + 1) * in), in, 1);
            for (Stage stage : stages) {
                row = stage.apply(row);
            }
            row = switch (head.finish()) {
                case NONE -> row;
                case SIGMOID -> pointwise(row, Activation.SIGMOID);
                case SOFTMAX -> softmax(row);
            };
            System.arraycopy(row.getDDRM().data, 0, scores, r * out, out);
        }
        return scores;
    }

    private static SimpleMatrix softmax(SimpleMatrix row) {
        // Not elementMax(), which passes over NaN.
        double largest = Arrays.stream(row.getDDRM().data).reduce(Double.NEGATIVE_INFINITY, Math::max);
        SimpleOperations.ElementOpReal operation = (i, j, value) -> StrictMath.exp(value - largest);
        SimpleMatrix powers = row.elementOp(operation);
        return powers.divide(powers.elementSum());
    }
}
