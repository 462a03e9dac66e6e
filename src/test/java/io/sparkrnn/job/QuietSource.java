package io.sparkrnn.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.sources.BaseRelation;
import org.apache.spark.sql.sources.RelationProvider;
import org.apache.spark.sql.sources.TableScan;
import org.apache.spark.sql.types.StructType;
import scala.collection.immutable.Map;

/** A source of two rows that tells no files, as those of some table formats; {@code makes} names a folder it makes. */
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
        return new Relation(context);
    }

    private static final class Relation extends BaseRelation implements TableScan {
        private final SQLContext context;

        Relation(SQLContext context) {
            this.context = context;
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
            return context.sql("SELECT id, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(2)")
                    .rdd();
        }
    }
}
