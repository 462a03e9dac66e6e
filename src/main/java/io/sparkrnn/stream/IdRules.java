package io.sparkrnn.stream;

import io.sparkrnn.spark.EventStream;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.invalid.OnInvalid;
import java.io.Serializable;

/**
 * What a task is told of a stream.
 *
 * @param program the network, and the events
 * @param onInvalid what becomes of events that cannot be scored
 * @param late what becomes of late ones
 */
record IdRules(EventStream.Program program, OnInvalid onInvalid, LateEvents late) implements Serializable {
    private static final long serialVersionUID = 1;
}
