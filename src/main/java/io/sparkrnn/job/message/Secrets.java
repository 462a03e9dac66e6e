package io.sparkrnn.job.message;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;

/**
 * Takes secrets out of what is told: passwords in addresses, signatures in their queries, and the values of options whose
 * names say that they are secret.
 */
public final class Secrets {
    /** What stands for one. */
    public static final String HIDDEN = "*****";

    /** Those by which Spark hides settings when it is not told otherwise, and some of object stores. */
    private static final Pattern NAME = Pattern.compile(
            "secret|password|passwd|token|access[._-]?key|account[._-]?key|api[._-]?key|credential|\\bsas\\b|private[._-]?key",
            Pattern.CASE_INSENSITIVE);

    /** {@code scheme://user:password@host}. A part before the @ without a colon is a container of Azure's, no secret. */
    private static final Pattern IN_ADDRESS = Pattern.compile("(://[^/\\s:@]*):[^/\\s@]+@");

    private static final Pattern IN_QUERY = Pattern.compile(
            "([?&;](?:sig|[a-z0-9._-]*(?:signature|credential|password|secret|token|key))=)[^&;\\s'\"]+",
            Pattern.CASE_INSENSITIVE);

    /** All that stands before the host; a name alone is a container of Azure's. */
    private static final Pattern USER = Pattern.compile("(://)[^/\\s:@]*:[^/\\s@]*@");

    /** All that stands behind a path. */
    private static final Pattern QUERY = Pattern.compile("(://[^?\\s]*)\\?\\S*?(?=,?(?:\\s|$))");

    private Secrets() {}

    /** Whether what has this name is not to be told: by {@link #NAME}, or by what Spark was told of such names. */
    public static boolean isNameOfOne(String name) {
        String ofSpark = new SparkConf().get("spark.redaction.regex", "");
        return NAME.matcher(name).find()
                || (!ofSpark.isEmpty() && Pattern.compile(ofSpark).matcher(name).find());
    }

    /** A text without the secrets in the addresses that it has. */
    public static String hiddenIn(String text) {
        if (!text.contains("://") && text.indexOf('=') < 0) {
            return text;
        }
        String addresses = IN_ADDRESS.matcher(text).replaceAll("$1:" + HIDDEN + "@");
        return IN_QUERY.matcher(addresses).replaceAll("$1" + HIDDEN);
    }

    /** A text for a page that anybody may read: the addresses in it have neither users nor queries. */
    public static String publicAddresses(String text) {
        String hosts = USER.matcher(text).replaceAll("$1");
        return hiddenIn(QUERY.matcher(hosts).replaceAll("$1"));
    }

    /** A writer in which lines lose their secrets before {@code target} has them. */
    public static PrintWriter hiding(PrintWriter target) {
        return new PrintWriter(new Lines(target), true);
    }

    /** Holds what is written until a line is whole. */
    private static final class Lines extends FilterWriter {
        private final StringBuilder line = new StringBuilder();

        Lines(Writer target) {
            super(target);
        }

        @Override
        public void write(int character) throws IOException {
            line.append((char) character);
            passWholeLines();
        }

        @Override
        public void write(char[] characters, int offset, int length) throws IOException {
            line.append(characters, offset, length);
            passWholeLines();
        }

        @Override
        public void write(String text, int offset, int length) throws IOException {
            line.append(text, offset, offset + length);
            passWholeLines();
        }

        private void passWholeLines() throws IOException {
            int end = line.lastIndexOf("\n") + 1;
            if (end > 0) {
                out.write(hiddenIn(line.substring(0, end)));
                line.delete(0, end);
            }
        }

        @Override
        public void flush() throws IOException {
            out.write(hiddenIn(line.toString()));
            line.setLength(0);
            out.flush();
        }
    }
}
