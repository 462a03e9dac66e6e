package io.sparkrnn.spark.feature;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * The numbers [T][width] of the row at hand, in the way its column has them, on their way from Spark's own memory to the
 * engine's, standardised if so. {@link #take} says how many steps there are, {@link #steps} may then be narrowed, and the engine
 * has those copied, run by run: all of them, or some whole steps after the other. For one thread.
 */
public abstract class Features implements NumberSource {
    final int width;
    /** The mean and the deviation of each number of a step; empty when they are taken as they are. */
    private final double[] scales;

    private final Where where;
    private final Steps steps = new Steps();

    /** The run that is copied next, and how many of its steps were copied before. */
    private int run;

    private int copied;

    Features(Wanted wanted) {
        where = wanted.where();
        width = wanted.width();
        scales = wanted.standardization() == null
                ? new double[0]
                : wanted.standardization().pairs();
    }

    /**
     * Takes a row's value, which has to stay as it is until the numbers are copied. All its steps count until {@link #steps}
     * are narrowed.
     *
     * @param value what Spark has in the column
     * @throws Defect when it is null, or its steps cannot be told
     */
    public final void take(@Nullable Object value) {
        if (value == null) {
            throw defect(Kind.NULL_VALUE, -1, 0);
        }
        steps.setAll(available(value));
        run = 0;
        copied = 0;
    }

    /** The steps of the value that count. */
    public final Steps steps() {
        return steps;
    }

    /**
     * T.
     *
     * @throws Defect when no step counts
     */
    public final int checkedCount() {
        int count = steps.count();
        if (count == 0) {
            throw defect(Kind.EMPTY, -1, 0);
        }
        return count;
    }

    /** What is wrong with these numbers. */
    public final Defect defect(Kind kind, int step, long found) {
        return new Defect(where, kind, step, found);
    }

    /** Keeps the value and says how many steps it has. */
    abstract int available(Object value);

    /** Copies the steps from {@code from} to before {@code to}, the first number to {@code at}. */
    abstract void copyRun(int from, int to, float[] target, int at);

    /** The same in float64. */
    abstract void copyRun(int from, int to, double[] target, int at);

    @Override
    public final void copyTo(float[] target, int at, int count) {
        assert count % width == 0 : count + " numbers of steps of " + width;
        for (int done = 0; done < count / width; ) {
            int from = steps.from(run) + copied;
            int some = Math.min(steps.to(run) - from, count / width - done);
            copyRun(from, from + some, target, at + done * width);
            done += some;
            passOver(some);
        }
    }

    @Override
    public final void copyTo(double[] target, int at, int count) {
        assert count % width == 0 : count + " numbers of steps of " + width;
        for (int done = 0; done < count / width; ) {
            int from = steps.from(run) + copied;
            int some = Math.min(steps.to(run) - from, count / width - done);
            copyRun(from, from + some, target, at + done * width);
            done += some;
            passOver(some);
        }
    }

    private void passOver(int some) {
        copied += some;
        if (copied == steps.to(run) - steps.from(run)) {
            run++;
            copied = 0;
        }
    }

    /**
     * Copies elements of an array; the index of the first null among them, or -1. See {@link NumberReader}.
     *
     * @param feature which number of a step the first one is
     * @param end the number at which those of a step end: after it comes {@code feature} again
     */
    final int copy(
            NumberReader reader,
            ArrayData array,
            int first,
            int count,
            float[] target,
            int at,
            int stride,
            int feature,
            int end) {
        return scales.length == 0
                ? reader.copy(array, first, count, target, at, stride)
                : reader.copyStandardized(array, first, count, target, at, stride, scales, feature, end);
    }

    /** The same in float64. */
    final int copy(
            NumberReader reader,
            ArrayData array,
            int first,
            int count,
            double[] target,
            int at,
            int stride,
            int feature,
            int end) {
        return scales.length == 0
                ? reader.copy(array, first, count, target, at, stride)
                : reader.copyStandardized(array, first, count, target, at, stride, scales, feature, end);
    }

    final boolean isStandardized() {
        return scales.length > 0;
    }

    /** A number as the network takes it; itself where nothing is done to it. */
    final double standardized(double number, int feature) {
        return scales.length == 0 ? number : (number - scales[2 * feature]) / scales[2 * feature + 1];
    }

    /**
     * Where an element of an array of arrays or structs lies: the high half is its offset from the array's, the low one its
     * size. As the array's getArray and getStruct, without an object for each.
     */
    static long place(UnsafeArrayData array, int element) {
        return Platform.getLong(
                array.getBaseObject(),
                array.getBaseOffset()
                        + UnsafeArrayData.calculateHeaderPortionInBytes((long) array.numElements())
                        + (long) element * Long.BYTES);
    }
}
