package io.sparkrnn.spark.column;

/** How messages call what names a column: the options of the command line, which are the builder's methods too. */
public final class ColumnOptions {
    /** Of the features. */
    public static final String FEATURES = "features";

    /** Of the number of steps that count. */
    public static final String LENGTHS = "lengths";

    /** Of a mask that is true of the steps that count. */
    public static final String VALID = "valid";

    /** Of a mask that is true of the others. */
    public static final String PADDING = "padding";

    /** Of h_0. */
    public static final String INITIAL_STATE = "initial-state";

    /** Of c_0. */
    public static final String INITIAL_CELL_STATE = "initial-cell-state";

    /** Of what names a row. */
    public static final String ID = "id";

    /** Of what passes through. */
    public static final String KEEP = "keep";

    private ColumnOptions() {}
}
