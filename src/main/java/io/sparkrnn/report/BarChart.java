package io.sparkrnn.report;

import org.jspecify.annotations.Nullable;

/** How numbers lie, as bars of their shares, and an earlier run's as a line over them. */
final class BarChart {
    private static final int MOST_BARS = 30;
    private static final double HEIGHT = 190;

    /** Where one number is so many times another, bars of one width show nothing of the smaller ones. */
    private static final double FAR = 40;

    private final Distribution now;
    private final @Nullable Distribution before;
    private final double min;
    private final double max;

    private BarChart(Distribution now, @Nullable Distribution before) {
        this.now = now;
        this.before = before != null && before.count() > 0 ? before : null;
        min = this.before == null ? now.min() : Math.min(now.min(), this.before.min());
        max = this.before == null ? now.max() : Math.max(now.max(), this.before.max());
    }

    /** Of whole numbers, none below 0; by doublings where they differ much. */
    static Markup ofLengths(Distribution now, @Nullable Distribution before) {
        BarChart chart = new BarChart(now, before);
        double end = chart.max + 1;
        if (end > FAR * Math.max(1, chart.min)) {
            return chart.drawn("Sequence lengths", chart.doublings(end), "steps (by doublings)", "sequences");
        }
        double width = Math.max(1, Math.ceil((end - chart.min) / MOST_BARS));
        int bars = (int) Math.ceil((end - chart.min) / width);
        return chart.drawn("Sequence lengths", edges(chart.min, chart.min + bars * width, bars), "steps", "sequences");
    }

    /** Of any numbers; those far outside of the rest are left out. */
    static Markup ofNumbers(String title, Distribution now, @Nullable Distribution before) {
        BarChart chart = new BarChart(now, before);
        double[] range = chart.range();
        return chart.drawn(title, edges(range[0], range[1], MOST_BARS), "score", "sequences");
    }

    /** The share of numbers that {@link #ofNumbers} leaves out. */
    static double leftOut(Distribution now, @Nullable Distribution before) {
        double[] range = new BarChart(now, before).range();
        return 1 - shares(now, range)[0];
    }

    private double[] range() {
        Distribution.Quantiles quantiles = now.quantiles();
        Distribution.Quantiles others = before == null ? quantiles : before.quantiles();
        if (quantiles == null || others == null) {
            return new double[] {0, 1};
        }
        double low = Math.min(quantiles.p01(), others.p01());
        double high = Math.max(quantiles.p99(), others.p99());
        double margin = (high - low) / 4;
        double from = Math.max(min, low - margin);
        double to = Math.min(max, high + margin);
        if (!(to > from)) {
            double half = Math.max(Math.abs(to) / 20, 1e-6);
            return new double[] {from - half, to + half};
        }
        return new double[] {from, Math.max(Math.nextUp(to), to + (to - from) / 1e6)};
    }

    private static double[] edges(double from, double to, int bars) {
        double[] edges = new double[bars + 1];
        for (int i = 0; i <= bars; i++) {
            edges[i] = from + (to - from) * i / bars;
        }
        return edges;
    }

    private double[] doublings(double end) {
        int first = min < 1 ? -1 : (int) Math.floor(Math.log(min) / Math.log(2) + 1e-9);
        int last = (int) Math.ceil(Math.log(end) / Math.log(2) - 1e-9);
        double[] edges = new double[last - first + 1];
        for (int i = 0; i < edges.length; i++) {
            edges[i] = Math.pow(2, first + i);
        }
        if (min < 1) {
            edges[0] = 0;
        }
        return edges;
    }

    private Markup drawn(String title, double[] edges, String label, String of) {
        double[] shares = shares(now, edges);
        double[] others = before == null ? new double[0] : shares(before, edges);
        double most = 0;
        for (double share : shares) {
            most = Math.max(most, share);
        }
        for (double share : others) {
            most = Math.max(most, share);
        }
        Plot plot = new Plot(title, HEIGHT);
        double from = edges[0];
        double to = edges[edges.length - 1];
        Axis x = label.contains("doublings")
                ? Axis.doublings(from, to, Plot.LEFT, Plot.RIGHT, 5)
                : Axis.linear(from, to, Plot.LEFT, Plot.RIGHT, 5);
        Axis y = Axis.shares(most, plot.bottom, Plot.TOP);
        plot.vertical(y, "share of " + of);
        double gap = edges.length > 12 ? 1 : 3;
        Plot.Path path = new Plot.Path();
        for (int i = 0; i < shares.length; i++) {
            double left = x.at().applyAsDouble(edges[i]);
            double right = x.at().applyAsDouble(edges[i + 1]);
            double top = y.at().applyAsDouble(shares[i]);
            if (shares[i] > 0) {
                String says = Figures.number(edges[i]) + " to " + Figures.number(edges[i + 1]) + ": "
                        + Figures.percent(shares[i]);
                plot.box(left, top, Math.max(1, right - left - gap), plot.bottom - top, "run", says);
            }
            if (others.length > 0) {
                double height = y.at().applyAsDouble(others[i]);
                path.to(left, height).to(right, height);
            }
        }
        return plot.path(path, "base-line").horizontal(x, label).done();
    }

    private static double[] shares(Distribution numbers, double[] edges) {
        double[] shares = new double[edges.length - 1];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = below(numbers, edges[i + 1]) - below(numbers, edges[i]);
        }
        return shares;
    }

    /** The share of numbers below one. The outermost bins reach beyond the extremes, where there is nothing. */
    private static double below(Distribution numbers, double number) {
        Histogram.Bins bins = numbers.bins();
        if (bins == null || number <= numbers.min()) {
            return 0;
        }
        return number > numbers.max() ? 1 : Math.min(1, bins.below(number) / numbers.count());
    }

    /** A few bars without axes, for a line of a table. */
    static Markup small(Distribution numbers) {
        BarChart chart = new BarChart(numbers, null);
        double[] range = chart.range();
        double[] shares = shares(numbers, edges(range[0], range[1], 16));
        double most = 0;
        for (double share : shares) {
            most = Math.max(most, share);
        }
        Markup svg = new Markup().open("svg", "class", "small", "viewBox", "0 0 96 20", "aria-hidden", "true");
        svg.leaf("line", "class", "axis", "x1", "0", "y1", "19.5", "x2", "96", "y2", "19.5");
        for (int i = 0; i < shares.length; i++) {
            double height = most == 0 ? 0 : 18 * shares[i] / most;
            if (height > 0) {
                svg.leaf(
                        "rect",
                        "class",
                        "run",
                        "x",
                        Figures.at(i * 6),
                        "y",
                        Figures.at(19 - height),
                        "width",
                        "5",
                        "height",
                        Figures.at(height));
            }
        }
        return svg.close("svg");
    }
}
