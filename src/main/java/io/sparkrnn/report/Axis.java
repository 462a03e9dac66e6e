package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * From numbers to places along one side of a drawing, with ticks.
 *
 * @param at from a number to its place
 * @param ticks where to write a number
 */
record Axis(DoubleUnaryOperator at, List<Tick> ticks) {
    /** A number that is written at an axis. */
    record Tick(double number, String label) {}

    /** Evenly, with about so many ticks at round numbers. */
    static Axis linear(double from, double to, double begin, double end, int about) {
        double width = to > from ? to - from : 1;
        double step = step(width / about);
        List<Tick> ticks = new ArrayList<>();
        for (double number = Math.ceil(from / step - 1e-9) * step;
                number <= from + width * (1 + 1e-9) && ticks.size() < 20;
                number += step) {
            ticks.add(new Tick(number, Figures.tick(number, step)));
        }
        return new Axis(number -> begin + (end - begin) * ((number - from) / width), ticks);
    }

    /** Shares from none to at least one of so much, in percent. */
    static Axis shares(double most, double begin, double end) {
        double top = most > 0 ? most : 1;
        double step = step(top / 4);
        List<Tick> ticks = new ArrayList<>();
        double highest = Math.min(1, Math.ceil(top / step - 1e-9) * step);
        for (int i = 0; i * step <= highest + step / 1e6; i++) {
            ticks.add(new Tick(i * step, Figures.tick(i * step * 100, step * 100) + " %"));
        }
        return new Axis(share -> begin + (end - begin) * (share / highest), ticks);
    }

    /** By doublings; what is less than a half is put there. */
    static Axis doublings(double from, double to, double begin, double end, int most) {
        double low = log2(from);
        double width = Math.max(1, log2(to) - low);
        int each = (int) Math.ceil(width / most);
        List<Tick> ticks = new ArrayList<>();
        for (int power = (int) Math.ceil(low); power <= low + width; power += each) {
            ticks.add(new Tick(Math.pow(2, power), Figures.tick(Math.pow(2, power), Math.pow(2, power))));
        }
        return new Axis(number -> begin + (end - begin) * ((log2(number) - low) / width), ticks);
    }

    private static double log2(double number) {
        return Math.log(Math.max(0.5, number)) / Math.log(2);
    }

    /** The next of 1, 2, 5, 10 and so on that is no less. */
    private static double step(double least) {
        double ten = Math.pow(10, Math.floor(Math.log10(least)));
        double part = least / ten;
        return ten * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
    }
}
