package io.sparkrnn.format;

import static io.sparkrnn.format.TestFiles.write;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.format.bytes.ModelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that people try and that are not read: each is refused by its own name. */
class ForeignFilesTest {
    @TempDir
    Path folder;

    private static AbstractThrowableAssert<?, ? extends Throwable> refused(Path file) {
        return assertThatThrownBy(() -> ModelFile.open(file, "lake://model"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("lake://model: ");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] bytes) {
        return refused(write(folder, bytes));
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refusedText(String text) {
        return refused(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    private static Path seed(String file) {
        return Golden.named("seed_torch_rnn").file(file);
    }

    @Test
    void missingFolderEmpty() {
        refused(folder.resolve("none")).hasMessageContaining("no such file");
        refused(folder).hasMessageContaining("folder");
        refused(new byte[0]).hasMessageContaining("empty");
    }

    @Test
    void byTheirFirstBytes() {
        refusedText("\u0089HDF\r\n\u001a\n\0\0").hasMessageContaining("HDF5");
        refusedText("\u0093NUMPY\1\0")
                .hasMessageContaining("single NumPy array")
                .hasMessageContaining("numpy.savez");
        refusedText("\u001f\u008b\b\0").hasMessageContaining("gzip");
        refusedText("version https://git-lfs.github.com/spec/v1\n").hasMessageContaining("git lfs pull");
        refusedText("<!DOCTYPE html>").hasMessageContaining("web page");
        refusedText("{\"a\": 1}\n").hasMessageContaining("text");
        refusedText("\1\2\3\4").hasMessageContaining("no kind that is known");
        refusedText("x\0\0\0").hasMessageContaining("Read are .safetensors");
    }

    @Test
    void foreignZip() {
        refused(TestFiles.zip(Map.of("a.txt", new byte[1])))
                .hasMessageContaining("no record data.pkl")
                .hasMessageContaining("a.txt");
        refused(TestFiles.zip(Map.of("model.weights.h5", new byte[1]))).hasMessageContaining("Keras");
    }

    @Test
    void foreignPickle() {
        refused(new TestFiles.Pickle().op('}', '.').bytes()).hasMessageContaining("torch.save did not write it");
    }

    @Test
    void truncatedZip() throws Exception {
        byte[] whole = Files.readAllBytes(seed("model.pt"));
        refused(Arrays.copyOf(whole, whole.length - 30)).hasMessageContaining("cut off");
    }
}
