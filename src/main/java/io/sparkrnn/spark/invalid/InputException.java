package io.sparkrnn.spark.invalid;

/** The input is not what the network takes: a column, a type, or a row. The message says which, and what would do. */
public final class InputException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Of something that was looked at. */
    public InputException(String message) {
        super(message);
    }

    /** Of something that another library refused. */
    public InputException(String message, Throwable cause) {
        super(message, cause);
    }
}
