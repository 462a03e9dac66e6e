package io.sparkrnn.spark.sequence;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.spark.invalid.Defect;

/** The numbers of a sequence that comes piece by piece, so that no more of it is held than one: nobody knows where it ends. */
public interface Pieces extends NumberSource {
    /** The steps of the piece at hand, 1 or more: as many can be copied. */
    int steps();

    /**
     * Takes the next piece in the place of the one at hand.
     *
     * @return whether there is one
     * @throws Defect when something in it is wrong
     */
    boolean next();
}
