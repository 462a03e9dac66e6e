package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far numbers of a run lie otherwise than those of an earlier one, the baseline, by the population stability index: over
 * bins that hold about a tenth of the baseline's numbers each, the sum of (now - then) ln(now / then), now and then being
 * shares. Non-finite numbers are a bin of their own.
 *
 * <p>How it is read: below 0.1 no shift to speak of, to 0.25 some, above that a large one. So N. Siddiqi, Credit Risk
 * Scorecards (Wiley, 2006), after E. M. Lewis, An Introduction to Credit Scoring (1992). What chance alone gives is about
 * (bins - 1)(1/n + 1/m) for n and m rows: B. Yurdakul, Statistical Properties of Population Stability Index (Western
 * Michigan University, 2018).
 *
 * @param psi 0 where nothing changed
 * @param chance what to expect of two samples of this size where nothing changed
 */
public record Drift(Kind kind, String name, double psi, double chance, Reading reading) {
    /** Of what. */
    public enum Kind {
        LENGTHS("sequence length"),
        FEATURE("feature"),
        SCORE("score"),
        UNIT("unit of h_n");

        private final String words;

        Kind(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /** What the index says. */
    public enum Reading {
        NONE("none"),
        SOME("some"),
        LARGE("large"),
        /** Chance alone may give as much as a shift would. */
        TOO_FEW_ROWS("too few rows to tell");

        private final String words;

        Reading(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }

        static Reading of(double psi, double chance) {
            if (psi < FROM_SOME) {
                return NONE;
            }
            if (psi < 3 * chance) {
                return TOO_FEW_ROWS;
            }
            return psi <= FROM_LARGE ? SOME : LARGE;
        }
    }

    private static final double FROM_SOME = 0.1;
    private static final double FROM_LARGE = 0.25;
    private static final int BINS = 10;
    /** For an empty bin, of which the logarithm would be infinite; of few rows, half a row. */
    private static final double LEAST_SHARE = 1e-4;

    /**
     * All that both runs have: features and scores by name, units by number if there are as many.
     *
     * @return the largest first
     */
    public static List<Drift> between(RunMetrics now, RunMetrics baseline) {
        List<Drift> drifts = new ArrayList<>();
        long rows = now.sample().rows();
        long baseRows = baseline.sample().rows();
        long sampled = now.sample().evenRows();
        long baseSampled = baseline.sample().evenRows();
        add(drifts, Kind.LENGTHS, "all", now.lengths(), baseline.lengths(), rows, baseRows);

        Map<String, Distribution> features = new HashMap<>();
        baseline.features().forEach(feature -> features.put(feature.name(), feature.values()));
        for (RunMetrics.Feature feature : now.features()) {
            Distribution before = features.getOrDefault(feature.name(), Distribution.EMPTY);
            add(drifts, Kind.FEATURE, feature.name(), feature.values(), before, sampled, baseSampled);
        }
        Map<String, Distribution> scores = new HashMap<>();
        baseline.scores().forEach(score -> scores.put(score.name(), score.values()));
        for (RunMetrics.Score score : now.scores()) {
            Distribution before = scores.getOrDefault(score.name(), Distribution.EMPTY);
            add(drifts, Kind.SCORE, score.name(), score.values(), before, rows, baseRows);
        }
        if (now.units().size() == baseline.units().size()) {
            for (int i = 0; i < now.units().size(); i++) {
                Distribution unit = now.units().get(i).values();
                Distribution before = baseline.units().get(i).values();
                add(drifts, Kind.UNIT, "unit " + now.units().get(i).unit(), unit, before, sampled, baseSampled);
            }
        }
        drifts.sort(Comparator.comparingDouble(Drift::psi).reversed());
        return drifts;
    }

    private static void add(
            List<Drift> drifts,
            Kind kind,
            String name,
            Distribution now,
            Distribution before,
            long rows,
            long rowsBefore) {
        if (now.count() + now.nonFinite() == 0 || before.count() + before.nonFinite() == 0) {
            return;
        }
        double[][] shares = shares(now, before);
        double psi = index(shares[0], shares[1], Math.max(LEAST_SHARE, 0.5 / Math.max(1, Math.min(rows, rowsBefore))));
        long filled = Arrays.stream(shares[1]).filter(share -> share > 0).count();
        double chance = (filled - 1) * (1.0 / Math.max(1, rows) + 1.0 / Math.max(1, rowsBefore));
        drifts.add(new Drift(kind, name, psi, chance, Reading.of(psi, chance)));
    }

    /** [2][bins] shares of both: outside of the baseline's range, in tenths of the baseline, not finite. */
    private static double[][] shares(Distribution now, Distribution before) {
        Histogram.Bins bins = before.bins();
        Histogram.Bins others = now.bins();
        List<double[]> pairs = new ArrayList<>();
        double all = (double) now.count() + now.nonFinite();
        double allBefore = (double) before.count() + before.nonFinite();
        if (bins == null || others == null) {
            pairs.add(new double[] {now.count() / all, before.count() / allBefore});
        } else {
            int bits = Math.min(bins.bits(), others.bits());
            bins = bins.coarser(bits);
            others = others.coarser(bits);
            // What the baseline never came to is apart, below and above: else nothing could differ from a constant.
            double below = upTo(others, bins.keys()[0] - 1);
            double most = upTo(others, bins.keys()[bins.size() - 1]);
            pairs.add(new double[] {below / all, 0});
            pairs.add(new double[] {(now.count() - most) / all, 0});
            double belowBefore = 0;
            double sum = 0;
            for (int i = 0; i < bins.size(); i++) {
                sum += bins.counts()[i];
                if (sum - belowBefore >= before.count() / (double) BINS || i == bins.size() - 1) {
                    double to = upTo(others, bins.keys()[i]);
                    pairs.add(new double[] {(to - below) / all, (sum - belowBefore) / allBefore});
                    below = to;
                    belowBefore = sum;
                }
            }
        }
        pairs.add(new double[] {now.nonFinite() / all, before.nonFinite() / allBefore});
        double[][] shares = new double[2][pairs.size()];
        for (int i = 0; i < pairs.size(); i++) {
            shares[0][i] = pairs.get(i)[0];
            shares[1][i] = pairs.get(i)[1];
        }
        return shares;
    }

    private static double upTo(Histogram.Bins bins, int key) {
        double sum = 0;
        for (int i = 0; i < bins.size() && bins.keys()[i] <= key; i++) {
            sum += bins.counts()[i];
        }
        return sum;
    }

    /**
     * The index of shares, each adding up to 1.
     *
     * @param least what takes the place of a share that is less
     */
    static double index(double[] now, double[] before, double least) {
        double psi = 0;
        for (int i = 0; i < now.length; i++) {
            if (now[i] == 0 && before[i] == 0) {
                continue;
            }
            double share = Math.max(least, now[i]);
            double shareBefore = Math.max(least, before[i]);
            psi += (share - shareBefore) * Math.log(share / shareBefore);
        }
        return psi;
    }
}
