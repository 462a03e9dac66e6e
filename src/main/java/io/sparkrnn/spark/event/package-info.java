/**
 * Sequences made of events: how a table of events is laid out, in what order they come, and how those of an id are put
 * together in a task.
 */
@NullMarked
package io.sparkrnn.spark.event;

import org.jspecify.annotations.NullMarked;
