package io.sparkrnn.platform;

/** The jar is for another Spark, Scala or Java than the one it runs on; the message says which jar to take. */
public final class PlatformException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    PlatformException(String message) {
        super(message);
    }
}
