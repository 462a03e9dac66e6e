package io.sparkrnn.report;

import java.io.Serializable;

/**
 * A {@link RunProfile} in few bytes: each task of a job sends one, and the driver holds those of all tasks.
 *
 * @param features numbers a step
 * @param units numbers of h_n
 * @param scores numbers of a row's scores
 */
public record PackedProfile(int features, int units, int scores, byte[] bytes) implements Serializable {
    private static final long serialVersionUID = 1;

    /** The profile. */
    public RunProfile unpacked() {
        return RunProfile.of(this);
    }
}
