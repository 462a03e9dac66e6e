package io.sparkrnn.job.state;

import org.junit.jupiter.api.BeforeEach;

/** States in a table of Delta, in the catalog that every session has; made beforehand, for Delta is not the session's own format. */
class DeltaStatesTest extends VersionedStatesTest {
    @Override
    String namespace() {
        return "nights";
    }

    @BeforeEach
    void make() {
        sql("CREATE TABLE " + in("states")
                + " (id BIGINT, h_n ARRAY<ARRAY<FLOAT>>, c_n ARRAY<ARRAY<FLOAT>>) USING delta");
    }

    /** A small table is not rewritten by OPTIMIZE unless it has several files, as each night's has. */
    @Override
    String format() {
        return "delta";
    }

    @Override
    void compact(String table) {
        sql("OPTIMIZE " + table);
    }
}
