package io.sparkrnn.format.onnx;

import com.google.protobuf.CodedInputStream;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/**
 * A file in the <a href="https://protobuf.dev/programming-guides/encoding/">wire format of protocol buffers</a>, field
 * after field, with the place of each. Nothing is read beyond the message it is in, and what is kept in memory is counted.
 *
 * <pre>
 *   field    a varint, number * 8 + wire type, then by the wire type
 *              0: a varint     1: 8 bytes     2: a varint length, then so many bytes (text, a message, packed numbers)     5: 4 bytes
 * </pre>
 */
final class OnnxWire {
    static final int VARINT = 0;
    static final int EIGHT_BYTES = 1;
    static final int BYTES = 2;
    static final int FOUR_BYTES = 5;

    /** Graphs within graphs: three messages (attribute, graph, node) each. */
    private static final int DEEPEST = 100;

    private static final int LONGEST_TEXT = 1 << 16;

    private static final int SHORT_TEXT = 256;

    /** Bytes kept of a file besides its tensors: a graph of some hundred thousand nodes. */
    private static final long MOST_KEPT = 1L << 27;

    /** About what an object costs. */
    private static final int OBJECT = 64;

    private final CodedInputStream in;
    private final String file;
    private int tag;
    private long tagAt;
    private int depth;
    private long kept;

    /**
     * @param in at the start of the file; the caller closes it
     * @param file what messages call the file
     */
    OnnxWire(CodedInputStream in, String file) {
        this.in = in;
        this.file = file;
    }

    /** Takes one field of a message: reads its value, or calls {@link #skip}. */
    interface Field {
        void read(int number) throws IOException;
    }

    /** Bytes from the start of the file up to what is read next. */
    long position() {
        return in.getTotalBytesRead();
    }

    /** Reads the message that is the file itself. */
    void file(int length, Field field) throws IOException {
        int outer = in.pushLimit(length);
        fields(field);
        in.popLimit(outer);
    }

    /** Reads a field that is a message. */
    void message(Field field) throws IOException {
        expect(BYTES);
        keep(0);
        depth++;
        if (depth > DEEPEST) {
            throw problem("messages are nested more than " + DEEPEST + " deep", tagAt);
        }
        int outer = in.pushLimit(length());
        fields(field);
        in.popLimit(outer);
        depth--;
    }

    private void fields(Field field) throws IOException {
        while (true) {
            long at = position();
            tag = in.readTag();
            if (tag == 0) {
                return;
            }
            tagAt = at;
            field.read(tag >>> 3);
        }
    }

    /** The wire type of the field now read. */
    int wireType() {
        return tag & 7;
    }

    /** Passes over the field now read. */
    void skip() throws IOException {
        switch (wireType()) {
            case VARINT -> in.readRawVarint64();
            case EIGHT_BYTES -> in.skipRawBytes(8);
            case BYTES -> in.skipRawBytes(length());
            case FOUR_BYTES -> in.skipRawBytes(4);
            default ->
                throw problem(
                        "field " + (tag >>> 3) + " has wire type " + wireType() + ", which ONNX never has", tagAt);
        }
    }

    /** A field that is a varint. */
    long number() throws IOException {
        expect(VARINT);
        return in.readRawVarint64();
    }

    /** A field that is a float. */
    float real() throws IOException {
        expect(FOUR_BYTES);
        return in.readFloat();
    }

    /** A field that is text; what is not UTF-8 of it is replaced. */
    String text() throws IOException {
        expect(BYTES);
        long at = tagAt;
        int length = length();
        if (length > LONGEST_TEXT) {
            throw problem("a name of " + length + " bytes; expected " + LONGEST_TEXT + " at most", at);
        }
        keep(length);
        return new String(in.readRawBytes(length), StandardCharsets.UTF_8);
    }

    /**
     * A field that is text, or empty if it is longer than any of interest: bytes of any length, such as another framework's
     * own model, are called text too.
     */
    String shortText() throws IOException {
        expect(BYTES);
        int length = length();
        keep(Math.min(length, SHORT_TEXT));
        if (length > SHORT_TEXT) {
            in.skipRawBytes(length);
            return "";
        }
        return new String(in.readRawBytes(length), StandardCharsets.UTF_8);
    }

    /** Where the bytes of a field are, which are passed over; of a number that stands alone its own bytes. */
    Region.InFile bytes(java.nio.file.Path path) throws IOException {
        keep(0);
        int length = wireType() == BYTES ? length() : 0;
        long start = position();
        if (wireType() == BYTES) {
            in.skipRawBytes(length);
        } else {
            skip();
        }
        return new Region.InFile(path, file, start, position() - start);
    }

    /** Takes each number of a field that has one, or many of them packed. */
    interface Numbers {
        void read() throws IOException;
    }

    /** The varints of a field that has one, or many of them packed. */
    void numbers(java.util.function.LongConsumer each) throws IOException {
        packed(VARINT, () -> each.accept(in.readRawVarint64()));
    }

    /** The floats of a field that has one, or many of them packed. */
    void reals(java.util.function.DoubleConsumer each) throws IOException {
        packed(FOUR_BYTES, () -> each.accept(in.readFloat()));
    }

    private void packed(int single, Numbers each) throws IOException {
        if (wireType() == single) {
            keep(0);
            each.read();
            return;
        }
        expect(BYTES);
        int outer = in.pushLimit(length());
        while (in.getBytesUntilLimit() > 0) {
            keep(0);
            each.read();
        }
        in.popLimit(outer);
    }

    private int length() throws IOException {
        long length = in.readRawVarint64();
        int left = in.getBytesUntilLimit();
        if (length < 0 || length > left) {
            throw problem(
                    "field " + (tag >>> 3) + " says it is " + Long.toUnsignedString(length)
                            + " bytes long, but what it is in ends " + left + " bytes later",
                    tagAt);
        }
        return (int) length;
    }

    private void expect(int wireType) {
        if (wireType() != wireType) {
            throw problem("field " + (tag >>> 3) + " has wire type " + wireType() + "; expected " + wireType, tagAt);
        }
    }

    private void keep(long bytes) {
        kept += OBJECT + bytes;
        if (kept > MOST_KEPT) {
            throw problem("the graph is larger than any recurrent network needs", tagAt);
        }
    }

    /** What is wrong with the field now read. */
    ModelException problem(String what) {
        return problem(what, tagAt);
    }

    private ModelException problem(String what, long at) {
        return new ModelException(
                file, what + " (at byte " + at + "): the ONNX file is damaged, or none. Copy or export it again");
    }
}
