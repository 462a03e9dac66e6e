package io.sparkrnn.parquet;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;

/** Files that parquet-java writes of any schema: what may be absent or repeated is so at random. */
public final class RandomFile {
    private static final int[] COUNTS = {0, 1, 2, 3, 8, 17};

    private static final int FEW = 20;

    private final Random random;
    private final double nulls;
    private final int distinct;

    /** Files of which {@code random} decides everything. */
    RandomFile(Random random) {
        this(random, random.nextBoolean() ? FEW : 60_000);
    }

    private RandomFile(Random random, int distinct) {
        this.random = random;
        this.nulls = random.nextBoolean() ? 0 : random.nextDouble() * 0.3;
        this.distinct = distinct;
    }

    /** The same of few values, so that a dictionary of them is used. */
    static RandomFile ofFewValues(Random random) {
        return new RandomFile(random, FEW);
    }

    /** Writes {@code rows} rows with a column id, which counts them, and the columns of {@code fields}. */
    void write(Path file, String fields, int rows) throws IOException {
        write(file, schema(fields), rows, writer -> {});
    }

    static MessageType schema(String fields) {
        return MessageTypeParser.parseMessageType("message m { required int64 id; " + fields + " }");
    }

    /** Whether this parquet-java knows of float16. */
    public static boolean knowsFloat16() {
        return Arrays.stream(LogicalTypeAnnotation.class.getMethods())
                .anyMatch(method -> method.getName().equals("float16Type"));
    }

    /** The same of a schema whose first column is id, with settings that are not left to chance. */
    void write(Path file, MessageType schema, int rows, Consumer<ExampleParquetWriter.Builder> settings)
            throws IOException {
        HadoopOutputFile output =
                HadoopOutputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration());
        CompressionCodecName[] codecs = {
            CompressionCodecName.UNCOMPRESSED, CompressionCodecName.SNAPPY, CompressionCodecName.ZSTD
        };
        ExampleParquetWriter.Builder builder = ExampleParquetWriter.builder(output)
                .withType(schema)
                .withWriterVersion(
                        random.nextBoolean()
                                ? ParquetProperties.WriterVersion.PARQUET_1_0
                                : ParquetProperties.WriterVersion.PARQUET_2_0)
                .withCompressionCodec(codecs[random.nextInt(codecs.length)])
                .withDictionaryEncoding(random.nextBoolean())
                .withPageSize(new int[] {200, 5000, 1 << 20}[random.nextInt(3)])
                .withRowGroupSize(new long[] {5000, 1 << 27}[random.nextInt(2)]);
        settings.accept(builder);
        try (ParquetWriter<Group> writer = builder.build()) {
            for (int row = 0; row < rows; row++) {
                Group group = new SimpleGroup(schema);
                group.add("id", (long) row);
                for (int i = 1; i < schema.getFieldCount(); i++) {
                    fill(group, schema, i);
                }
                writer.write(group);
            }
        }
    }

    private void fill(Group group, GroupType type, int field) {
        Type part = type.getType(field);
        int count = part.isRepetition(Repetition.REPEATED)
                ? COUNTS[random.nextInt(COUNTS.length)]
                : part.isRepetition(Repetition.OPTIONAL) && random.nextDouble() < nulls ? 0 : 1;
        for (int i = 0; i < count; i++) {
            if (part.isPrimitive()) {
                add(group, part);
            } else {
                Group child = group.addGroup(field);
                for (int j = 0; j < part.asGroupType().getFieldCount(); j++) {
                    fill(child, part.asGroupType(), j);
                }
            }
        }
    }

    private void add(Group group, Type part) {
        int which = random.nextInt(distinct);
        switch (part.asPrimitiveType().getPrimitiveTypeName()) {
            case FLOAT -> group.add(part.getName(), distinct == FEW ? which / 8f : random.nextFloat());
            case DOUBLE -> group.add(part.getName(), distinct == FEW ? which / 8d : random.nextDouble());
            case INT32 -> group.add(part.getName(), which);
            case INT64 -> group.add(part.getName(), (long) which);
            case BINARY -> group.add(part.getName(), "s" + which);
            case FIXED_LEN_BYTE_ARRAY -> {
                // Of the lowest 16 bits any there are; the other bytes are zero.
                byte[] bytes = new byte[part.asPrimitiveType().getTypeLength()];
                int bits = which * 32_719;
                bytes[0] = (byte) bits;
                bytes[1] = (byte) (bits >> 8);
                group.add(part.getName(), Binary.fromConstantByteArray(bytes));
            }
            default -> throw new IllegalArgumentException("no values of " + part);
        }
    }
}
