package io.sparkrnn.parquet;

import io.sparkrnn.platform.ScalaCollections;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.spark.Partition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.execution.FileSourceScanExec;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.datasources.FilePartition;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.jspecify.annotations.Nullable;

/**
 * How Spark splits the files of a table among its tasks, by its settings as they are, and how much of the table each task gets.
 * A task gets whole row groups: those whose middle is in its part of a file.
 *
 * @param files how many there are
 * @param bytes of all of them
 * @param partitions how many tasks there are
 * @param largestShare the part of the bytes, 0 to 1, that the task with the most of them reads
 * @param rows of all files: as the footers say that were read, and by bytes for the others; 0 where none was
 * @param listNumbers the floats and doubles in lists, likewise
 * @param rowBytes what the rows take that are not compressed, likewise
 */
public record FileSplits(
        int files, long bytes, int partitions, double largestShare, long rows, long listNumbers, long rowBytes) {
    private static final Set<String> PARQUET = Set.of("parquet", SequenceParquetFormat.NAME);

    /** What one split of a file holds. */
    private record Split(String file, long start, long length) {}

    /** A row group: where its middle is, and what is in it. */
    private record Group(long middle, long bytes, long rows, long listNumbers, long uncompressed) {}

    /**
     * Those of a table that is read from files and whose rows are filtered and projected at most. Empty for any other, where
     * something else than files decides on tasks, and where the files cannot be looked into.
     *
     * @param cores how many tasks can run at a time: files are looked into that are large beside a core's share
     */
    public static Optional<FileSplits> of(Dataset<Row> table, int cores) {
        try {
            // A plan of its own: that of the table may have been made under other settings.
            SparkPlan plan = table.select("*").queryExecution().sparkPlan();
            FileSourceScanExec scan = scan(plan);
            return scan == null ? Optional.empty() : Optional.of(of(scan, table, cores));
        } catch (
                Exception
                        e) { // whatever a source or a footer throws, Spark's checked ones, too, unseen by the compiler
            // what is wrong with a file its task says better
            return Optional.empty();
        }
    }

    private static FileSplits of(FileSourceScanExec scan, Dataset<Row> table, int cores) throws IOException {
        Partition[] partitions = scan.inputRDD().partitions();
        List<List<Split>> tasks = new ArrayList<>();
        Map<String, Long> files = new HashMap<>();
        for (Partition partition : partitions) {
            List<Split> splits = new ArrayList<>();
            for (PartitionedFile file : ((FilePartition) partition).files()) {
                String path = file.toPath().toString();
                splits.add(new Split(path, file.start(), file.length()));
                files.merge(path, file.length(), Long::sum);
            }
            tasks.add(splits);
        }
        long bytes = files.values().stream().mapToLong(Long::longValue).sum();
        Map<String, List<Group>> groups = new HashMap<>();
        if (scan.relation().fileFormat() instanceof DataSourceRegister format && PARQUET.contains(format.shortName())) {
            Configuration conf = table.sparkSession().sessionState().newHadoopConf();
            List<String> large = files.entrySet().stream()
                    .filter(file -> file.getValue() * 2 * cores > bytes)
                    .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                    .limit(Footers.MOST_READ)
                    .map(Map.Entry::getKey)
                    .toList();
            for (String file : large) {
                groups.put(file, groups(new Path(file), conf));
            }
        }
        double most = 0;
        double all = 0;
        for (List<Split> splits : tasks) {
            double own = splits.stream()
                    .mapToDouble(split -> bytesOf(split, groups.get(split.file)))
                    .sum();
            most = Math.max(most, own);
            all += own;
        }
        List<Group> known = groups.values().stream().flatMap(List::stream).toList();
        double knownBytes = groups.keySet().stream().mapToDouble(files::get).sum();
        double scale = knownBytes == 0 ? 0 : bytes / knownBytes;
        return new FileSplits(
                files.size(),
                bytes,
                partitions.length,
                all == 0 ? 0 : most / all,
                scaled(known.stream().mapToLong(Group::rows).sum(), scale),
                scaled(known.stream().mapToLong(Group::listNumbers).sum(), scale),
                scaled(known.stream().mapToLong(Group::uncompressed).sum(), scale));
    }

    private static long scaled(long known, double scale) {
        return Math.round(known * scale);
    }

    /** The scan below projections and filters; null when there is anything else. */
    private static @Nullable FileSourceScanExec scan(SparkPlan plan) {
        SparkPlan below = plan;
        while (below instanceof ProjectExec || below instanceof FilterExec) {
            below = ScalaCollections.list(below.children()).get(0);
        }
        return below instanceof FileSourceScanExec scan ? scan : null;
    }

    private static double bytesOf(Split split, @Nullable List<Group> groups) {
        if (groups == null) {
            return split.length;
        }
        return groups.stream()
                .filter(group -> group.middle >= split.start && group.middle < split.start + split.length)
                .mapToDouble(Group::bytes)
                .sum();
    }

    private static List<Group> groups(Path file, Configuration conf) throws IOException {
        ParquetMetadata footer = Footers.of(file, conf);
        List<Group> groups = new ArrayList<>();
        for (BlockMetaData block : footer.getBlocks()) {
            long numbers = 0;
            long uncompressed = 0;
            for (ColumnChunkMetaData chunk : block.getColumns()) {
                uncompressed += chunk.getTotalUncompressedSize();
                PrimitiveTypeName type = chunk.getPrimitiveType().getPrimitiveTypeName();
                boolean isNumber = type == PrimitiveTypeName.FLOAT || type == PrimitiveTypeName.DOUBLE;
                if (isNumber
                        && footer.getFileMetaData()
                                        .getSchema()
                                        .getColumnDescription(chunk.getPath().toArray())
                                        .getMaxRepetitionLevel()
                                > 0) {
                    numbers += chunk.getValueCount();
                }
            }
            long size = block.getCompressedSize();
            groups.add(new Group(block.getStartingPos() + size / 2, size, block.getRowCount(), numbers, uncompressed));
        }
        return groups;
    }
}
