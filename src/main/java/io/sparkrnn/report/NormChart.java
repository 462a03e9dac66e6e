package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.List;

/** The norm of h_t over the steps: its mean as a line, a deviation to each side as a band, an earlier run's as lines. */
final class NormChart {
    private static final double HEIGHT = 190;

    private NormChart() {}

    static Markup of(List<RunMetrics.Norm> all, List<RunMetrics.Norm> allBefore) {
        List<RunMetrics.Norm> norms = filled(all);
        List<RunMetrics.Norm> before = filled(allBefore);
        int last = 1;
        double most = 0;
        for (List<RunMetrics.Norm> list : List.of(norms, before)) {
            for (RunMetrics.Norm norm : list) {
                last = Math.max(last, StepBuckets.of(norm.fromStep()));
                most = Math.max(most, norm.mean() + norm.deviation());
            }
        }
        double width = last;
        Plot plot = new Plot("Norm of h_t by step", HEIGHT);
        Axis y = Axis.linear(0, most > 0 ? most * 1.05 : 1, plot.bottom, Plot.TOP, 4);
        plot.vertical(y, "norm of h_t");
        List<Axis.Tick> ticks = new ArrayList<>();
        // Each fourth bucket begins at a power of two.
        int each = Math.max(1, (int) Math.ceil(last / 5.0));
        each = each > 2 ? (each + 3) / 4 * 4 : each;
        for (int bucket = 0; bucket <= last; bucket += each) {
            long step = StepBuckets.first(bucket);
            ticks.add(new Axis.Tick(bucket, step < 10_000_000 ? Figures.count(step) : Figures.number((double) step)));
        }
        Axis x = new Axis(bucket -> Plot.LEFT + 8 + (Plot.RIGHT - Plot.LEFT - 26) * bucket / width, ticks);

        if (norms.size() == 1) {
            RunMetrics.Norm one = norms.get(0);
            double at = x.at().applyAsDouble(StepBuckets.of(one.fromStep()));
            double high = y.at().applyAsDouble(one.mean() + one.deviation());
            double low = y.at().applyAsDouble(Math.max(0, one.mean() - one.deviation()));
            plot.box(at - 6, high, 12, low - high, "band", "one deviation to each side")
                    .line(
                            at - 6,
                            y.at().applyAsDouble(one.mean()),
                            at + 6,
                            y.at().applyAsDouble(one.mean()),
                            "run-line");
        } else {
            Plot.Path band = edge(norms, x, y, 1);
            for (int i = norms.size() - 1; i >= 0; i--) {
                point(band, norms.get(i), x, y, -1);
            }
            plot.path(band, "band").path(edge(norms, x, y, 0), "run-line");
        }
        if (before.size() == 1) {
            RunMetrics.Norm one = before.get(0);
            plot.dot(
                    x.at().applyAsDouble(StepBuckets.of(one.fromStep())), y.at().applyAsDouble(one.mean()), "base-dot");
        } else {
            plot.path(edge(before, x, y, 0), "base-line")
                    .path(edge(before, x, y, 1), "base-dash")
                    .path(edge(before, x, y, -1), "base-dash");
        }
        return plot.horizontal(x, "step, counted from 0 (by doublings)").done();
    }

    private static List<RunMetrics.Norm> filled(List<RunMetrics.Norm> norms) {
        return norms.stream().filter(norm -> norm.sequences() > 0).toList();
    }

    /** A line so many deviations from the mean. */
    private static Plot.Path edge(List<RunMetrics.Norm> norms, Axis x, Axis y, int deviations) {
        Plot.Path path = new Plot.Path();
        norms.forEach(norm -> point(path, norm, x, y, deviations));
        return path;
    }

    private static void point(Plot.Path path, RunMetrics.Norm norm, Axis x, Axis y, int deviations) {
        path.to(
                x.at().applyAsDouble(StepBuckets.of(norm.fromStep())),
                y.at().applyAsDouble(Math.max(0, norm.mean() + deviations * norm.deviation())));
    }
}
