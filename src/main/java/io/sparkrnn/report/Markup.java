package io.sparkrnn.report;

/**
 * HTML that is sound XML, too, put together piece by piece. Text and the values of attributes are escaped here and nowhere
 * else; tags are given by the code alone.
 */
final class Markup {
    /** More of a name than this is cut out of its middle, where it is shown. */
    private static final int MOST_SHOWN = 96;

    /** And of text that can be unfolded. */
    private static final int MOST_KEPT = 2000;

    private final StringBuilder html = new StringBuilder(1 << 16);

    /** A tag that is opened, with pairs of attributes' names and values. */
    Markup open(String tag, String... attributes) {
        html.append('<').append(tag);
        attributes(attributes);
        html.append('>');
        return this;
    }

    Markup close(String tag) {
        html.append("</").append(tag).append('>');
        return this;
    }

    /** A tag with nothing in it. */
    Markup leaf(String tag, String... attributes) {
        html.append('<').append(tag);
        attributes(attributes);
        html.append("/>");
        return this;
    }

    /** An element with text in it. */
    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close(tag);
    }

    private void attributes(String... attributes) {
        for (int i = 0; i < attributes.length; i += 2) {
            html.append(' ').append(attributes[i]).append("=\"");
            text(attributes[i + 1]);
            html.append('"');
        }
    }

    Markup text(String text) {
        for (int i = 0; i < text.length(); ) {
            int point = text.codePointAt(i);
            i += Character.charCount(point);
            switch (point) {
                case '&' -> html.append("&amp;");
                case '<' -> html.append("&lt;");
                case '>' -> html.append("&gt;");
                case '"' -> html.append("&quot;");
                case '\'' -> html.append("&#39;");
                default -> html.appendCodePoint(isShown(point) ? point : 0xFFFD);
            }
        }
        return this;
    }

    /** Controls, halves of characters and marks that turn the direction of what follows are not. */
    private static boolean isShown(int point) {
        return switch (Character.getType(point)) {
            case Character.CONTROL -> point == '\n' || point == '\t';
            case Character.FORMAT, Character.SURROGATE, Character.UNASSIGNED, Character.PRIVATE_USE -> false;
            default -> true;
        };
    }

    /** A name that others gave: cut if it is long, whole as its title, and with a direction of its own. */
    Markup name(String name) {
        String brief = brief(name, MOST_SHOWN);
        if (brief.equals(name)) {
            return element("bdi", name);
        }
        return element("bdi", brief, "title", brief(name, MOST_KEPT));
    }

    static String brief(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        int end = most / 3;
        return text.substring(0, most - end - 1) + "…" + text.substring(text.length() - end);
    }

    /** What another one holds. */
    Markup add(Markup other) {
        html.append(other.html);
        return this;
    }

    /** The style sheet, which is our own and has nothing to escape. */
    Markup style(String css) {
        html.append("<style>").append(css).append("</style>");
        return this;
    }

    @Override
    public String toString() {
        return html.toString();
    }
}
