package io.sparkrnn.spark;

/** A machine that computes otherwise than the driver did, and is named in the message; thrown before its first row. */
public final class UnprovenException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnprovenException(String message) {
        super(message);
    }
}
