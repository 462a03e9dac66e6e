package io.sparkrnn.report;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A run's numbers as one page of HTML that needs nothing else: no script, no network, no other file. Whatever others named is
 * escaped.
 */
public final class ReportPage {
    private static final int MOST_SCORES = 4;
    private static final int MOST_ROWS = 256;
    private static final int MOST_DRIFTS = 20;
    private static final int MOST_FILES = 100;
    private static final int MOST_NAMED = 24;

    private final RunMetrics run;
    /** An earlier run to hold this one against. */
    private final @Nullable RunMetrics before;

    private final List<Drift> drifts;
    private final Markup page = new Markup();

    private ReportPage(RunMetrics run, @Nullable RunMetrics before) {
        this.run = run;
        this.before = before;
        drifts = before == null ? List.of() : Drift.between(run, before);
    }

    /** The page of one run. */
    public static String of(RunMetrics run) {
        return new ReportPage(run, null).drawn();
    }

    /** The page of a run beside an earlier one. */
    public static String of(RunMetrics run, RunMetrics before) {
        return new ReportPage(run, before).drawn();
    }

    private String drawn() {
        page.open("html", "lang", "en")
                .open("head")
                .leaf("meta", "charset", "utf-8")
                .leaf("meta", "name", "viewport", "content", "width=device-width, initial-scale=1")
                .leaf(
                        "meta",
                        "http-equiv",
                        "Content-Security-Policy",
                        "content",
                        "default-src 'none'; style-src 'unsafe-inline'")
                .element("title", "Run " + Markup.brief(run.header().run(), 60))
                .style(Style.sheet())
                .close("head")
                .open("body")
                .open("main");
        top();
        page.open("div", "class", "cards");
        about();
        funnel();
        lengths();
        scores();
        norms();
        saturation();
        units();
        throughput();
        tasks();
        drift();
        features();
        files();
        page.close("div")
                .element(
                        "p",
                        "All counts are of this run alone. Numbers said to come from a sample stand for all sequences,"
                                + " but are estimates.",
                        "class",
                        "foot")
                .close("main")
                .close("body")
                .close("html");
        return "<!DOCTYPE html>\n" + page + "\n";
    }

    private void top() {
        RunMetrics.Header header = run.header();
        page.open("h1")
                .text("Run ")
                .name(header.run().isEmpty() ? "without a name" : header.run())
                .close("h1");
        page.open("p", "class", "aid");
        boolean succeeded = header.status().equalsIgnoreCase("succeeded");
        page.element(
                "span",
                header.status().isEmpty() ? "status unknown" : Markup.brief(header.status(), 60),
                "class",
                "pill " + (succeeded ? "good" : header.status().isEmpty() ? "none" : "bad"));
        page.text(" started ").name(header.started().isEmpty() ? "at an unknown time" : header.started());
        page.text(", took " + Figures.seconds(header.seconds()));
        if (before != null) {
            page.text("; beside it run ").name(before.header().run());
        }
        page.close("p").open("div", "class", "tiles");
        tile(Figures.count(run.funnel().scored()), "sequences scored");
        tile(Figures.count(run.sample().steps()), "time steps");
        tile(Figures.number(run.throughput().rowsPerSecond()), "sequences/s");
        tile(Figures.count(Remarks.total(run.funnel().quarantined().values())), "rows in quarantine");
        if (before != null) {
            tile(drifts.isEmpty() ? "–" : Figures.fixed(drifts.get(0).psi(), 3), "largest shift (PSI)");
        }
        page.close("div");
    }

    private void tile(String number, String what) {
        page.open("div", "class", "tile")
                .element("b", number)
                .element("span", what)
                .close("div");
    }

