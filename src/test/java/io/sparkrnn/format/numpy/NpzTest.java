package io.sparkrnn.format.numpy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** NumPy's archives: what they may hold, and what is said of what they may not. */
@Timeout(60)
class NpzTest {
    @TempDir
    Path folder;

    /** An array file of version 1.0. */
    private static byte[] npy(String header, byte... elements) {
        return npy(1, header, elements);
    }

    private static byte[] npy(int version, String header, byte... elements) {
        byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
        ByteBuffer bytes = ByteBuffer.allocate((version == 1 ? 10 : 12) + text.length + elements.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', (byte) version, 0});
        if (version == 1) {
            bytes.putShort((short) text.length);
        } else {
            bytes.putInt(text.length);
        }
        return bytes.put(text).put(elements).array();
    }

    private static String header(String descr, boolean fortran, String shape) {
        return "{'descr': '" + descr + "', 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape
                + ", }   \n";
    }

    private Tensors read(String array, byte[] npy) {
        return ModelFile.open(TestFiles.write(folder, TestFiles.zip(Map.of(array + ".npy", npy))), "f.npz")
                .tensors();
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refused(byte[] npy) {
        return assertThatThrownBy(() -> read("a", npy).get("a"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.npz: ");
    }

    private AbstractThrowableAssert<?, ? extends Throwable> refusedHeader(String header) {
        return refused(npy(header, new byte[8]));
    }

    @Test
    void everyTypeOfNumber() {
        Map<String, DType> types = new LinkedHashMap<>();
        types.put("<f2", DType.FLOAT16);
        types.put("<f4", DType.FLOAT32);
        types.put("<f8", DType.FLOAT64);
        types.put("|i1", DType.INT8);
        types.put("<i2", DType.INT16);
        types.put("<i4", DType.INT32);
        types.put("<i8", DType.INT64);
        types.put("|u1", DType.UINT8);
        types.put("<u2", DType.UINT16);
        types.put("<u4", DType.UINT32);
        types.put("<u8", DType.UINT64);
        types.put("|b1", DType.BOOL);
        types.put("<c8", DType.COMPLEX64);
        types.forEach((descr, dtype) -> {
            Tensor tensor = read("x", npy(header(descr, false, "(3,)"), new byte[3 * dtype.byteSize()]))
                    .get("x");
            assertThat(tensor.dtype()).isEqualTo(dtype);
            assertThat(tensor.shape().is(3)).isTrue();
        });
    }

    @Test
    void versionsAndShapes() {
        for (int version = 1; version <= 3; version++) {
            Tensors tensors =
                    read("a.b", npy(version, header("<i2", false, "(2, 1L)"), (byte) 1, (byte) 0, (byte) 2, (byte) 0));
            assertThat(tensors.get("a.b").toLongs()).containsExactly(1, 2);
            assertThat(tensors.shape("a.b").is(2, 1)).isTrue();
        }
        assertThat(read("a", npy(header("|u1", false, "()"), (byte) 7)).get("a").toLongs())
                .containsExactly(7);
        assertThat(read("a", npy(header("|u1", false, "(0, 5)"))).get("a").toLongs())
                .isEmpty();
    }

    @Test
    void bigEndianAndFortranOrder() {
        byte[] elements = {0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6};
        assertThat(read("a", npy(header(">i2", false, "(2, 3)"), elements))
                        .get("a")
                        .toLongs())
                .containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(read("a", npy(header(">i2", true, "(2, 3)"), elements))
                        .get("a")
                        .toLongs())
                .containsExactly(1, 3, 5, 2, 4, 6);
        byte[] number = ByteBuffer.allocate(8).putFloat(1.5f).putFloat(-2).array();
        assertThat(read("a", npy(header(">f4", true, "(2,)"), number)).get("a").toFloats())
                .containsExactly(1.5f, -2);
    }

    @Test
    void arraysOfObjectsAreRefused() {
        refusedHeader(header("|O", false, "()"))
                .hasMessageContaining("array 'a' holds Python objects")
                .hasMessageContaining("unpickled")
                .hasMessageContaining("numpy.savez");
    }

    @Test
    void arraysOfTextAreNoTensors() {
        Map<String, byte[]> records = new LinkedHashMap<>();
        records.put("names.npy", npy(header("<U4", false, "(1,)"), new byte[16]));
        records.put(
                "fields.npy", npy("{'descr': [('a', '<f4'), ('b', '<i8')], 'fortran_order': False, 'shape': (0,), }"));
        records.put("x.npy", npy(header("<f4", false, "(1,)"), new byte[4]));
        records.put("readme.txt", new byte[1]);
        assertThat(ModelFile.open(TestFiles.write(folder, TestFiles.zip(records)), "f.npz")
                        .tensors()
                        .names())
                .containsExactly("x");
    }

    @Test
    void otherTypesAreRefused() {
        refusedHeader(header("<f16", false, "(1,)"))
                .hasMessageContaining("'<f16'")
                .hasMessageContaining("astype('f4')");
        refusedHeader(header("f4", false, "(2,)")).hasMessageContaining("'f4'");
    }

    @Test
    void headersThatLie() {
        refusedHeader(header("<f4", false, "(3,)"))
                .hasMessageContaining("float32 [3]")
                .hasMessageContaining("8 bytes");
        refusedHeader(header("<f4", false, "(9223372036854775807, 2)")).hasMessageContaining("which no array has");
        refusedHeader(header("<f4", false, "(99999999999999999999,)")).hasMessageContaining("which no array has");
        refusedHeader(header("<f8", false, "(2305843009213693953,)")).hasMessageContaining("does not make the 8 bytes");
        refusedHeader(header("<f4", false, "(1,,2)")).hasMessageContaining("which no array has");
        refusedHeader(header("<f4", false, "(" + "1,".repeat(70) + ")")).hasMessageContaining("dimensions");
        refusedHeader("{'descr': '<f4', 'fortran_order': False, }").hasMessageContaining("in its header");
        refusedHeader(header("<f4", false, "(2,)") + "x").hasMessageContaining("in its header");
        refused(npy(9, header("<f4", false, "(2,)"), new byte[8])).hasMessageContaining("version 9.0");
        refused(new byte[] {(byte) 0x93, 'N', 'U'}).hasMessageContaining("does not start as");
        refused(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, 9}).hasMessageContaining("ends within");
        refused(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 2, 0, -1, -1, -1, -1, '{'})
                .hasMessageContaining("header of 4294967295 bytes");
    }

    @Test
    void headersThatWouldTakeLongToParse() {
        for (String part : new String[] {" ", "1,", "'", "'descr'", "'shape': (", ","}) {
            String filler = part.repeat(60_000 / part.length());
            refusedHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (" + filler);
            refusedHeader("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)" + filler + "x");
            refusedHeader("{" + filler + "'descr': '<f4', 'fortran_order': False, 'shape': (2,) x");
        }
    }

    @Test
    void bombs() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("weight_ih_l0.npy"));
            zip.write(npy(header("<f4", false, "(25000000,)")));
            byte[] zeros = new byte[1_000_000];
            for (int i = 0; i < 100; i++) {
                zip.write(zeros);
            }
        }
        assertThatThrownBy(() -> ModelFile.open(TestFiles.write(folder, bytes.toByteArray()), "f.npz"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("would unpack to 100,0");
    }

    @Test
    void aSizeThatIsNotTheRecordsIsRefused() {
        byte[] zip = TestFiles.zip(Map.of("a.npy", npy(header("<f4", false, "(2,)"), new byte[8])));
        int directory = 0;
        for (int i = 0; i + 4 < zip.length; i++) {
            directory = zip[i] == 'P' && zip[i + 1] == 'K' && zip[i + 2] == 1 && zip[i + 3] == 2 ? i : directory;
        }
        byte[] larger = zip.clone();
        larger[directory + 27] = 0x7f;
        assertThatThrownBy(() -> ModelFile.open(TestFiles.write(folder, larger), "f.npz"))
                .isExactlyInstanceOf(ModelException.class);
        byte[] otherSum = zip.clone();
        otherSum[directory + 16]++;
        assertThatThrownBy(() -> ModelFile.open(TestFiles.write(folder, otherSum), "f.npz")
                        .tensors()
                        .get("a"))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("check sum");
    }
}
