package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.ListLayout;
import io.sparkrnn.parquet.layout.PageNumber;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.crypto.ParquetCryptoRuntimeException;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.jspecify.annotations.Nullable;

/**
 * A part of a file whose footer was read: what to read of it, or why Spark's reader has to.
 *
 * @param path the file, for errors
 * @param stream the open file; to be closed by whom this is given to
 * @param length the file's length in bytes
 * @param rowGroups those to read, of the ones whose middle is in the part, as Spark and parquet-java assign them
 * @param rowGroupsLeftOut how many others there are in the part, which have no row that is wanted
 * @param lists the layouts of the float lists, in the order of {@link RowLayout#lists}; where there is a reason, those
 *     there are
 * @param chunks for each row group, the chunks of the lists in the same order
 * @param reason why Spark's reader has to read the file; null when it has not
 */
record OpenFile(
        String path,
        SeekableInputStream stream,
        long length,
        List<BlockMetaData> rowGroups,
        int rowGroupsLeftOut,
        List<ListLayout> lists,
        List<List<ColumnChunkMetaData>> chunks,
        @Nullable String reason) {

    /**
     * Reads the footer of {@code file}.
     *
     * @throws DamagedFileException when it cannot be read as one
     * @throws IOException when the file cannot be read
     */
    static OpenFile open(
            PartitionedFile file,
            Configuration conf,
            RowLayout layout,
            NameMatch names,
            @Nullable RowGroupPruning pruning)
            throws IOException {
        HadoopInputFile input = HadoopInputFile.fromPath(file.toPath(), conf);
        SeekableInputStream stream = input.newStream();
        boolean opened = false;
        try {
            OpenFile open = read(file, conf, layout, names, pruning, input, stream);
            opened = true;
            return open;
        } catch (FileNotFoundException | DamagedFileException e) {
            throw e;
        } catch (ParquetCryptoRuntimeException e) {
            opened = true;
            return new OpenFile(
                    input.toString(), stream, input.getLength(), List.of(), 0, List.of(), List.of(), "encrypted");
        } catch (RuntimeException e) {
            // parquet-java and Thrift throw what they like on bytes that are no footer.
            DamagedFileException unknown = UnknownAnnotation.in(input);
            throw unknown == null ? damaged(file, e) : unknown;
        } catch (IOException e) {
            if (DamagedFileException.isOfTheStorage(e)) {
                throw e;
            }
            throw damaged(file, e);
        } finally {
            if (!opened) {
                stream.close();
            }
        }
    }

    private static DamagedFileException damaged(PartitionedFile file, Exception cause) {
        return new DamagedFileException(
                file.toPath() + ": its footer cannot be read: " + cause.getMessage()
                        + ". The file is damaged or no Parquet file: write or copy it again, or leave it out",
                cause);
    }

    private static OpenFile read(
            PartitionedFile file,
            Configuration conf,
            RowLayout layout,
            NameMatch names,
            @Nullable RowGroupPruning pruning,
            HadoopInputFile input,
            SeekableInputStream stream)
            throws IOException {
        ParquetReadOptions options = HadoopReadOptions.builder(conf, file.toPath())
                .withRange(file.start(), file.start() + file.length())
                .build();
        ParquetMetadata footer = ParquetFileReader.readFooter(input, options, stream);
        List<BlockMetaData> all = footer.getBlocks();
        List<BlockMetaData> rowGroups =
                pruning == null ? all : pruning.left(file, input, conf, all, footer.getFileMetaData());
        MessageType schema = footer.getFileMetaData().getSchema();
        List<ListLayout> lists = new ArrayList<>();
        List<List<ColumnChunkMetaData>> chunks = new ArrayList<>();
        rowGroups.forEach(rowGroup -> chunks.add(new ArrayList<>()));
        String reason = null;
        for (ListColumn list : layout.lists()) {
            String why = find(list, schema, names, lists);
            reason = reason == null ? why : reason;
        }
        for (int i = 0; i < layout.lists().size() && reason == null; i++) {
            for (int r = 0; r < rowGroups.size() && reason == null; r++) {
                reason = findChunk(lists.get(i), rowGroups.get(r), chunks.get(r));
            }
        }
        return new OpenFile(
                file.toPath().toString(),
                stream,
                input.getLength(),
                rowGroups,
                all.size() - rowGroups.size(),
                lists,
                chunks,
                reason);
    }

    /** Adds the list's layout; else says why not. */
    private static @Nullable String find(
            ListColumn column, MessageType schema, NameMatch names, List<ListLayout> lists) {
        List<GroupType> structs = new ArrayList<>();
        GroupType in = schema;
        for (String name : column.path()) {
            List<Type> found = in.getFields().stream()
                    .filter(type -> names.same(type.getName(), name))
                    .toList();
            if (found.size() != 1) {
                return "column " + column.name() + " is in the file " + found.size() + " times";
            }
            Type type = found.get(0);
            if (structs.size() == column.path().size() - 1) {
                ListLayout list = ListLayout.of(schema, structs, type, column.type());
                if (list != null) {
                    lists.add(list);
                    return null;
                }
            } else if (ListLayout.isStruct(type)) {
                in = type.asGroupType();
                structs.add(in);
                continue;
            }
            break;
        }
        return "column " + column.name() + " is no " + column.type().simpleString()
                + " in the layout of lists that Parquet prescribes";
    }

    private static @Nullable String findChunk(
            ListLayout list, BlockMetaData rowGroup, List<ColumnChunkMetaData> chunks) {
        ColumnPath path = ColumnPath.get(list.leaf().getPath());
        for (ColumnChunkMetaData chunk : rowGroup.getColumns()) {
            if (!chunk.getPath().equals(path)) {
                continue;
            }
            if (chunk.isEncrypted()) {
                return "column " + list.name() + " is encrypted";
            }
            if (!PageDecompressor.knows(chunk.getCodec())) {
                return "column " + list.name() + " is compressed by " + chunk.getCodec();
            }
            for (Encoding encoding : chunk.getEncodings()) {
                if (!PageValues.knows(encoding)) {
                    return "column " + list.name() + " is encoded as " + encoding;
                }
            }
            chunks.add(chunk);
            return null;
        }
        return "column " + list.name() + " is not in a row group";
    }

    /** A list that Spark's reader cannot read; null when there is none. */
    @Nullable
    ListLayout onlyDirect() {
        return lists.stream()
                .filter(list -> list.number() == PageNumber.FLOAT16)
                .findFirst()
                .orElse(null);
    }

    /** The error for a file with such a list that cannot be read directly either. */
    DamagedFileException unreadable(ListLayout list) {
        return new DamagedFileException(
                path + ", column " + list.name()
                        + ": Spark has no float16, and this file cannot be read without Spark's" + " reader: " + reason
                        + ". Write the column anew as float",
                null);
    }

    /** How column names are compared. */
    enum NameMatch {
        EXACT,
        ANY_CASE;

        boolean same(String one, String other) {
            return this == EXACT ? one.equals(other) : one.equalsIgnoreCase(other);
        }
    }
}