    private void about() {
        section("The run", "Which network was run over which table, on what.", "wide", () -> {
            List<String> remarks = Remarks.of(run, drifts);
            page.element("h3", "What stands out");
            if (remarks.isEmpty()) {
                page.element("p", "Nothing.");
            } else {
                page.open("ul", "class", "remarks");
                remarks.forEach(remark -> page.element("li", remark));
                page.close("ul");
            }
            page.element("h3", "Details");
            page.open("div", "class", "scroll").open("table", "class", "about");
            if (before != null) {
                page.open("tr")
                        .element("th", "")
                        .element("th", "this run")
                        .element("th", "earlier run")
                        .close("tr");
            }
            detail("run", RunMetrics.Header::run);
            detail("status", RunMetrics.Header::status);
            detail("started", RunMetrics.Header::started);
            detail("took", header -> Figures.seconds(header.seconds()));
            detail("model", RunMetrics.Header::model);
            detail("network", RunMetrics.Header::network);
            detail("input", RunMetrics.Header::input);
            detail("output", RunMetrics.Header::output);
            detail("Spark", RunMetrics.Header::spark);
            detail("Java", RunMetrics.Header::java);
            detail("kernel", RunMetrics.Header::kernel);
            page.close("table").close("div");
        });
    }

    private void detail(String what, Function<RunMetrics.Header, String> value) {
        page.open("tr").element("th", what);
        page.open("td").name(orDash(value.apply(run.header()))).close("td");
        if (before != null) {
            page.open("td").name(orDash(value.apply(before.header()))).close("td");
        }
        page.close("tr");
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "–" : text;
    }

    private void funnel() {
        RunMetrics.Funnel funnel = run.funnel();
        section(
                "What became of the rows",
                "From the rows read to those scored; each bar is a share of those read.",
                "",
                () -> {
                    page.open("div", "class", "scroll").open("table");
                    head("", "rows|n", "share|n", "");
                    RunMetrics.Funnel earlier = before == null ? null : before.funnel();
                    row("read", funnel.read(), earlier == null ? null : earlier.read(), "");
                    row("scored", funnel.scored(), earlier == null ? null : earlier.scored(), "");
                    row("left out", funnel.leftOut(), earlier == null ? null : earlier.leftOut(), "none");
                    funnel.quarantined()
                            .forEach((code, count) -> row(
                                    "quarantine: " + code,
                                    count,
                                    earlier == null
                                            ? null
                                            : earlier.quarantined().get(code),
                                    "bad"));
                    funnel.nulled()
                            .forEach((code, count) -> row(
                                    "null results: " + code,
                                    count,
                                    earlier == null ? null : earlier.nulled().get(code),
                                    "some"));
                    page.close("table").close("div");
                });
    }

    private void row(String what, long count, @Nullable Long earlier, String look) {
        double share =
                run.funnel().read() == 0 ? 0 : (double) count / run.funnel().read();
        page.open("tr").open("td", "class", "name").name(what).close("td");
        page.open("td", "class", "n").text(Figures.count(count));
        if (earlier != null) {
            page.element("div", Figures.count(earlier), "class", "was");
        }
        page.close("td").element("td", Figures.percent(share), "class", "n");
        bar(share, look);
        page.close("tr");
    }

    private void bar(double share, String look) {
        page.open("td", "class", "bar");
        if (share > 0) {
            page.element("i", "", "class", look, "style", "width:" + Figures.at(100 * Math.min(1, share)) + "%");
        }
        page.close("td");
    }

    /** Names of columns; one that ends in |n is of numbers. */
    private void head(String... columns) {
        page.open("tr");
        for (String column : columns) {
            boolean number = column.endsWith("|n");
            page.element("th", number ? column.substring(0, column.length() - 2) : column, "class", number ? "n" : "");
        }
        page.close("tr");
    }

    private void lengths() {
        Distribution lengths = run.lengths();
        section(
                "Sequence lengths",
                "How many steps the sequences have; a long tail to the right means a few long ones.",
                "",
                () -> {
                    if (lengths.count() == 0) {
                        page.element("p", "No sequence was counted.");
                        return;
                    }
                    page.open("figure")
                            .add(BarChart.ofLengths(lengths, before == null ? null : before.lengths()))
                            .close("figure");
                    key("share of sequences");
                    Distribution.Quantiles quantiles = lengths.quantiles();
                    String half = quantiles == null
                            ? ""
                            : ", half of them at most " + Figures.count(Math.round(quantiles.p50()));
                    note("Of all " + Figures.counted(lengths.count(), "sequence") + ": "
                            + Figures.count((long) lengths.min())
                            + " to " + Figures.count((long) lengths.max()) + " steps" + half + ", "
                            + Figures.number(lengths.mean()) + " on average.");
                });
    }

