package io.sparkrnn.job.state;

import io.sparkrnn.platform.BuiltFor;
import org.junit.jupiter.api.condition.EnabledIf;

/** States in a table of Iceberg, in a catalog of its own. */
@EnabledIf(value = "hasRuntime", disabledReason = "there is no Iceberg for this Spark")
class IcebergStatesTest extends VersionedStatesTest {
    static boolean hasRuntime() {
        return BuiltFor.spark().equals(System.getProperty("iceberg.spark"));
    }

    @Override
    String namespace() {
        return "ice.nights";
    }

    @Override
    String format() {
        return "iceberg";
    }

    @Override
    void compact(String table) {
        sql("CALL ice.system.rewrite_data_files(table => '" + table.substring(table.indexOf('.') + 1)
                + "', options => map('rewrite-all', 'true'))");
    }
}
