package io.sparkrnn.ml;

import org.apache.spark.ml.Transformer;

/** A transformer that has its uid before it has Params, which ask for it while they are made. */
abstract class NamedTransformer extends Transformer {
    private static final long serialVersionUID = 1;

    private final String uid;

    NamedTransformer(String uid) {
        this.uid = uid;
    }

    /** What tells this transformer from others, in messages and where it is saved. */
    @Override
    public String uid() {
        return uid;
    }
}
