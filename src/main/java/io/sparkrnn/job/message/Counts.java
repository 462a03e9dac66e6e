package io.sparkrnn.job.message;

import java.util.Locale;

/** Numbers of things, as a sentence has them. */
public final class Counts {
    private Counts() {}

    /** {@code 1 row}, {@code 1,000 rows}. */
    public static String counted(long count, String what) {
        return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? what : what + "s");
    }
}
