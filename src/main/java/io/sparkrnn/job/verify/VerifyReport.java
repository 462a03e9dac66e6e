package io.sparkrnn.job.verify;

import io.sparkrnn.model.Precision;
import java.io.PrintWriter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The table that verify prints, a line a tensor, and whether all of it passed. */
final class VerifyReport {
    private static final double FLOAT32_TOLERANCE = 1e-6;
    private static final double FLOAT64_TOLERANCE = 1e-12;

    private final PrintWriter out;
    private final double tolerance;
    private boolean passed = true;
    private boolean headed;

    VerifyReport(PrintWriter out, double tolerance) {
        this.out = out;
        this.tolerance = tolerance;
    }

    /** The largest scaled error that passes, where none is given. */
    static double defaultTolerance(Precision precision) {
        return precision == Precision.FLOAT32 ? FLOAT32_TOLERANCE : FLOAT64_TOLERANCE;
    }

    /**
     * Prints a line.
     *
     * @param framework the scaled error of the framework's own result against the same truth; null when unknown
     */
    void line(String tensor, String shape, ErrorMeasure error, @Nullable Double framework) {
        if (!headed) {
            out.printf(
                    "%-14s %-18s %13s %13s %10s %15s%n",
                    "tensor", "shape", "largest error", "scaled", "tolerance", "framework's own");
            headed = true;
        }
        boolean within = error.within(tolerance);
        passed &= within;
        out.printf(
                Locale.ROOT,
                "%-14s %-18s %13.2e %13.2e %10.1e %15s  %s%s%n",
                tensor,
                shape,
                error.largestAbsolute(),
                error.largestScaled(),
                tolerance,
                framework == null ? "-" : String.format(Locale.ROOT, "%.2e", framework),
                within ? "ok" : error.samePattern() ? "TOO LARGE" : "NaN OR INFINITY ELSEWHERE",
                error.where() == null
                        ? ""
                        : ", " + (error.samePattern() ? "largest" : "first") + " at " + error.where());
    }

    /** Prints what its reader should know. */
    void note(String note) {
        out.println("Note:    " + note);
    }

    boolean passed() {
        return passed;
    }
}
