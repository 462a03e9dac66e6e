package io.sparkrnn.faults;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.hdfs.DistributedFileSystem;

/** HDFS, with {@link Faults} of renames. Hadoop makes it by its name, so it is public. */
public final class FaultyHdfs extends DistributedFileSystem {
    @Override
    public boolean rename(Path from, Path to) throws IOException {
        boolean done = super.rename(from, to);
        Faults.renamed(getConf(), to);
        return done;
    }
}
