package io.sparkrnn.platform;

import java.util.List;
import java.util.Map;
import scala.Predef;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * Collections between Java and Scala 2.12. There is one such class for each Scala, because Scala's {@code Seq} and its
 * converters are others in 2.13; see the folders {@code src/main/java-scala-*}.
 */
public final class ScalaCollections {
    private ScalaCollections() {}

    /** What Scala's sources call {@code Seq}: here the one that may be mutable. */
    public static <T> Seq<T> seq(List<T> list) {
        // A List of Scala's own: Spark sends these to its tasks, and a view of a Java list need not be serializable.
        return JavaConverters.asScalaBufferConverter(list).asScala().toList();
    }

    /** The same elements, not copied. */
    public static <T> List<T> list(Seq<T> seq) {
        return JavaConverters.seqAsJavaListConverter(seq).asJava();
    }

    /** A copy as an immutable map. */
    public static <K, V> scala.collection.immutable.Map<K, V> map(Map<K, V> map) {
        return JavaConverters.mapAsScalaMapConverter(map).asScala().toMap(Predef.$conforms());
    }

    /** The same entries, not copied. */
    public static <K, V> Map<K, V> javaMap(scala.collection.Map<K, V> map) {
        return JavaConverters.mapAsJavaMapConverter(map).asJava();
    }
}
