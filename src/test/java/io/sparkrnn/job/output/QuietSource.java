package io.sparkrnn.job.output;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.RelationProvider;
import org.apache.spark.sql.sources.TableScan;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Map;

/**
 * A source of two rows that tells no files, as those of some table formats; {@code makes} names a folder it makes. With
 * {@code fails}, one of two tasks fails at once, and the other begins to write a second after, having heard of nothing.
 */
public final class QuietSource implements RelationProvider {
    @Override
    public BaseRelation createRelation(SQLContext context, Map<String, String> options) {
        if (options.contains("makes")) {
            try {
                Files.writeString(
                        Files.createDirectories(Path.of(options.apply("makes"))).resolve("a.txt"), "mine");
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return new Relation(context, options.contains("fails"));
    }

    private static final class Relation extends BaseRelation implements TableScan {
        private final SQLContext context;
        private final boolean fails;

        Relation(SQLContext context, boolean fails) {
            this.context = context;
            this.fails = fails;
        }

        @Override
        public SQLContext sqlContext() {
            return context;
        }

        @Override
        public StructType schema() {
            return StructType.fromDDL("id BIGINT, features ARRAY<ARRAY<FLOAT>>");
        }

        @Override
        public RDD<Row> buildScan() {
            RDD<Row> rows = context.sql(
                            "SELECT id, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(0, 2, 1, 2)")
                    .rdd();
            return fails ? failing(rows) : rows;
        }
    }

    /** One part fails at once; the other waits, and does not ask whether it is to end. */
    private static RDD<Row> failing(RDD<Row> rows) {
        return rows.toJavaRDD()
                .mapPartitionsWithIndex(
                        (part, lines) -> {
                            List<Row> held = new ArrayList<>();
                            lines.forEachRemaining(held::add);
                            if (part == 1) {
                                throw new IllegalStateException("a task that fails at once");
                            }
                            long end = System.nanoTime() + 1_000_000_000L;
                            while (System.nanoTime() < end) {
                                LockSupport.parkNanos(1_000_000);
                            }
                            return held.iterator();
                        },
                        false)
                .rdd();
    }
}
