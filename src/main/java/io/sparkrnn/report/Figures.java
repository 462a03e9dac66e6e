package io.sparkrnn.report;

import java.util.Locale;

/** Numbers as people read them, in one locale wherever the job runs. */
final class Figures {
    private Figures() {}

    static String count(long count) {
        return String.format(Locale.ROOT, "%,d", count);
    }

    static String counted(long count, String what) {
        return count(count) + " " + what + (count == 1 ? "" : "s");
    }

    /** Four digits that count, and an exponent where there would be many noughts. */
    static String number(double number) {
        if (number == 0) {
            return "0";
        }
        double magnitude = Math.abs(number);
        if (magnitude >= 1e7 || magnitude < 1e-4) {
            return String.format(Locale.ROOT, "%.2e", number);
        }
        int whole = (int) Math.floor(Math.log10(magnitude)) + 1;
        String text = String.format(Locale.ROOT, "%,." + Math.min(6, Math.max(0, 4 - whole)) + "f", number);
        return text.contains(".") ? text.replaceAll("\\.?0+$", "") : text;
    }

    /** To so many digits, where figures stand below each other or tell no more. */
    static String fixed(double number, int digits) {
        return String.format(Locale.ROOT, "%,." + digits + "f", number);
    }

    /** Of an axis: as few digits as tell the ticks apart. */
    static String tick(double number, double step) {
        if (Math.abs(number) < step / 1e6) {
            return "0";
        }
        if (Math.abs(number) >= 1e7 || step < 1e-5) {
            return String.format(Locale.ROOT, "%.2e", number);
        }
        int digits = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
        return String.format(Locale.ROOT, "%,." + digits + "f", number);
    }

    static String percent(double share) {
        double percent = share * 100;
        if (percent > 0 && percent < 0.01) {
            return "< 0.01 %";
        }
        boolean whole = percent == Math.rint(percent);
        return String.format(Locale.ROOT, whole ? "%.0f %%" : percent < 1 ? "%.2f %%" : "%.1f %%", percent);
    }

    static String bytes(long bytes) {
        String[] units = {"bytes", "kB", "MB", "GB", "TB", "PB", "EB"};
        double number = bytes;
        int unit = 0;
        while (number >= 1000 && unit < units.length - 1) {
            number /= 1000;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", number, units[unit]);
    }

    static String seconds(double seconds) {
        if (seconds >= 3600) {
            long minutes = Math.round(seconds / 60);
            return count(minutes / 60) + " h " + minutes % 60 + " min";
        }
        if (seconds >= 100) {
            long whole = Math.round(seconds);
            return whole / 60 + " min " + whole % 60 + " s";
        }
        return String.format(Locale.ROOT, seconds < 10 ? "%.2f s" : "%.1f s", seconds);
    }

    /** A place in a drawing. */
    static String at(double place) {
        String text = String.format(Locale.ROOT, "%.1f", place);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
