package io.sparkrnn.report;

import java.util.List;
import java.util.function.ToDoubleFunction;

/** The units of h_n: how often each is at its end, and a map of their means and deviations. */
final class UnitCharts {
    private static final double HEIGHT = 150;
    private static final double WIDEST_BAR = 40;
    private static final int FEW_COLUMNS = 16;
    private static final int MOST_COLUMNS = 32;
    private static final int MOST_IN_FEW_COLUMNS = 128;
    private static final double LARGEST_CELL = 34;

    private UnitCharts() {}

    /** Shares of sequences in which each unit is saturated, an earlier run's as a line at its height. */
    static Markup saturation(List<RunMetrics.Unit> units, List<RunMetrics.Unit> before) {
        double most = 0;
        for (List<RunMetrics.Unit> list : List.of(units, before)) {
            for (RunMetrics.Unit unit : list) {
                most = Math.max(most, unit.saturated());
            }
        }
        Plot plot = new Plot("Saturation by unit", HEIGHT);
        Axis y = Axis.shares(Math.max(0.01, most), plot.bottom, Plot.TOP);
        int count = Math.max(units.size(), before.size());
        double each = Math.min(WIDEST_BAR, (Plot.RIGHT - Plot.LEFT) / count);
        double from = (Plot.LEFT + Plot.RIGHT - each * count) / 2;
        Axis x = Axis.linear(0, Math.max(1, count - 1), from + each / 2, from + each * (Math.max(2, count) - 0.5), 6);
        List<Axis.Tick> whole = x.ticks().stream()
                .filter(tick -> tick.number() == Math.rint(tick.number()) && tick.number() < count)
                .toList();
        plot.vertical(y, "share of sequences");
        double gap = each > 6 ? 2 : each > 2 ? 0.5 : 0;
        for (int i = 0; i < units.size(); i++) {
            double share = units.get(i).saturated();
            double top = y.at().applyAsDouble(share);
            if (share > 0) {
                String says = "unit " + units.get(i).unit() + ": " + Figures.percent(share);
                plot.box(from + i * each + gap / 2, top, each - gap, plot.bottom - top, "run", says);
            }
        }
        Plot.Path path = new Plot.Path();
        for (int i = 0; i < before.size(); i++) {
            double top = y.at().applyAsDouble(before.get(i).saturated());
            path.from(from + i * each, top).to(from + (i + 1) * each, top);
        }
        return plot.path(path, "base-line")
                .horizontal(new Axis(x.at(), whole), "unit of h_n")
                .done();
    }

    /** Means, around zero. */
    static Markup means(String title, List<RunMetrics.Unit> units) {
        double most = most(units, unit -> Math.abs(unit.values().mean()));
        // States of tanh cells are within -1 and 1, and maps of two runs are to be held against each other.
        double end = most <= 1 ? 1 : most;
        return map(title, units, unit -> unit.values().mean(), -end, end, 0);
    }

    /** Deviations, from none. */
    static Markup deviations(String title, List<RunMetrics.Unit> units) {
        double most = most(units, unit -> unit.values().deviation());
        double end = most <= 1 ? 1 : most;
        return map(title, units, unit -> unit.values().deviation(), 0, end, Style.COLOURS / 2);
    }

    private static double most(List<RunMetrics.Unit> units, ToDoubleFunction<RunMetrics.Unit> number) {
        return units.stream().mapToDouble(number).max().orElse(0);
    }

    /**
     * Units from left to right and down, as lines of a page.
     *
     * @param lowest the colour of the least number
     */
    private static Markup map(
            String title,
            List<RunMetrics.Unit> units,
            ToDoubleFunction<RunMetrics.Unit> number,
            double least,
            double most,
            int lowest) {
        int columns =
                units.size() > MOST_IN_FEW_COLUMNS ? MOST_COLUMNS : Math.max(1, Math.min(FEW_COLUMNS, units.size()));
        int rows = (units.size() + columns - 1) / columns;
        double cell = Math.min(LARGEST_CELL, (Plot.RIGHT - Plot.LEFT) / columns);
        Plot plot = new Plot(title, rows * cell);
        double gap = cell > 20 ? 2 : 1;
        int each = (rows + 7) / 8;
        for (int i = 0; i < units.size(); i++) {
            RunMetrics.Unit unit = units.get(i);
            int row = i / columns;
            double x = Plot.LEFT + i % columns * cell;
            double y = Plot.TOP + row * cell;
            if (i % columns == 0 && row % each == 0) {
                plot.text(Plot.LEFT - 6, y + cell / 2 + 4, String.valueOf(unit.unit()), "tick end");
            }
            double place = (number.applyAsDouble(unit) - least) / (most - least);
            String look = colour(place, lowest) + (unit.dead() ? " dead" : "");
            String says = "unit " + unit.unit() + ": mean "
                    + Figures.number(unit.values().mean()) + ", deviation "
                    + Figures.number(unit.values().deviation()) + (unit.dead() ? ", dead" : "");
            double inset = unit.dead() ? 0.8 : 0;
            plot.box(x + inset, y + inset, cell - gap - 2 * inset, cell - gap - 2 * inset, look, says);
        }
        double top = Plot.TOP + rows * cell + 16;
        int steps = Style.COLOURS - lowest;
        double wide = 208.0 / steps;
        for (int i = 0; i < steps; i++) {
            plot.box(Plot.LEFT + i * wide, top, wide, 10, "c" + (lowest + i), "");
        }
        plot.text(Plot.LEFT, top + 28, Figures.number(least), "tick middle");
        if (lowest == 0) {
            plot.text(Plot.LEFT + 104, top + 28, "0", "tick middle");
        }
        plot.text(Plot.LEFT + 208, top + 28, Figures.number(most), "tick middle");
        return plot.text(Plot.LEFT + 236, top + 11, title, "label").done();
    }

    private static String colour(double place, int lowest) {
        int steps = Style.COLOURS - lowest;
        return "c" + (lowest + (int) Math.min(steps - 1, Math.max(0, Math.floor(place * steps))));
    }
}
