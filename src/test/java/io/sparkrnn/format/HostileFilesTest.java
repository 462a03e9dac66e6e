package io.sparkrnn.format;

import static io.sparkrnn.format.TestFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.sparkrnn.Golden;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.keras.KerasTest;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.torch.TorchModulesTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Damaged files: whatever byte is lost or changed, a file is read or a ModelException says what is wrong with it. */
@Timeout(60)
class HostileFilesTest {
    private static final int FLIPS = 1000;
    private static final int MUTATIONS = 3000;

    /** Another one: mvn test -Dtest=HostileFilesTest -Dsparkrnn.seed=N */
    private static final long SEED = Long.getLong("sparkrnn.seed", 20260101);

    @TempDir
    Path folder;

    private static byte[] seed(String file) throws IOException {
        if (file.endsWith(".keras") || file.endsWith(".h5")) {
            return Files.readAllBytes(KerasTest.file(file));
        }
        if (file.endsWith(".pt2")) {
            return Files.readAllBytes(TorchModulesTest.export(file));
        }
        return Files.readAllBytes(Golden.named("seed_torch_rnn").file(file));
    }

    /** Opens a file and reads all that is in it. False when a ModelException said no; anything else fails. */
    private boolean readable(byte[] bytes, String what) {
        Path file = write(folder, bytes);
        boolean sound = true;
        try {
            ModelFile opened = ModelFile.open(file, "f");
            for (String name : opened.tensors().names()) {
                opened.tensors().get(name);
            }
            for (String prefix : opened.prefixes()) {
                boolean graph = opened.option().equals("--node");
                opened.network(
                        graph
                                ? ModelOptions.none().withNode(prefix)
                                : ModelOptions.none().withStateDictPrefix(prefix));
            }
        } catch (ModelException e) {
            sound = false;
        } catch (RuntimeException | Error e) {
            fail(what + " gave " + e, e);
        }
        return sound;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.safetensors",
                "model.pt",
                "model_legacy.pt",
                "model.npz",
                "simple_rnn.keras",
                "gru_before.h5",
                "export.pt2",
                "export_2_5.pt2",
                "model.onnx",
                "model_nofold.onnx"
            })
    void everyTruncation(String file) throws IOException {
        byte[] whole = seed(file);
        assertThat(readable(whole, file)).isTrue();
        for (int length = 0; length < whole.length; length++) {
            String what = file + " cut to " + length + " bytes";
            assertThat(readable(Arrays.copyOf(whole, length), what)).as(what).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "model.safetensors",
                "model.pt",
                "model_legacy.pt",
                "model_full_prefix.pt",
                "model_parameters.pt",
                "model_whole_module.pt",
                "model_torchscript.pt",
                "model.npz",
                "gru.keras",
                "gru_before.h5",
                "lstm_stack.h5",
                "export.pt2",
                "export_2_5.pt2",
                "model.onnx",
                "model_nofold.onnx"
            })
    void anyBytesChanged(String file) throws IOException {
        Random random = new Random(SEED);
        byte[] whole = seed(file);
        for (int flip = 0; flip < FLIPS; flip++) {
            byte[] changed = whole.clone();
            int changes = 1 + (random.nextInt(4) == 0 ? random.nextInt(8) : 0);
            for (int i = 0; i < changes; i++) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
            }
            readable(changed, file + ", change " + flip + " of seed " + SEED);
        }
    }

    @Test
    void anyBytesOfThePickleChanged() throws IOException {
        Random random = new Random(SEED);
        byte[] whole = seed("model_full_prefix.pt");
        // The pickle is the first record: its bytes are from just after the record's header on.
        for (int flip = 0; flip < FLIPS; flip++) {
            byte[] changed = whole.clone();
            int changes = 1 + random.nextInt(4);
            for (int i = 0; i < changes; i++) {
                changed[64 + random.nextInt(1200)] = (byte) random.nextInt(256);
            }
            readable(changed, "model_full_prefix.pt, change " + flip + " of seed " + SEED);
        }
    }

    /** The same as the long run, of which {@link ModelFuzz} tells. */
    @Test
    void everyKindOfFileMutated() throws IOException {
        ModelFuzz fuzz = new ModelFuzz(SEED, folder);
        assertThat(fuzz.fileCount()).isGreaterThan(40);
        Map<ModelFuzz.Outcome, Integer> outcomes = new EnumMap<>(ModelFuzz.Outcome.class);
        for (int n = 0; n < MUTATIONS; n++) {
            outcomes.merge(fuzz.run(n), 1, Integer::sum);
        }
        // Some changes are in the numbers only; most others are found out.
        assertThat(outcomes).containsKeys(ModelFuzz.Outcome.READ, ModelFuzz.Outcome.REFUSED);
    }

    @Test
    void noise() {
        Random random = new Random(SEED);
        for (int i = 0; i < 1000; i++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            assertThat(readable(bytes, "noise " + i + " of seed " + SEED)).isFalse();
        }
    }
}