    private void scores() {
        section(
                "Scores",
                "Which values the network gave; two humps mean two kinds of sequences, one bar that the score tells nothing.",
                "wide",
                () -> {
                    if (run.scores().isEmpty()) {
                        page.element("p", "This run gave no scores.");
                        return;
                    }
                    page.open("div", "class", "pair");
                    run.scores().stream().limit(MOST_SCORES).forEach(score -> {
                        page.open("div");
                        score(score);
                        page.close("div");
                    });
                    page.close("div");
                    if (run.scores().size() > MOST_SCORES) {
                        page.element(
                                "p",
                                "Drawn are the first " + MOST_SCORES + " of "
                                        + run.scores().size() + " scores.");
                    }
                    page.open("div", "class", "scroll").open("table");
                    head(
                            "score",
                            "mean|n",
                            "deviation|n",
                            "min|n",
                            "5 %|n",
                            "median|n",
                            "95 %|n",
                            "max|n",
                            "not finite|n");
                    for (RunMetrics.Score score : run.scores()) {
                        Distribution values = score.values();
                        Distribution.Quantiles quantiles = values.quantiles();
                        page.open("tr")
                                .open("td", "class", "name")
                                .name(score.name())
                                .close("td");
                        number(quantiles == null ? null : values.mean());
                        number(quantiles == null ? null : values.deviation());
                        number(quantiles == null ? null : values.min());
                        number(quantiles == null ? null : quantiles.p05());
                        number(quantiles == null ? null : quantiles.p50());
                        number(quantiles == null ? null : quantiles.p95());
                        number(quantiles == null ? null : values.max());
                        page.element("td", Figures.count(values.nonFinite()), "class", "n")
                                .close("tr");
                    }
                    page.close("table").close("div");
                    note("Of all " + Figures.counted(run.sample().rows(), "sequence") + ".");
                });
    }

    private void score(RunMetrics.Score score) {
        page.open("h3").name(score.name()).close("h3");
        if (score.values().count() == 0) {
            page.element("p", "No finite value.");
            return;
        }
        Distribution earlier = before == null
                ? null
                : before.scores().stream()
                        .filter(one -> one.name().equals(score.name()))
                        .map(RunMetrics.Score::values)
                        .findFirst()
                        .orElse(null);
        page.open("figure")
                .add(BarChart.ofNumbers("Distribution of a score", score.values(), earlier))
                .close("figure");
        key("share of sequences");
        double leftOut = BarChart.leftOut(score.values(), earlier);
        if (leftOut > 0) {
            page.element("p", "Outside of what is drawn: " + Figures.percent(leftOut) + ".", "class", "sample");
        }
    }

    private void number(@Nullable Double number) {
        page.element("td", number == null ? "–" : Figures.number(number), "class", "n");
    }

    private void norms() {
        section(
                "Norm of the hidden state over the steps",
                "How large h_t is on average; it should settle, neither grow without end nor fade to zero.",
                "",
                () -> {
                    if (run.norms().stream().allMatch(norm -> norm.sequences() == 0)) {
                        page.element(
                                "p", "No hidden states were looked at: a run that gives only h_n or scores has none.");
                        return;
                    }
                    page.open("figure")
                            .add(NormChart.of(run.norms(), before == null ? List.of() : before.norms()))
                            .close("figure");
                    page.open("p", "class", "key");
                    keyed("", "mean");
                    keyed("band", "one deviation to each side");
                    earlierKey();
                    page.close("p");
                    sample("");
                });
    }

