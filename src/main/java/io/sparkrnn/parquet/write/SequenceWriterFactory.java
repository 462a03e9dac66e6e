package io.sparkrnn.parquet.write;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.types.StructType;

/** Makes the writers of a job's files, in the tasks. */
public final class SequenceWriterFactory extends OutputWriterFactory {
    private static final long serialVersionUID = 1;

    private final OutputWriterFactory spark;
    private final FloatEncoding encoding;

    /** Makes writers for tables with a column of float lists; {@code spark} is what Spark's own format would do. */
    public SequenceWriterFactory(OutputWriterFactory spark, FloatEncoding encoding) {
        this.spark = spark;
        this.encoding = encoding;
    }

    @Override
    public String getFileExtension(TaskAttemptContext context) {
        return spark.getFileExtension(context);
    }

    @Override
    public OutputWriter newInstance(String path, StructType dataSchema, TaskAttemptContext context) {
        try {
            return new SequenceFileWriter(path, context.getConfiguration(), dataSchema, encoding);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot create " + path, e);
        }
    }
}
