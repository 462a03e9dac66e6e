package io.sparkrnn.parquet;

import io.sparkrnn.parquet.InputSources.InputFile;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.jspecify.annotations.Nullable;

/**
 * How much is in Parquet files, by the footers of some of them: of many, those that stand at equal distances, and as much in
 * the others by their bytes.
 *
 * @param rows how many there are
 * @param values of the column that was asked for: the numbers in all its lists
 * @param isExact whether all footers were read
 */
public record FooterEstimate(long rows, long values, boolean isExact) {
    /**
     * Reads footers.
     *
     * @param column the name of a column, or a path into structs
     * @return null where a file is none of Parquet's
     * @throws IOException when a file cannot be read
     */
    public static @Nullable FooterEstimate of(List<InputFile> files, String column, Configuration configuration)
            throws IOException {
        int read = Math.min(files.size(), Footers.MOST_READ);
        long rows = 0;
        long values = 0;
        long bytes = 0;
        for (int i = 0; i < read; i++) {
            InputFile file = files.get((int) ((long) i * files.size() / read));
            bytes += file.bytes();
            try {
                for (BlockMetaData block :
                        Footers.of(new Path(file.path()), configuration).getBlocks()) {
                    rows += block.getRowCount();
                    values += values(block, column);
                }
            } catch (RuntimeException e) {
                // parquet-java's own for what is no Parquet file; a run says what is wrong with it
                return null;
            }
        }
        long all = files.stream().mapToLong(InputFile::bytes).sum();
        double share = bytes == 0 ? 1 : (double) all / bytes;
        return new FooterEstimate(Math.round(rows * share), Math.round(values * share), read == files.size());
    }

    private static long values(BlockMetaData block, String column) {
        String name = column.replace("`", "");
        for (ColumnChunkMetaData chunk : block.getColumns()) {
            String path = chunk.getPath().toDotString();
            if (path.equalsIgnoreCase(name) || path.regionMatches(true, 0, name + ".", 0, name.length() + 1)) {
                return chunk.getValueCount();
            }
        }
        return 0;
    }
}