    private void saturation() {
        section(
                "Saturated and dead units",
                "A unit above 0.99 or below -0.99 hardly learns or reacts any more; one that never moves carries nothing.",
                "",
                () -> {
                    if (noUnits()) {
                        return;
                    }
                    if (Stream.of(run.units(), before == null ? List.<RunMetrics.Unit>of() : before.units())
                            .flatMap(List::stream)
                            .anyMatch(unit -> unit.saturated() > 0)) {
                        page.open("figure")
                                .add(UnitCharts.saturation(run.units(), before == null ? List.of() : before.units()))
                                .close("figure");
                        key("share of sequences in which the unit is saturated");
                    } else {
                        page.element("p", "No unit is ever saturated.");
                    }
                    List<RunMetrics.Unit> dead =
                            run.units().stream().filter(RunMetrics.Unit::dead).toList();
                    String named = dead.stream()
                            .limit(MOST_NAMED)
                            .map(unit -> String.valueOf(unit.unit()))
                            .collect(Collectors.joining(", "));
                    page.element(
                            "p",
                            dead.isEmpty()
                                    ? "No unit is dead."
                                    : "Dead: " + Figures.counted(dead.size(), "unit") + " of "
                                            + run.units().size() + " (" + named
                                            + (dead.size() > MOST_NAMED ? ", …" : "") + ").");
                    sample("");
                });
    }

    private boolean noUnits() {
        if (run.units().stream()
                .anyMatch(unit -> unit.values().count() + unit.values().nonFinite() > 0)) {
            return false;
        }
        page.element("p", "No final states were looked at.");
        return true;
    }

    private void units() {
        section(
                "Map of the units of h_n",
                "One square a unit, from left to right and down; squares of one colour behave alike.",
                "wide",
                () -> {
                    if (noUnits()) {
                        return;
                    }
                    page.open("div", "class", "pair");
                    map(UnitCharts.means("mean of a unit", run.units()));
                    map(UnitCharts.deviations("deviation of a unit", run.units()));
                    if (before != null && !before.units().isEmpty()) {
                        map(UnitCharts.means("mean, earlier run", before.units()));
                        map(UnitCharts.deviations("deviation, earlier run", before.units()));
                    }
                    page.close("div");
                    if (run.units().stream().anyMatch(RunMetrics.Unit::dead)) {
                        page.open("p", "class", "key");
                        keyed("dead", "dead");
                        page.close("p");
                    }
                    sample("");
                });
    }

    private void map(Markup drawing) {
        page.open("figure").add(drawing).close("figure");
    }

    private void throughput() {
        section("Throughput", "How fast the run was for each core, and what its tasks spent their time on.", "", () -> {
            page.open("div", "class", "scroll").open("table");
            if (before == null) {
                head("", "");
            } else {
                head("", "this run|n", "earlier run|n");
            }
            figure("sequences/s", t -> Figures.number(t.rowsPerSecond()));
            figure("steps/s", t -> Figures.number(t.stepsPerSecond()));
            figure("cores", t -> Figures.count(t.cores()));
            figure("sequences/s and core", t -> Figures.number(t.rowsPerSecond() / Math.max(1, t.cores())));
            figure("steps/s and core", t -> Figures.number(t.stepsPerSecond() / Math.max(1, t.cores())));
            page.close("table").close("div");
            page.element("h3", "Time of all tasks together");
            page.open("div", "class", "scroll").open("table");
            head("", "time|n", "share|n", "");
            RunMetrics.Throughput time = run.throughput();
            part("read", time.readSeconds(), RunMetrics.Throughput::readSeconds, "none");
            part("forward pass", time.forwardSeconds(), RunMetrics.Throughput::forwardSeconds, "");
            part("write", time.writeSeconds(), RunMetrics.Throughput::writeSeconds, "some");
            page.close("table").close("div");
        });
    }

    private void figure(String what, Function<RunMetrics.Throughput, String> value) {
        page.open("tr").element("td", what).element("td", value.apply(run.throughput()), "class", "n");
        if (before != null) {
            page.element("td", value.apply(before.throughput()), "class", "n was");
        }
        page.close("tr");
    }

