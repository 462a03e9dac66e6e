package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

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
    private static final Window STILL = new Window(1, 1, 1, 0, 0, Window.Fit.WHOLE, Window.Pad.SAID);

    /**
     * Whether windows move along both of the last two axes of an array, or along one of them that is beside another of more than
     * one number.
     *
     * @param across how they move along the axis before the last; null where they move along one alone
     */
    static boolean isOver(Array x, Window window, @Nullable Window across) {
        if (x.rank() != 4) {
            return false;
        }
        int along = window.along();
        return across != null || (along < 0 ? x.size(2) != 1 && x.size(3) != 1 : x.size(3 - along) != 1);
    }

    /**
     * The windows of an array that they {@linkplain #isOver are over}.
     *
     * @param height the size of a window where it does not say it
     * @param width likewise
     */
    static Plane of(Array x, Window window, @Nullable Window across, int height, int width) {
        if (across == null && window.along() < 0 && !window.isPlain()) {
            throw new GraphException("a window" + window + " along one axis, over " + x
                    + ", which has two; expected one" + " that says how it moves along both");
        }
        Window rows = across != null ? across : window.along() == 1 ? STILL : window;
        Window columns = across != null || window.along() != 0 ? window : STILL;
        return new Plane(
                rows.placed(x.size(2), height),
                columns.placed(x.size(3), width),
                rows.size() == 0 ? height : rows.size(),
                columns.size() == 0 ? width : columns.size());
    }

    int count() {
        return Array.count(rows.count(), columns.count());
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
