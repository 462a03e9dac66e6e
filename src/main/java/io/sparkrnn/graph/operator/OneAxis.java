package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;

/**
 * The axis along which windows move: the last of [N, C, T]; where exporters add an axis of 1, that of [N, C, 1, T] or [N, C, T,
 * 1] that is none.
 *
 * @param added the axis of 1; -1 where there is none
 */
record OneAxis(int added) {
    /**
     * The one of an array.
     *
     * @param along {@link Window#along}
     */
    static OneAxis of(Array x, int along) {
        if (x.rank() == 3) {
            return new OneAxis(-1);
        }
        if (x.rank() == 4) {
            int added = along < 0 ? (x.size(2) == 1 ? 2 : 3) : 3 - along;
            if (x.size(added) == 1) {
                return new OneAxis(added);
            }
        }
        throw new GraphException("a window over " + x + "; those along one axis or two are computed");
    }

    /** Without the axis. */
    Array squeezed(Array x) {
        if (added < 0) {
            return x;
        }
        if (x.rank() != 4 || x.size(added) != 1) {
            throw new GraphException("a window over two axes, of " + x);
        }
        return x.reshaped(x.size(0), x.size(1), x.size(5 - added));
    }

    /** With it. */
    Array restored(Array y) {
        return added < 0
                ? y
                : added == 2
                        ? y.reshaped(y.size(0), y.size(1), 1, y.size(2))
                        : y.reshaped(y.size(0), y.size(1), y.size(2), 1);
    }
}
