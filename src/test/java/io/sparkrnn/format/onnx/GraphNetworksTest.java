package io.sparkrnn.format.onnx;

import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole networks as exporters write them, at random, against ONNX Runtime, row by row. */
class GraphNetworksTest {
    private static final long SEED = Long.getLong("sparkrnn.seed", 1);
    private static final int SEEDS = Integer.getInteger("sparkrnn.seeds", 20);

    @TempDir
    Path folder;

    static Set<String> networks() {
        return NetworkCases.all().keySet();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void agreesWithOnnxRuntime(String network) {
        Consumer<GraphCase> maker = Objects.requireNonNull(NetworkCases.all().get(network));
        GraphCheck check = new GraphCheck(folder);
        for (long seed = SEED; seed < SEED + SEEDS; seed++) {
            check.check(network, seed, maker);
        }
    }
}
