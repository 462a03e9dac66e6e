package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.List;

/** What of a run's numbers somebody should know who reads nothing else. */
final class Remarks {
    private static final double SATURATED_OFTEN = 0.5;
    private static final double UNEVEN = 3;

    private Remarks() {}

    static List<String> of(RunMetrics run, List<Drift> drifts) {
        List<String> remarks = new ArrayList<>();
        long quarantined = total(run.funnel().quarantined().values());
        if (quarantined > 0) {
            remarks.add(Figures.counted(quarantined, "row") + " of "
                    + Figures.count(run.funnel().read()) + " put aside in quarantine.");
        }
        long nulled = total(run.funnel().nulled().values());
        if (nulled > 0) {
            remarks.add(Figures.counted(nulled, "row") + " kept with null in place of results.");
        }
        drifts.stream()
                .filter(drift -> drift.reading() == Drift.Reading.LARGE)
                .limit(1)
                .forEach(drift -> remarks.add(Figures.counted(
                                drifts.stream()
                                        .filter(one -> one.reading() == Drift.Reading.LARGE)
                                        .count(),
                                "large shift")
                        + " against the earlier run; the largest is " + drift.kind() + " "
                        + Markup.brief(drift.name(), 60) + " (PSI " + Figures.fixed(drift.psi(), 2) + ")."));
        long nonFinite = run.features().stream()
                .filter(feature -> feature.nonFiniteShare() > 0)
                .count();
        if (nonFinite > 0) {
            remarks.add(Figures.counted(nonFinite, "feature") + " with NaN or infinite values.");
        }
        for (RunMetrics.Score score : run.scores()) {
            if (score.values().nonFinite() > 0) {
                remarks.add("Score " + Markup.brief(score.name(), 60) + " is NaN or infinite in "
                        + Figures.counted(score.values().nonFinite(), "row") + ".");
            }
        }
        long dead = run.units().stream().filter(RunMetrics.Unit::dead).count();
        if (dead > 0) {
            remarks.add(Figures.counted(dead, "unit") + " of h_n never moved.");
        }
        long saturated = run.units().stream()
                .filter(unit -> unit.saturated() > SATURATED_OFTEN)
                .count();
        if (saturated > 0) {
            remarks.add(Figures.counted(saturated, "unit") + " of h_n saturated in more than half of the sequences.");
        }
        if (run.skew().longestByMedian() >= UNEVEN) {
            remarks.add("The longest task took " + Figures.fixed(run.skew().longestByMedian(), 1)
                    + " times as long as the median task.");
        }
        return remarks;
    }

    static long total(Iterable<Long> counts) {
        long sum = 0;
        for (long count : counts) {
            sum += count;
        }
        return sum;
    }
}
