/**
 * Networks over streams of events, whose states are kept from event to event: {@link io.sparkrnn.stream.StreamScorer}. What is
 * computed of an event is that of {@link io.sparkrnn.spark}; here are the states, the order of events and what becomes of late ones.
 */
@NullMarked
package io.sparkrnn.stream;

import org.jspecify.annotations.NullMarked;
