package io.sparkrnn.parquet;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.SeekableInputStream;

/** Footers of Parquet files, read by themselves: what is in a file, and nothing of it. */
final class Footers {
    /** Of how many files at most the footers are read where an estimate does. */
    static final int MOST_READ = 32;

    private Footers() {}

    /** That of a file. */
    static ParquetMetadata of(Path file, Configuration configuration) throws IOException {
        HadoopInputFile input = HadoopInputFile.fromPath(file, configuration);
        try (SeekableInputStream stream = input.newStream()) {
            return ParquetFileReader.readFooter(
                    input, HadoopReadOptions.builder(configuration, file).build(), stream);
        }
    }
}
