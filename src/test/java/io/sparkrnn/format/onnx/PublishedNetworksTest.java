package io.sparkrnn.format.onnx;

import io.sparkrnn.format.onnx.PublishedCases.Published;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Published architectures as exporters leave them, against ONNX Runtime, row by row. */
class PublishedNetworksTest {
    private static final long SEED = Long.getLong("sparkrnn.seed", 1);

    @TempDir
    Path folder;

    static Set<String> networks() {
        return PublishedCases.all().keySet();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void agreesWithOnnxRuntime(String network) {
        Published published = Objects.requireNonNull(PublishedCases.all().get(network));
        GraphCheck check = new GraphCheck(folder);
        for (long seed = SEED; seed < SEED + 4; seed++) {
            check.check(network, seed, published.maker(), published.steps());
        }
    }
}
