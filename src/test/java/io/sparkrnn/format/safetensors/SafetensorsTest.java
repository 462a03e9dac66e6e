package io.sparkrnn.format.safetensors;

import static io.sparkrnn.format.TestFiles.safetensors;
import static io.sparkrnn.format.TestFiles.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import java.nio.file.Path;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The header of a safetensors file is checked whole. */
class SafetensorsTest {
    @TempDir
    Path folder;

    private static String tensor(String name, String dtype, String shape, String offsets) {
        return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets
                + "}";
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] bytes) {
        Path file = write(folder, bytes);
        return assertThatThrownBy(() -> ModelFile.open(file, "f.safetensors"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.safetensors: ");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(String header, int dataBytes) {
        return refused(safetensors(header, new byte[dataBytes]));
    }

    @Test
    void anyOrderAnyTypeAndMetadata() {
        String header = "{\"__metadata__\":{\"format\":\"pt\"}," + tensor("b", "I64", "[]", "[4,12]") + ","
                + tensor("empty", "F64", "[0,3]", "[4,4]") + "," + tensor("a", "U8", "[2,2]", "[0,4]") + "}   ";
        Path file = write(folder, safetensors(header, new byte[] {1, 2, 3, 4, 9, 0, 0, 0, 0, 0, 0, 0}));
        ModelFile opened = ModelFile.open(file, "f.safetensors");
        assertThat(opened.tensors().names()).containsExactly("b", "empty", "a");
        assertThat(opened.tensors().get("a").toLongs()).containsExactly(1, 2, 3, 4);
        assertThat(opened.tensors().get("b").toLongs()).containsExactly(9);
        assertThat(opened.tensors().get("empty").shape().is(0, 3)).isTrue();
    }

    @Test
    void theHeaderAsJson() {
        String a = tensor("a", "U8", "[1]", "[0,1]");
        refused("{" + a + "," + a + "}", 1).hasMessageContaining("Duplicate").hasMessageContaining("at byte");
        refused("{" + a + "} x", 1).hasMessageContaining("at byte");
        refused("{" + a + "}{}", 1).hasMessageContaining("something follows");
        refused("{" + a + ",}", 1).hasMessageContaining("not sound JSON");
        refused("{" + a, 1).hasMessageContaining("not sound JSON");
        refused("{\"a\":[]}", 0).hasMessageContaining("expected {\"dtype\"");
        refused("{\"a\":{}}", 0).hasMessageContaining("expected {\"dtype\"");
        refused("{\"a\":{\"dtype\":3}}", 0).hasMessageContaining("name of a type");
        refused("{\"a\":{\"x\":3}}", 0).hasMessageContaining("found \"x\"");
        refused("{\"__metadata__\":{\"a\":1}}", 0).hasMessageContaining("__metadata__");
        refused("{\"a\":" + "[".repeat(5000) + "}", 0).hasMessageContaining("expected");
        refused("{\0\"\0", 0).hasMessageContaining("not a JSON object");
    }

    @Test
    void lengths() {
        refused("{" + tensor("a", "F4", "[1]", "[0,1]") + "}", 1).hasMessageContaining("dtype F4, known are");
        refused("{" + tensor("a", "F32", "[2]", "[0,7]") + "}", 7).hasMessageContaining("needs 8 bytes");
        refused("{" + tensor("a", "F32", "[2]", "[8,0]") + "}", 8).hasMessageContaining("data_offsets are [8, 0]");
        refused("{" + tensor("a", "F32", "[-1]", "[0,4]") + "}", 4).hasMessageContaining("whole numbers");
        refused("{" + tensor("a", "F32", "[1.5]", "[0,4]") + "}", 4).hasMessageContaining("whole numbers");
        refused("{" + tensor("a", "F32", "[99999999999999999999]", "[0,4]") + "}", 4)
                .hasMessageContaining("whole numbers");
        refused("{" + tensor("a", "F32", "[4294967296,4294967296]", "[0,0]") + "}", 0)
                .hasMessageContaining("larger than any file");
        refused("{" + tensor("a", "F64", "[2305843009213693952]", "[0,0]") + "}", 0)
                .hasMessageContaining("larger than any file");
    }

    @Test
    void theDataIsTheTensorsSideBySide() {
        String a = tensor("a", "U8", "[4]", "[0,4]");
        refused("{" + a + "," + tensor("b", "U8", "[4]", "[5,9]") + "}", 9)
                .hasMessageContaining("tensor 'b' should start at data offset 4");
        refused("{" + a + "," + tensor("b", "U8", "[4]", "[3,7]") + "}", 7).hasMessageContaining("offset 4");
        refused("{" + tensor("b", "U8", "[4]", "[1,5]") + "}", 5).hasMessageContaining("offset 0");
        refused("{" + a + "}", 5).hasMessageContaining("nothing may follow");
        refused("{" + a + "}", 3).hasMessageContaining("cut off");
    }

    @Test
    void theLengthOfTheHeader() {
        byte[] file = safetensors("{}", new byte[0]);
        file[3] = 1;
        refused(file).hasMessageContaining("16777218 bytes").hasMessageContaining("cut off");
        file[3] = 127;
        refused(file).hasMessageContaining("the format allows 100000000");
    }
}
