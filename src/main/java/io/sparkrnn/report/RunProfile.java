package io.sparkrnn.report;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInput;
import java.io.DataInputStream;
import java.io.DataOutput;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a task gathers of its rows, and the driver of all tasks: lengths and scores of every row, features and states of
 * those that a {@link RowSampler} chooses. Merged in any order it is what one pass over all rows gives; the means to the last
 * few digits, all counts exactly. Constant in memory, some kilobytes and about 2 KB for each feature and unit; {@linkplain
 * #packed packed}, 200 bytes for each. Not for several threads at once.
 */
public final class RunProfile {
    /** Steps of a row whose features are looked at. */
    private static final int STEPS_LOOKED_AT = 4;

    /** Scores of a row that are looked at: a head may have thousands. */
    public static final int MOST_SCORES = 16;

    private static final int MANY_BINS = 256;
    private static final int FEATURE_BINS = 64;
    private static final int UNIT_BINS = 48;
    /** A state that is closer to zero tells nothing that zero does not. */
    private static final float UNIT_FLOOR = 1 / 32f;

    private static final float SATURATED = 0.99f;

    private long rows;
    private long steps;
    private long sampledRows;
    /** Sums of what sampled rows stand for, and of its squares. */
    private double weights;

    private double weightSquares;
    private long sampledSteps;

    private Gathered lengths = new Gathered(MANY_BINS, 0);
    private final Gathered[] features;
    private final Gathered[] scores;
    private final Gathered[] units;
    /** [units] how many states were close to -1 or 1. */
    private final long[] saturated;
    /** By {@link StepBuckets}. */
    private final List<Moments> norms = new ArrayList<>();

    /** Where in their stretch the next row's steps are taken, so that no weekday is seen alone. */
    private int featureTurn;

    // Of its own: states come when a batch is run, features when it is filled, and nothing may depend on batches.
    private int stateTurn;

    /** Of the row at hand: the steps that are taken, what each stands for, how many there are, and which is next. */
    private final int[] lookedAt = new int[STEPS_LOOKED_AT];

    private final long[] standFor = new long[STEPS_LOOKED_AT];
    private int parts;
    private int next;

    /**
     * An empty one, for rows of one shape.
     *
     * @param features numbers a step, I
     * @param units numbers of h_n as the network gives them, all layers and directions that are looked at
     * @param scores numbers of a row's scores, of which the first 16 are looked at; 0 without a head
     */
    public RunProfile(int features, int units, int scores) {
        this.features = gathered(features, FEATURE_BINS, 0);
        this.units = gathered(units, UNIT_BINS, UNIT_FLOOR);
        this.scores = gathered(Math.min(scores, MOST_SCORES), MANY_BINS, 0);
        saturated = new long[units];
    }

    private static Gathered[] gathered(int count, int limit, float floor) {
        Gathered[] gathered = new Gathered[count];
        for (int i = 0; i < count; i++) {
            gathered[i] = new Gathered(limit, floor);
        }
        return gathered;
    }

    /** Counts a row; every one, looked at or not. */
    public void addRow(int length) {
        rows++;
        steps += length;
        lengths.add(length, 1);
    }

    /**
     * Takes a row's scores; cheap enough for every row, with times 1.
     *
     * @param from where they begin; as many as were told to the constructor
     * @param times for how many rows it stands
     */
    public void addScores(float[] numbers, int from, long times) {
        for (int i = 0; i < scores.length; i++) {
            scores[i].add(numbers[from + i], times);
        }
    }

    /**
     * Takes one of a row's scores, where not every row has each.
     *
     * @param which as many as were told to the constructor, from 0 on
     * @param times for how many rows it stands
     */
    public void addScore(int which, float number, long times) {
        scores[which].add(number, times);
    }

    /**
     * Counts a row whose features and states are looked at.
     *
     * @param times for how many rows it stands: what {@link RowSampler#next} gave
     */
    public void addSampled(long times) {
        sampledRows++;
        weights += times;
        weightSquares += (double) times * times;
    }

    /**
     * Begins the features of a row that is looked at, of which up to four steps are taken, other ones of each row. They come by
     * {@link #addSteps}, as many at a time as there are.
     *
     * @param times for how many rows it stands
     */
    public void beginFeatures(int length, long times) {
        next = 0;
        parts = Math.min(STEPS_LOOKED_AT, length);
        for (int part = 0; part < parts; part++) {
            int first = part(length, part, parts);
            int stretch = part(length, part + 1, parts) - first;
            lookedAt[part] = first + featureTurn % stretch;
            standFor[part] = times * stretch;
        }
        featureTurn = featureTurn + 1 & Integer.MAX_VALUE;
    }

    /**
     * Takes some steps of the row at hand.
     *
     * @param numbers [steps][features] beginning at from
     * @param firstStep which of the row's steps the first of them is
     */
    public void addSteps(float[] numbers, int from, int firstStep, int steps) {
        for (; next < parts && lookedAt[next] < firstStep + steps; next++) {
            int at = from + (lookedAt[next] - firstStep) * features.length;
            for (int i = 0; i < features.length; i++) {
                features[i].add(numbers[at + i], standFor[next]);
            }
            sampledSteps++;
        }
    }

    /** As {@link #addSteps(float[], int, int, int)}; what is too large for a float counts as infinite. */
    public void addSteps(double[] numbers, int from, int firstStep, int steps) {
        for (; next < parts && lookedAt[next] < firstStep + steps; next++) {
            int at = from + (lookedAt[next] - firstStep) * features.length;
            for (int i = 0; i < features.length; i++) {
                features[i].add((float) numbers[at + i], standFor[next]);
            }
            sampledSteps++;
        }
    }

    /** Where a part of a row's steps begins. */
    private static int part(int length, int part, int parts) {
        return (int) ((long) length * part / parts);
    }

    /**
     * Takes the h_n of a row that is looked at.
     *
     * @param numbers [units] beginning at from
     * @param times for how many rows it stands
     */
    public void addFinalState(float[] numbers, int from, long times) {
        for (int i = 0; i < units.length; i++) {
            float number = numbers[from + i];
            units[i].add(number, times);
            if (Math.abs(number) > SATURATED) {
                saturated[i] += times;
            }
        }
    }

    /**
     * Takes the norms of a row's h_t, of one step in each of {@link StepBuckets}. A norm that is not finite is passed over:
     * scores and units count those.
     *
     * @param numbers [length] rows of width numbers, beginning at from
     * @param stride from one step's numbers to the next one's, at least width
     * @param times for how many rows it stands
     */
    public void addHiddenStates(float[] numbers, int from, int length, int width, int stride, long times) {
        long first;
        for (int bucket = 0; (first = StepBuckets.first(bucket)) < length; bucket++) {
            if (bucket == norms.size()) {
                norms.add(new Moments());
            }
            long end = Math.min(StepBuckets.first(bucket + 1), length);
            int at = from + (int) (first + stateTurn % (end - first)) * stride;
            double norm = norm(numbers, at, width);
            if (norm <= Double.MAX_VALUE) {
                norms.get(bucket).add(norm, times);
            }
        }
        stateTurn = stateTurn + 1 & Integer.MAX_VALUE;
    }

    private static double norm(float[] numbers, int at, int width) {
        // Four sums, which need not wait for each other.
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = at;
        for (int end = at + (width & ~3); i < end; i += 4) {
            a += (double) numbers[i] * numbers[i];
            b += (double) numbers[i + 1] * numbers[i + 1];
            c += (double) numbers[i + 2] * numbers[i + 2];
            d += (double) numbers[i + 3] * numbers[i + 3];
        }
        for (int end = at + width; i < end; i++) {
            a += (double) numbers[i] * numbers[i];
        }
        return Math.sqrt(a + b + (c + d));
    }

    /**
     * Takes what another one took.
     *
     * @throws IllegalArgumentException if it is of rows of another shape
     */
    public void merge(RunProfile other) {
        if (other.features.length != features.length
                || other.units.length != units.length
                || other.scores.length != scores.length) {
            throw new IllegalArgumentException(
                    "A profile of " + shape() + " cannot take one of " + other.shape() + ".");
        }
        rows += other.rows;
        steps += other.steps;
        sampledRows += other.sampledRows;
        weights += other.weights;
        weightSquares += other.weightSquares;
        sampledSteps += other.sampledSteps;
        lengths.merge(other.lengths);
        merge(features, other.features);
        merge(scores, other.scores);
        merge(units, other.units);
        for (int i = 0; i < saturated.length; i++) {
            saturated[i] += other.saturated[i];
        }
        for (int i = 0; i < other.norms.size(); i++) {
            if (i == norms.size()) {
                norms.add(new Moments());
            }
            norms.get(i).merge(other.norms.get(i));
        }
    }

    private static void merge(Gathered[] all, Gathered[] others) {
        for (int i = 0; i < all.length; i++) {
            all[i].merge(others[i]);
        }
    }

    private String shape() {
        return features.length + " features, " + units.length + " units and " + scores.length + " scores";
    }

    /** Another one that took the same. */
    public RunProfile copy() {
        RunProfile copy = new RunProfile(features.length, units.length, scores.length);
        copy.merge(this);
        return copy;
    }

    /** Whether it took nothing. */
    public boolean isEmpty() {
        return rows == 0 && sampledRows == 0;
    }

    RunMetrics.Sample sample() {
        return new RunMetrics.Sample(
                rows,
                sampledRows,
                weightSquares == 0 ? 0 : Math.round(weights * weights / weightSquares),
                steps,
                sampledSteps);
    }

    Distribution lengths() {
        return lengths.distribution();
    }

    /** Under the names given, and by number where there is none. */
    List<RunMetrics.Feature> features(List<String> names) {
        List<RunMetrics.Feature> list = new ArrayList<>();
        for (int i = 0; i < features.length; i++) {
            Distribution numbers = features[i].distribution();
            double all = Math.max(1, (double) numbers.count() + numbers.nonFinite());
            list.add(new RunMetrics.Feature(name(names, i, "feature "), numbers.nonFinite() / all, numbers));
        }
        return list;
    }

    List<RunMetrics.Score> scores(List<String> names) {
        List<RunMetrics.Score> list = new ArrayList<>();
        for (int i = 0; i < scores.length; i++) {
            list.add(new RunMetrics.Score(name(names, i, "score "), scores[i].distribution()));
        }
        return list;
    }

    private static String name(List<String> names, int i, String kind) {
        return i < names.size() ? names.get(i) : kind + i;
    }

    List<RunMetrics.Unit> units() {
        List<RunMetrics.Unit> list = new ArrayList<>();
        for (int i = 0; i < units.length; i++) {
            Distribution numbers = units[i].distribution();
            double all = Math.max(1, (double) numbers.count() + numbers.nonFinite());
            list.add(new RunMetrics.Unit(i, saturated[i] / all, numbers));
        }
        return list;
    }

    List<RunMetrics.Norm> norms() {
        List<RunMetrics.Norm> list = new ArrayList<>();
        for (int i = 0; i < norms.size(); i++) {
            Moments norm = norms.get(i);
            list.add(new RunMetrics.Norm(
                    StepBuckets.first(i),
                    StepBuckets.first(i + 1) - 1,
                    norm.weight(),
                    norm.mean(),
                    norm.deviation(),
                    norm.min(),
                    norm.max()));
        }
        return list;
    }

    private void write(DataOutput out) throws IOException {
        for (long number : new long[] {rows, steps, sampledRows, sampledSteps}) {
            Varints.write(out, number);
        }
        out.writeDouble(weights);
        out.writeDouble(weightSquares);
        lengths.write(out);
        for (Gathered[] all : List.of(features, scores, units)) {
            for (Gathered one : all) {
                one.write(out);
            }
        }
        for (long one : saturated) {
            Varints.write(out, one);
        }
        Varints.write(out, norms.size());
        for (Moments norm : norms) {
            norm.write(out);
        }
    }

    private void read(DataInput in) throws IOException {
        rows = Varints.read(in);
        steps = Varints.read(in);
        sampledRows = Varints.read(in);
        sampledSteps = Varints.read(in);
        weights = in.readDouble();
        weightSquares = in.readDouble();
        lengths = lengths.read(in);
        for (Gathered[] all : List.of(features, scores, units)) {
            for (int i = 0; i < all.length; i++) {
                all[i] = all[i].read(in);
            }
        }
        for (int i = 0; i < saturated.length; i++) {
            saturated[i] = Varints.read(in);
        }
        for (long left = Varints.read(in); left > 0; left--) {
            norms.add(Moments.read(in));
        }
    }

    /** What goes over the network, and waits on the driver for the others. */
    public PackedProfile packed() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            write(new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new PackedProfile(features.length, units.length, scores.length, bytes.toByteArray());
    }

    /**
     * What was packed.
     *
     * @throws IllegalArgumentException when the bytes are not those of a profile
     */
    static RunProfile of(PackedProfile packed) {
        RunProfile profile = new RunProfile(packed.features(), packed.units(), packed.scores());
        try {
            profile.read(new DataInputStream(new ByteArrayInputStream(packed.bytes())));
        } catch (IOException e) {
            throw new IllegalArgumentException("these are not the bytes of a profile", e);
        }
        return profile;
    }
}
