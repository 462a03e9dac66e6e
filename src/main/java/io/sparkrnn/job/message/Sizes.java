package io.sparkrnn.job.message;

import java.util.Locale;

/** Bytes, as people read them. */
public final class Sizes {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};

    private Sizes() {}

    /** {@code 512 bytes}, {@code 1.5 MiB}. */
    public static String of(long bytes) {
        int unit = 0;
        double size = bytes;
        while (size >= 1024 && unit < UNITS.length - 1) {
            size /= 1024;
            unit++;
        }
        return unit == 0 ? Counts.counted(bytes, "byte") : String.format(Locale.ROOT, "%.1f %s", size, UNITS[unit]);
    }
}