    private void part(String what, double seconds, Function<RunMetrics.Throughput, Double> earlier, String look) {
        double all = run.throughput().taskSeconds();
        page.open("tr").element("td", what).open("td", "class", "n").text(Figures.seconds(seconds));
        if (before != null) {
            page.element("div", Figures.seconds(earlier.apply(before.throughput())), "class", "was");
        }
        page.close("td").element("td", Figures.percent(all == 0 ? 0 : seconds / all), "class", "n");
        bar(all == 0 ? 0 : seconds / all, look);
        page.close("tr");
    }

    private void tasks() {
        section(
                "Tasks over time",
                "One bar a task, in lanes by host; a bar that goes on alone at the end is what the run waited for.",
                "",
                () -> {
                    if (run.tasks().isEmpty()) {
                        page.element("p", "No task is known.");
                        return;
                    }
                    RunMetrics.Skew skew = run.skew();
                    page.open("figure").add(TimeChart.of(run.tasks(), skew)).close("figure");
                    page.open("p", "class", "key");
                    keyed("", "a task");
                    keyed("marked", "the longest one");
                    page.close("p");
                    note(Figures.counted(run.tasks().size(), "task") + "; the longest, number " + skew.longestTask()
                            + ", took "
                            + Figures.seconds(skew.longestMillis() / 1000.0) + ", "
                            + Figures.fixed(skew.longestByMedian(), 1)
                            + " times the median of " + Figures.seconds(skew.medianMillis() / 1000.0)
                            + "; the most rows of a task are " + Figures.fixed(skew.rowsByMedian(), 1)
                            + " times the median. "
                            + TimeChart.leftOut(run.tasks()));
                    note(TimeChart.hosts(run.tasks()));
                });
    }

    private void drift() {
        section(
                "Shift against the earlier run",
                "The population stability index (PSI) says how far numbers lie otherwise than then: below 0.1 no shift to"
                        + " speak of, to 0.25 some, above that a large one.",
                "wide long",
                () -> {
                    if (before == null) {
                        page.element("p", "No earlier run was given to hold this one against.");
                        return;
                    }
                    if (drifts.isEmpty()) {
                        page.element("p", "The two runs have nothing in common that could be compared.");
                        return;
                    }
                    page.open("div", "class", "scroll").open("table");
                    head("of", "PSI|n", "shift", "", "by chance|n");
                    double most = Math.max(0.25, drifts.get(0).psi());
                    for (Drift drift : drifts.subList(0, Math.min(MOST_DRIFTS, drifts.size()))) {
                        String look = switch (drift.reading()) {
                            case LARGE -> "bad";
                            case SOME -> "some";
                            case NONE, TOO_FEW_ROWS -> "none";
                        };
                        page.open("tr").open("td", "class", "name").name(drift.name());
                        page.element("div", drift.kind().toString(), "class", "of")
                                .close("td");
                        page.element("td", Figures.fixed(drift.psi(), 3), "class", "n");
                        page.open("td")
                                .element("span", drift.reading().toString(), "class", "pill " + look)
                                .close("td");
                        bar(drift.psi() / most, look);
                        page.element("td", Figures.fixed(drift.chance(), 3), "class", "n")
                                .close("tr");
                    }
                    page.close("table").close("div");
                    more("shift", MOST_DRIFTS, drifts.size(), "the largest");
                    note("By chance: what two samples of this size would give if nothing had changed.");
                    sample("Of features and units: ");
                });
    }

