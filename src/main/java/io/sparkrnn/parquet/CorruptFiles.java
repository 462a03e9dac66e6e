package io.sparkrnn.parquet;

import io.sparkrnn.parquet.read.DamagedFileException;
import io.sparkrnn.parquet.read.UnknownAnnotation;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumException;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.bytes.BytesUtils;
import org.apache.parquet.crypto.ParquetCryptoRuntimeException;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Parquet files that cannot be read, found before any row is: those of no bytes, those without a footer that can be read, and
 * those that are shorter than their footers say. Spark's own {@code ignoreCorruptFiles} gives the rows that come before the
 * damage, and no word of the others; here a file is whole, or it is left out whole. Of the pages nothing is read: one that is
 * damaged is met later, and ends the job.
 *
 * @param found those that cannot be read, by their paths
 * @param all how many files there are
 */
public record CorruptFiles(List<CorruptFile> found, int all) {
    /** The reader's option of Spark and Hadoop that decides which files are listed. */
    public static final String FILTER = "mapreduce.input.pathFilter.class";

    /** Of a magic number at both ends, and the length of the footer. */
    private static final int TAIL = 8;

    /** Files a task looks at in turn, each of which costs two or three requests. */
    private static final int A_TASK = 64;

    /**
     * A file that cannot be read.
     *
     * @param path its address
     * @param why in words that follow it
     */
    public record CorruptFile(String path, String why) implements Serializable {
        /** The path for people, without what a URI does to some characters. */
        public String address() {
            return new Path(URI.create(path)).toString();
        }
    }

    /**
     * Looks at every file that {@code reader} would list at {@code paths}, in tasks of Spark.
     *
     * @param options those of the reader
     */
    public static CorruptFiles in(SparkSession session, Map<String, String> options, List<String> paths) {
        // with a schema given, which one does not matter, none is looked for in footers
        String[] files = session.read()
                .options(options)
                .schema("nothing INT")
                .parquet(paths.toArray(String[]::new))
                .inputFiles();
        Configuration configuration = new Configuration(session.sparkContext().hadoopConfiguration());
        options.forEach(configuration::set);
        if (files.length == 0) {
            return new CorruptFiles(List.of(), 0);
        }
        JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
        int tasks = Math.min(files.length, Math.max(context.defaultParallelism(), files.length / A_TASK));
        List<CorruptFile> found = context.parallelize(List.of(files), tasks)
                .mapPartitions(new Looks(new SerializableConfiguration(configuration)))
                .collect();
        return new CorruptFiles(
                found.stream().sorted(Comparator.comparing(CorruptFile::path)).toList(), files.length);
    }

    /** What each task does. */
    private record Looks(SerializableConfiguration configuration)
            implements FlatMapFunction<Iterator<String>, CorruptFile> {
        private static final long serialVersionUID = 1;

        @Override
        public Iterator<CorruptFile> call(Iterator<String> files) throws IOException {
            Stream.Builder<CorruptFile> found = Stream.builder();
            while (files.hasNext()) {
                String file = files.next();
                String why = why(new Path(URI.create(file)), configuration.value());
                if (why != null) {
                    found.add(new CorruptFile(file, why));
                }
            }
            return found.build().iterator();
        }
    }

    /**
     * Why a file cannot be read; null when nothing that is looked at says so.
     *
     * @throws IOException when the storage does not give it: it may tomorrow, and is no reason to leave rows out
     */
    static @Nullable String why(Path path, Configuration configuration) throws IOException {
        HadoopInputFile file = HadoopInputFile.fromPath(path, configuration);
        if (file.getLength() == 0) {
            return "has no bytes";
        }
        try (SeekableInputStream stream = file.newStream()) {
            ParquetMetadata footer = ParquetFileReader.readFooter(
                    file, HadoopReadOptions.builder(configuration, path).build(), stream);
            stream.seek(file.getLength() - TAIL);
            return beyond(footer, file.getLength() - TAIL - BytesUtils.readIntLittleEndian(stream));
        } catch (FileNotFoundException e) {
            throw e;
        } catch (ChecksumException e) {
            return footer(e);
        } catch (ParquetCryptoRuntimeException e) {
            // a key is missing, and it is not for this to say
            return null;
        } catch (IOException e) {
            if (DamagedFileException.isOfTheStorage(e)) {
                throw e;
            }
            return footer(e);
        } catch (RuntimeException e) {
            // parquet-java and Thrift throw what they like on bytes that are no footer
            return UnknownAnnotation.in(file) == null ? footer(e) : null;
        }
    }

    private static String footer(Exception why) {
        String message =
                Objects.requireNonNullElse(why.getMessage(), why.getClass().getSimpleName());
        return "has no footer that can be read (" + message.lines().findFirst().orElse("") + ")";
    }

    /** Columns of a file that is shorter than it was. Pages end where the footer begins, at the latest. */
    private static @Nullable String beyond(ParquetMetadata footer, long end) {
        int rowGroup = 0;
        for (BlockMetaData block : footer.getBlocks()) {
            for (ColumnChunkMetaData chunk : block.getColumns()) {
                long start = chunk.getStartingPos();
                if (start < 0 || chunk.getTotalSize() < 0 || start > end - chunk.getTotalSize()) {
                    return "is shorter than its footer says: column "
                            + chunk.getPath().toDotString() + " of row group " + rowGroup + " ends behind its pages";
                }
            }
            rowGroup++;
        }
        return null;
    }

    /** Has a reader of these files pass over them; returns the reader. */
    public DataFrameReader leftOutBy(DataFrameReader reader) {
        // what is damaged further in ends the job, whatever the session says of such files
        DataFrameReader strict = reader.option("ignoreCorruptFiles", "false");
        return found.isEmpty()
                ? strict
                : strict.option(FILTER, PassedOver.class.getName())
                        .option(
                                PassedOver.PATHS,
                                found.stream().map(CorruptFile::path).collect(Collectors.joining("\n")));
    }

    /** Whether no file can be read. */
    public boolean isAll() {
        return all > 0 && found.size() == all;
    }
}
