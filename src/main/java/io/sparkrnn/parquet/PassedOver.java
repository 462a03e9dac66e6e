package io.sparkrnn.parquet;

import java.io.Serializable;
import java.util.Set;
import org.apache.hadoop.conf.Configurable;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.PathFilter;
import org.jspecify.annotations.Nullable;

/**
 * Files that are not listed: the rows of such a one are no part of a table, and neither is its schema. Public because Hadoop
 * makes filters by the names of their classes.
 */
public final class PassedOver implements PathFilter, Configurable, Serializable {
    private static final long serialVersionUID = 1;

    /** Their addresses, a line each. */
    static final String PATHS = "sparkrnn.passed.over";

    @SuppressWarnings("serial") // of an immutable set, which is serializable
    private Set<String> paths = Set.of();

    /** As Hadoop makes one. */
    public PassedOver() {}

    @Override
    public boolean accept(Path path) {
        return !paths.contains(path.toUri().toString());
    }

    @Override
    public void setConf(@Nullable Configuration configuration) {
        String said = configuration == null ? null : configuration.getRaw(PATHS);
        paths = said == null ? Set.of() : Set.of(said.split("\n", -1));
    }

    @Override
    public @Nullable Configuration getConf() {
        return null;
    }
}
