package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.model.Precision;

/**
 * Windows that move along the last two axes of [N, C, H, W], as over a spectrogram or an image.
 *
 * @param rows along H
 * @param columns along W
 * @param height the numbers of a window along H
 * @param width and along W
 */
record Plane(Window.Placed rows, Window.Placed columns, int height, int width) {
    /** A window that does not move. */
    static final Window STILL = new Window(1, 1, 1, 0, 0, Window.Fit.WHOLE, Window.Pad.SAID);

    /**
     * The windows of an array.
     *
     * @param height the size of a window where it does not say it
     * @param width likewise
     */
    static Plane of(Array x, Window rows, Window columns, int height, int width) {
        if (x.rank() != 4) {
            throw new GraphException("a window over two axes, of " + x + "; expected [1, channels, rows, columns]");
        }
        return new Plane(rows.placed(x.size(2), height), columns.placed(x.size(3), width), height, width);
    }

    int count() {
        return rows.count() * columns.count();
    }

    /** What each window sees of all channels, [N * H' * W', C * height * width], zeros beyond the ends. */
    Array windows(Array x, Precision precision) {
        int channels = x.size(1);
        int size = channels * height * width;
        int places = count();
        Array y = Array.numbers(precision, x.size(0) * places, size);
        for (int n = 0; n < x.size(0); n++) {
            for (int p = 0; p < places; p++) {
                for (int c = 0; c < channels; c++) {
                    for (int k = 0; k < height * width; k++) {
                        int at = at(x, p, k);
                        if (at >= 0) {
                            y.set(
                                    (n * places + p) * size + c * height * width + k,
                                    x.get((n * channels + c) * x.size(2) * x.size(3) + at));
                        }
                    }
                }
            }
        }
        return y;
    }

    /** Where a number of a window is within a channel; -1 where there is none. */
    int at(Array x, int window, int number) {
        int row = rows.at(window / columns.count(), number / width);
        int column = columns.at(window % columns.count(), number % width);
        return row >= 0 && row < x.size(2) && column >= 0 && column < x.size(3) ? row * x.size(3) + column : -1;
    }
}