    private void features() {
        section(
                "Features",
                "What went into the network; a feature that is constant or far from its usual mean spoils the scores.",
                "wide long",
                () -> {
                    if (run.features().isEmpty()) {
                        page.element("p", "No features were looked at.");
                        return;
                    }
                    page.open("div", "class", "scroll").open("table");
                    head("feature", "distribution", "mean|n", "deviation|n", "min|n", "max|n", "not finite|n");
                    Map<String, Distribution> earlier = before == null
                            ? Map.of()
                            : before.features().stream()
                                    .collect(Collectors.toMap(
                                            RunMetrics.Feature::name, RunMetrics.Feature::values, (one, other) -> one));
                    for (RunMetrics.Feature feature : run.features()
                            .subList(0, Math.min(MOST_ROWS, run.features().size()))) {
                        Distribution values = feature.values();
                        Distribution was = earlier.getOrDefault(feature.name(), Distribution.EMPTY);
                        page.open("tr")
                                .open("td", "class", "name")
                                .name(feature.name())
                                .close("td");
                        page.open("td");
                        if (values.count() > 0) {
                            page.add(BarChart.small(values));
                        }
                        page.close("td");
                        pair(values, was, Distribution::mean);
                        pair(values, was, Distribution::deviation);
                        pair(values, was, Distribution::min);
                        pair(values, was, Distribution::max);
                        page.element("td", Figures.percent(feature.nonFiniteShare()), "class", "n");
                        page.close("tr");
                    }
                    page.close("table").close("div");
                    more("feature", MOST_ROWS, run.features().size(), "the first");
                    if (before != null) {
                        page.open("p", "class", "key");
                        earlierKey();
                        page.close("p");
                    }
                    sample("");
                });
    }

    private void pair(Distribution now, Distribution was, Function<Distribution, Double> number) {
        page.open("td", "class", "n").text(now.count() == 0 ? "–" : Figures.number(number.apply(now)));
        if (was.count() > 0) {
            page.element("div", Figures.number(number.apply(was)), "class", "was");
        }
        page.close("td");
    }

    private void files() {
        section(
                "Files written",
                "Many small files make reading slow; one far larger than the rest shows a skewed partition.",
                "wide long",
                () -> {
                    if (run.files().isEmpty()) {
                        page.element("p", "No file is known.");
                        return;
                    }
                    long bytes = 0;
                    long most = 1;
                    for (RunMetrics.OutputFile file : run.files()) {
                        bytes += file.bytes();
                        most = Math.max(most, file.bytes());
                    }
                    page.element("p", Figures.counted(run.files().size(), "file") + ", " + Figures.bytes(bytes) + ".");
                    page.open("div", "class", "scroll").open("table");
                    head("file", "size|n", "");
                    for (RunMetrics.OutputFile file : run.files()
                            .subList(0, Math.min(MOST_FILES, run.files().size()))) {
                        page.open("tr")
                                .open("td", "class", "name")
                                .name(file.name())
                                .close("td");
                        page.element("td", Figures.bytes(file.bytes()), "class", "n");
                        bar((double) file.bytes() / most, "");
                        page.close("tr");
                    }
                    page.close("table").close("div");
                    more("file", MOST_FILES, run.files().size(), "the first");
                });
    }

    private void section(String title, String aid, String look, Runnable content) {
        page.open("section", "class", look).element("h2", title).element("p", aid, "class", "aid");
        content.run();
        page.close("section");
    }

    private void key(String bars) {
        page.open("p", "class", "key");
        keyed("", bars);
        earlierKey();
        page.close("p");
    }

    private void earlierKey() {
        if (before != null) {
            keyed("line", "earlier run");
        }
    }

    private void keyed(String look, String what) {
        page.open("span").element("i", "", "class", look).text(what).close("span");
    }

    private void note(String text) {
        page.element("p", text, "class", "sample");
    }

    private void more(String what, int shown, int all, String which) {
        if (all > shown) {
            note("Shown are " + which + " " + Figures.count(shown) + " of " + Figures.counted(all, what) + ".");
        }
    }

    /** From how many sequences the numbers come. */
    private void sample(String before) {
        RunMetrics.Sample sample = run.sample();
        Consumer<String> say = text -> note(before + (before.isEmpty() ? text : text.replace("From", "from")));
        if (sample.sampledRows() < sample.rows()) {
            say.accept("From a sample of " + Figures.count(sample.sampledRows()) + " of "
                    + Figures.counted(sample.rows(), "sequence") + ".");
        } else {
            say.accept("From all " + Figures.counted(sample.rows(), "sequence") + ".");
        }
    }
}
