package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.List;

/** An SVG drawing with a frame for axes. It has one size and is scaled to where it is shown. */
final class Plot {
    static final double WIDTH = 480;
    static final double LEFT = 62;
    static final double RIGHT = WIDTH - 22;
    static final double TOP = 14;

    /** The lower end of what is drawn; below it stand an axis' numbers and label. */
    final double bottom;

    private final Markup svg = new Markup();

    /**
     * An empty one.
     *
     * @param title for those who cannot see it
     * @param height of the frame
     */
    Plot(String title, double height) {
        bottom = TOP + height;
        svg.open(
                "svg",
                "viewBox",
                "0 0 " + Figures.at(WIDTH) + " " + Figures.at(bottom + 50),
                "role",
                "img",
                "aria-label",
                title);
    }

    Markup done() {
        return svg.close("svg");
    }

    Plot horizontal(Axis axis, String label) {
        for (Axis.Tick tick : axis.ticks()) {
            double x = axis.at().applyAsDouble(tick.number());
            line(x, bottom, x, bottom + 4, "axis");
            text(x, bottom + 18, tick.label(), "tick middle");
        }
        line(LEFT, bottom, RIGHT, bottom, "axis");
        return text((LEFT + RIGHT) / 2, bottom + 40, label, "label middle");
    }

    /** With a line across for each number; the label stands on top, where it need not be turned. */
    Plot vertical(Axis axis, String label) {
        for (Axis.Tick tick : axis.ticks()) {
            double y = axis.at().applyAsDouble(tick.number());
            line(LEFT, y, RIGHT, y, "grid");
            text(LEFT - 6, y + 4, tick.label(), "tick end");
        }
        svg.open(
                        "text",
                        "class",
                        "label middle",
                        "transform",
                        "translate(12 " + Figures.at((TOP + bottom) / 2) + ") rotate(-90)")
                .text(label)
                .close("text");
        return this;
    }

    Plot line(double x1, double y1, double x2, double y2, String look) {
        svg.leaf(
                "line",
                "class",
                look,
                "x1",
                Figures.at(x1),
                "y1",
                Figures.at(y1),
                "x2",
                Figures.at(x2),
                "y2",
                Figures.at(y2));
        return this;
    }

    Plot text(double x, double y, String text, String look) {
        svg.element("text", text, "class", look, "x", Figures.at(x), "y", Figures.at(y));
        return this;
    }

    /** A rectangle that says something when it is pointed at. */
    Plot box(double x, double y, double width, double height, String look, String says) {
        svg.open(
                        "rect",
                        "class",
                        look,
                        "x",
                        Figures.at(x),
                        "y",
                        Figures.at(y),
                        "width",
                        Figures.at(Math.max(0.1, width)),
                        "height",
                        Figures.at(Math.max(0, height)))
                .element("title", says)
                .close("rect");
        return this;
    }

    Plot dot(double x, double y, String look) {
        svg.leaf("circle", "class", look, "cx", Figures.at(x), "cy", Figures.at(y), "r", "4");
        return this;
    }

    Plot path(Path path, String look) {
        if (!path.points.isEmpty()) {
            svg.leaf("path", "class", look, "d", path.toString());
        }
        return this;
    }

    /** Points joined by lines. */
    static final class Path {
        private final List<String> points = new ArrayList<>();

        /** Begins a line. */
        Path from(double x, double y) {
            points.add("M" + Figures.at(x) + " " + Figures.at(y));
            return this;
        }

        /** Goes on with it, or begins the first one. */
        Path to(double x, double y) {
            points.add((points.isEmpty() ? "M" : "L") + Figures.at(x) + " " + Figures.at(y));
            return this;
        }

        @Override
        public String toString() {
            return String.join("", points);
        }
    }
}
