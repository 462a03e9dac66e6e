/**
 * Which Spark, Scala and Java this jar is for, and what differs between Scalas. The sources are one tree: what differs
 * between Sparks is in a small class of each package that needs one, in {@code src/main/java-spark-*}, and what differs
 * between Scalas in {@code src/main/java-scala-*}; a Maven profile chooses the folders.
 */
@NullMarked
package io.sparkrnn.platform;

import org.jspecify.annotations.NullMarked;
