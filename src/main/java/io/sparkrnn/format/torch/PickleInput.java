package io.sparkrnn.format.torch;

import io.sparkrnn.format.bytes.ModelException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The bytes of a pickle, read in order. Knows how many there are, so that nothing is allocated for a length that a
 * hostile pickle only claims.
 */
final class PickleInput {
    private final String file;
    private final String part;
    private final InputStream in;
    private final long length;
    private long position;

    /**
     * @param file what messages call the file
     * @param part what messages call the place that offsets count from: {@code data.pkl}, or {@code the file}
     * @param in read, not closed; should be buffered
     * @param length the number of bytes of {@code in}
     */
    PickleInput(String file, String part, InputStream in, long length) {
        this.file = file;
        this.part = part;
        this.in = in;
        this.length = length;
    }

    /** The number of bytes read so far. */
    long position() {
        return position;
    }

    /** A problem at byte {@code at}, for the caller to throw. */
    ModelException problem(long at, String what) {
        return new ModelException(file, what + " (at byte " + at + " of " + part + ")");
    }

    int uint8() {
        return take(1).get() & 0xff;
    }

    int uint16() {
        return take(2).getShort() & 0xffff;
    }

    int int32() {
        return take(4).getInt();
    }

    /** An unsigned 32-bit length or index. */
    long uint32() {
        return take(4).getInt() & 0xffff_ffffL;
    }

    /** A length of 64 bits; one beyond Java's long is negative. */
    long int64() {
        return take(8).getLong();
    }

    /** A float64, in the big-endian order that pickles have it in; only its place matters, so it is not kept. */
    void skipFloat64() {
        take(8);
    }

    /** {@code count} bytes in a new array, little-endian. */
    ByteBuffer take(long count) {
        check(count);
        try {
            byte[] bytes = in.readNBytes((int) count);
            if (bytes.length < count) {
                throw new EOFException();
            }
            position += count;
            return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw ModelException.unreadable(file, e);
        }
    }

    void skip(long count) {
        check(count);
        try {
            in.skipNBytes(count);
            position += count;
        } catch (IOException e) {
            throw ModelException.unreadable(file, e);
        }
    }

    /** A string of {@code count} bytes of UTF-8. */
    String utf8(long count) {
        long at = position;
        ByteBuffer bytes = take(count);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
        } catch (CharacterCodingException e) {
            throw new ModelException(
                    file, "the pickle has a string that is not UTF-8 (at byte " + at + " of " + part + ")", e);
        }
    }

    /** A string of {@code count} bytes, a character each. */
    String latin1(long count) {
        return StandardCharsets.ISO_8859_1.decode(take(count)).toString();
    }

    /** A line of ASCII up to its line feed, which is left out: a part of a global's name. */
    String line() {
        long at = position;
        StringBuilder line = new StringBuilder();
        for (int c = uint8(); c != '\n'; c = uint8()) {
            if (line.length() == Unpickler.LONGEST_GLOBAL) {
                throw problem(at, "the pickle names something in more than " + Unpickler.LONGEST_GLOBAL + " letters");
            }
            line.append((char) c);
        }
        return line.toString();
    }

    private void check(long count) {
        if (count < 0 || count > length - position) {
            throw problem(
                    position,
                    "the pickle ends too early: " + (count < 0 ? Long.toUnsignedString(count) : Long.toString(count))
                            + " more bytes should follow, there are " + (length - position)
                            + ". The file is damaged or was cut off; copy or save it again");
        }
        if (count > Unpickler.LONGEST_STRING) {
            throw problem(
                    position,
                    "the pickle has a value of " + count + " bytes, the most read is " + Unpickler.LONGEST_STRING
                            + ". In Python: torch.save(module.state_dict(), path) saves the tensors alone");
        }
    }
}
