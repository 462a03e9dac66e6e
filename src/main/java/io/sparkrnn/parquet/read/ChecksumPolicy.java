package io.sparkrnn.parquet.read;

import org.apache.hadoop.conf.Configuration;

/** Whether a page's checksum, where it has one, is looked at. */
public enum ChecksumPolicy {
    VERIFY,
    IGNORE;

    /** The setting that says so, true or false; where it is not given, checksums are verified. */
    public static final String SETTING = "parquet.page.verify-checksum.enabled";

    static ChecksumPolicy of(Configuration conf) {
        return conf.getBoolean(SETTING, true) ? VERIFY : IGNORE;
    }
}
