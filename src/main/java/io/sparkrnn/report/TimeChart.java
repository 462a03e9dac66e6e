package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/** When tasks ran, in lanes: a task stands in the first lane of its host that is free. */
final class TimeChart {
    private static final int MOST_LANES = 48;
    private static final int MOST_HOSTS = 8;
    private static final int MOST_TASKS = 2000;

    /** One that was busy with one task after the other. */
    private static final class Lane {
        private final String host;
        private final List<RunMetrics.Task> tasks = new ArrayList<>();
        private long free = Long.MIN_VALUE;

        Lane(String host) {
            this.host = host;
        }
    }

    private final List<Lane> lanes = new ArrayList<>();

    private TimeChart(List<RunMetrics.Task> tasks) {
        List<RunMetrics.Task> longest = tasks.stream()
                .sorted(Comparator.comparingLong((RunMetrics.Task task) -> -task.millis()))
                .limit(MOST_TASKS)
                .sorted(Comparator.comparing(RunMetrics.Task::host).thenComparingLong(RunMetrics.Task::startMillis))
                .toList();
        for (RunMetrics.Task task : longest) {
            Lane lane = lanes.stream()
                    .filter(one -> one.host.equals(task.host()) && one.free <= task.startMillis())
                    .findFirst()
                    .orElseGet(() -> {
                        Lane added = new Lane(task.host());
                        lanes.add(added);
                        return added;
                    });
            lane.tasks.add(task);
            lane.free = task.endMillis();
        }
    }

    static Markup of(List<RunMetrics.Task> tasks, RunMetrics.Skew skew) {
        return new TimeChart(tasks).drawn(tasks, skew);
    }

    /** The hosts by the numbers that they have in the drawing, as far as there are few. */
    static String hosts(List<RunMetrics.Task> tasks) {
        List<String> hosts =
                tasks.stream().map(RunMetrics.Task::host).distinct().sorted().toList();
        StringBuilder names = new StringBuilder();
        for (int i = 0; i < Math.min(MOST_HOSTS, hosts.size()); i++) {
            names.append(i == 0 ? "" : ", ").append("host ").append(i + 1).append(" is ");
            names.append(Markup.brief(hosts.get(i), 60));
        }
        return names + (hosts.size() > MOST_HOSTS ? ", …" : "") + ".";
    }

    /** What is left out of the drawing, or nothing. */
    static String leftOut(List<RunMetrics.Task> tasks) {
        int lanes = new TimeChart(tasks).lanes.size();
        String some =
                tasks.size() > MOST_TASKS ? "Drawn are the longest " + Figures.count(MOST_TASKS) + " tasks. " : "";
        return some
                + (lanes > MOST_LANES
                        ? "Drawn are the first " + MOST_LANES + " of " + Figures.count(lanes) + " lanes."
                        : "");
    }

    private Markup drawn(List<RunMetrics.Task> tasks, RunMetrics.Skew skew) {
        List<Lane> shown = lanes.subList(0, Math.min(MOST_LANES, lanes.size()));
        double each = shown.size() > 16 ? 8 : 16;
        long start = tasks.stream()
                .flatMapToLong(task -> LongStream.of(task.startMillis()))
                .min()
                .orElse(0);
        long end = tasks.stream().mapToLong(RunMetrics.Task::endMillis).max().orElse(0);
        Plot plot = new Plot("Tasks over time", each * shown.size() + 6);
        Axis x = Axis.linear(0, Math.max(0.001, (end - start) / 1000.0), Plot.LEFT, Plot.RIGHT, 5);
        for (Axis.Tick tick : x.ticks()) {
            double at = x.at().applyAsDouble(tick.number());
            plot.line(at, Plot.TOP, at, plot.bottom, "grid");
        }
        String host = null;
        double written = -100;
        int hosts = 0;
        for (int i = 0; i < shown.size(); i++) {
            Lane lane = shown.get(i);
            double y = Plot.TOP + i * each;
            hosts += lane.host.equals(host) ? 0 : 1;
            if (!lane.host.equals(host) && y - written >= 16) {
                plot.text(Plot.LEFT - 6, y + Math.min(each, 12), "host " + hosts, "tick end");
                written = y;
            }
            host = lane.host;
            for (RunMetrics.Task task : lane.tasks) {
                double from = x.at().applyAsDouble((task.startMillis() - start) / 1000.0);
                double to = x.at().applyAsDouble((task.endMillis() - start) / 1000.0);
                String look = task.index() == skew.longestTask() ? "marked" : "run";
                String says = "task " + task.index() + " on " + Markup.brief(task.host(), 60) + ": "
                        + Figures.seconds(task.millis() / 1000.0) + ", " + Figures.counted(task.rows(), "row");
                plot.box(from, y, Math.max(0.8, to - from - 1), each - 3, look, says);
            }
        }
        return plot.horizontal(x, "seconds since the first task began").done();
    }
}
