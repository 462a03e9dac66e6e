package io.sparkrnn.platform;

import java.util.List;
import java.util.Map;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Collections between Java and Scala 2.13. There is one such class for each Scala, because Scala's {@code Seq} and its
 * converters are others in 2.12; see the folders {@code src/main/java-scala-*}.
 */
public final class ScalaCollections {
    private ScalaCollections() {}

    /** What Scala's sources call {@code Seq}: here the immutable one. */
    public static <T> Seq<T> seq(List<T> list) {
        return CollectionConverters.asScala(list).toSeq();
    }

    /** The same elements, not copied. */
    public static <T> List<T> list(scala.collection.Seq<T> seq) {
        return CollectionConverters.asJava(seq);
    }

    /** A copy as an immutable map. */
    public static <K, V> scala.collection.immutable.Map<K, V> map(Map<K, V> map) {
        return CollectionConverters.asScala(map).toMap(scala.$less$colon$less$.MODULE$.refl());
    }

    /** The same entries, not copied. */
    public static <K, V> Map<K, V> javaMap(scala.collection.Map<K, V> map) {
        return CollectionConverters.asJava(map);
    }
}
