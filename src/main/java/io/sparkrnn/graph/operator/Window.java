package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;

/**
 * How a window moves along an axis.
 *
 * @param size how many numbers it has; 0 where the kernel says it
 * @param stride from one place to the next
 * @param dilation from one of its numbers to the next
 * @param before how far it begins before the first number
 * @param after how far it ends behind the last
 * @param fit whether a last window that is not whole is one
 * @param pad how {@code before} and {@code after} are found
 * @param along the axis behind those of rows and channels along which it moves; -1 where there is one, or it does not matter
 */
public record Window(int size, int stride, int dilation, int before, int after, Fit fit, Pad pad, int along)
        implements java.io.Serializable {
    /** What becomes of a last window that is not whole. */
    public enum Fit {
        WHOLE,
        BEGUN
    }

    /** How much is put before and behind. */
    public enum Pad {
        /** What is said. */
        SAID,
        /** As much as makes a window for each stride, the odd one behind. */
        SAME_UPPER,
        /** As much as makes a window for each stride, the odd one before. */
        SAME_LOWER
    }

    public Window {
        if (size < 0 || stride < 1 || dilation < 1 || before < 0 || after < 0) {
            throw new GraphException("a window of size " + size + ", stride " + stride + ", dilation " + dilation
                    + ", pads " + before + " and " + after);
        }
    }

    /** A window along the only axis. */
    public Window(int size, int stride, int dilation, int before, int after, Fit fit, Pad pad) {
        this(size, stride, dilation, before, after, fit, pad, -1);
    }

    /**
     * Where the windows are on an axis.
     *
     * @param count how many
     * @param first where the first begins
     * @param end where what is put behind the axis ends
     */
    record Placed(int count, int first, int stride, int dilation, int end) {
        /** The place of number {@code k} of window {@code t}; outside the axis where there is none. */
        int at(int t, int k) {
            return first + t * stride + k * dilation;
        }
    }

    /** The windows on an axis of so many numbers. */
    Placed placed(int length, int kernel) {
        int wide = size == 0 ? kernel : size;
        long span = (long) dilation * (wide - 1) + 1;
        long start = before;
        long end = after;
        if (pad != Pad.SAID) {
            long count = (length + (long) stride - 1) / stride;
            long total = Math.max(0, (count - 1) * stride + span - length);
            start = pad == Pad.SAME_UPPER ? total / 2 : total - total / 2;
            end = total - start;
        }
        long room = length + start + end - span;
        long count = (fit == Fit.BEGUN ? -Math.floorDiv(-room, (long) stride) : Math.floorDiv(room, (long) stride)) + 1;
        if (fit == Fit.BEGUN && count > 1 && (count - 1) * stride >= length + start) {
            // The last one would begin behind the numbers.
            count--;
        }
        if (wide < 1 || count < 1) {
            throw new GraphException("a window of " + span + (span == 1 ? " number on " : " numbers on ") + length
                    + (length == 1 ? " step, with " : " steps, with ") + (start + end)
                    + " beyond the ends: the sequence is too short for it");
        }
        if (count > Array.MOST_ELEMENTS || start > Array.MOST_ELEMENTS) {
            throw new GraphException("windows of " + this + " on " + length + (length == 1 ? " step" : " steps"));
        }
        return new Placed((int) count, (int) -start, stride, dilation, (int) Math.min(Integer.MAX_VALUE, length + end));
    }

    /** Whether it is the same along any axis: of one number, or of those that the kernel says, with nothing else said. */
    boolean isPlain() {
        return size < 2 && stride == 1 && before == 0 && after == 0;
    }

    @Override
    public String toString() {
        return (size == 0 ? "" : " of " + size)
                + (stride == 1 ? "" : ", stride " + stride)
                + (dilation == 1 ? "" : ", dilation " + dilation)
                + (pad != Pad.SAID ? ", same" : before + after == 0 ? "" : ", pads " + before + " and " + after);
    }
}
