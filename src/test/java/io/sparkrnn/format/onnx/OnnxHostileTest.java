package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.TestFiles.write;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX files that mean harm: each is refused by name, in bounded time and memory. */
@Timeout(60)
class OnnxHostileTest {
    private static final long SEED = Long.getLong("sparkrnn.seed", 20260101);

    @TempDir
    Path folder;

    private void refused(byte[] file, String... parts) {
        Path path = write(folder, file);
        assertThatThrownBy(() -> ModelFile.open(path, "f.onnx").network(ModelOptions.none()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.onnx: ")
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    private void refused(OnnxWriter graph, String... parts) {
        refused(graph.model(13, "test"), parts);
    }

    private static OnnxWriter start() {
        return OnnxWriter.message().input("x", OnnxWriter.FLOAT, -1, -1, 3);
    }

    private static byte[] recurrence() {
        return OnnxWriter.floats("R", new float[4], 1, 2, 2);
    }

    /** A node whose W is this tensor. */
    private static OnnxWriter rnn(OnnxWriter tensor) {
        return start().initializer(tensor.bytes()).initializer(recurrence()).node("RNN", "r", "x W R", "Y");
    }

    private static OnnxWriter external(String location, String... more) {
        OnnxWriter tensor = OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, 2, 3);
        tensor.bytes(13, entry("location", location));
        for (int i = 0; i < more.length; i += 2) {
            tensor.bytes(13, entry(more[i], more[i + 1]));
        }
        return tensor.number(14, 1);
    }

    private static byte[] entry(String key, String value) {
        return OnnxWriter.message().text(1, key).text(2, value).bytes();
    }

    // ---- external data ----

    @Test
    void externalDataBesideTheFile() throws IOException {
        Files.createDirectories(folder.resolve("data"));
        Files.write(folder.resolve("data/w.bin"), OnnxWriter.raw(9f, 1f, 2f, 3f, 4f, 5f, 6f));
        for (OnnxWriter tensor : new OnnxWriter[] {
            external("data/w.bin", "offset", "4"), external("data/w.bin", "offset", "4", "length", "24")
        }) {
            Path path = write(folder, rnn(tensor).model(13, "test"));
            ModelFile file = ModelFile.open(path, "f.onnx");
            file.network(ModelOptions.none());
            assertThat(file.tensors().get("W").toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        }
        refused(rnn(external("data/w.bin", "offset", "8")), "tensor 'W'", "bytes 8 and on", "it has 28");
        refused(rnn(external("data/w.bin", "offset", "9223372036854775800")), "tensor 'W'", "it has 28");
        refused(rnn(external("data/w.bin", "length", "25")), "25 bytes", "its shape makes 24");
        refused(rnn(external("data/w.bin", "offset", "-4")), "'-4' as offset");
        refused(rnn(external("data/w.bin", "length", "99999999999999999999")), "as length");
        refused(rnn(external("data/other.bin")), "no such file");
        refused(rnn(external("data")), "no such file");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/etc/hostname",
                "../secret",
                "data/../../secret",
                "..",
                "a/..",
                "C:\\secret",
                "a\\..\\..\\secret",
                "file:///etc/hostname",
                "a\u0000b",
                "a\nb"
            })
    void externalDataElsewhereIsNotLookedFor(String location) throws IOException {
        Files.write(folder.resolve("secret"), new byte[24]);
        Path inner = folder.resolve("inner");
        Files.createDirectories(inner);
        Path path = inner.resolve("m.onnx");
        Files.write(path, rnn(external(location)).model(13, "test"));
        assertThatThrownBy(() -> ModelFile.open(path, "f.onnx").network(ModelOptions.none()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageContaining("which is not read");
    }

    // ---- tensors ----

    @Test
    void tensorsThatLie() {
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, 2, 3).bytes(9, new byte[23])),
                "tensor 'W'",
                "23 bytes",
                "at byte");
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1L << 40, 1L << 40, 3)
                        .bytes(9, new byte[24])),
                "too many elements");
        refused(rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, -2, 3).bytes(9, new byte[24])), "size -2");
        refused(rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, 2, 3)), "0 bytes");
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, new long[40]).bytes(9, new byte[24])),
                "more than 16 dimensions");
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, 2, 3)
                        .bytes(9, new byte[24])
                        .bytes(4, new byte[24])),
                "several fields");
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT16, 1, 2, 3).numbers(5, 1, 2, 3, 4, 5, 128, 128)),
                "another number of elements");
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT16, 1, 2, 3)
                        .bytes(5, new byte[] {1, 2, 3, 4, 5, (byte) 0x80})),
                "another number of elements");
        refused(
                rnn(OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, 1 << 20, 1 << 20)
                        .numbers(13)
                        .number(14, 1)),
                "W of shape");
    }

    @Test
    void aSmallFileCannotAskForMuchMemory() {
        OnnxWriter graph = start().initializer(OnnxWriter.floats("w", new float[1024], 1, 32, 32))
                .initializer(recurrence());
        String last = "w";
        for (int i = 0; i < 17; i++) {
            graph.node("Concat", "", last + " " + last, "c" + i, attribute("axis", 2L));
            last = "c" + i;
        }
        // 2^17 times as large as it is
        refused(
                graph.constant("ends", 3)
                        .constant("starts", 0)
                        .constant("axes", 2)
                        .node("Slice", "", last + " starts ends axes", "W0")
                        .constant("rows", 0, 1)
                        .node("Gather", "", "W0 rows", "W", attribute("axis", 1L))
                        .node("RNN", "r", "x W R", "Y"),
                "over and over");
        OnnxWriter expanded = start().initializer(recurrence())
                .initializer(OnnxWriter.floats("w", new float[3], 1, 1, 3))
                .constant("shape", 1, 1L << 33, 3)
                .node("Expand", "", "w shape", "W1")
                .constant("rows", 0, 1)
                .node("Gather", "", "W1 rows", "W", attribute("axis", 1L))
                .node("RNN", "r", "x W R", "Y");
        refused(expanded, "2 GiB");
    }

    @Test
    void constantsInThousandsOfSteps() {
        OnnxWriter graph = start().initializer(OnnxWriter.floats("c0", new float[6], 1, 2, 3))
                .initializer(recurrence());
        for (int i = 0; i < 20_000; i++) {
            graph.node("Transpose", "", "c" + i, "c" + (i + 1), attribute("perm", 0L, 1L, 2L));
        }
        refused(graph.node("RNN", "r", "x c20000 R", "Y"), "steps");
    }

    // ---- graphs ----

    @Test
    void cyclesAndNamesTwice() {
        refused(
                start().node("Identity", "a", "p", "q").node("Identity", "b", "q", "p"),
                "Identity 'a'",
                "'p'",
                "cycle");
        refused(start().node("RNN", "r", "x Y Y", "Y"), "RNN 'r'", "'Y'", "cycle");
        refused(
                start().node("Identity", "a", "x", "q").node("Identity", "b", "x", "q"),
                "Identity 'b'",
                "there already");
        refused(start().initializer(recurrence()).initializer(recurrence()), "two initializers called 'R'");
        refused(start().input("x", OnnxWriter.FLOAT, 1), "two inputs called 'x'");
        refused(
                start().node("RNN", "r", "x", "Y", attribute("layout", 0L), attribute("layout", 1L)),
                "two attributes called 'layout'");
        refused(start().node("RNN", "r", "x absent R", "Y"), "'absent'");
        OnnxWriter sparse = OnnxWriter.message().bytes(1, OnnxWriter.floats("W", new float[1], 1));
        refused(
                start().bytes(15, sparse.bytes()).initializer(recurrence()).node("RNN", "r", "x W R", "Y"),
                "sparse tensor 'W'");
    }

    @Test
    void graphsWithinGraphsWithoutEnd() {
        OnnxWriter graph = start();
        for (int i = 0; i < 2000; i++) {
            graph = OnnxWriter.message().node("If", "", "", "y" + i, OnnxWriter.graphAttribute("then_branch", graph));
        }
        refused(graph, "nested more than 100 deep", "at byte");
        byte[] groups = new byte[100_000];
        java.util.Arrays.fill(groups, (byte) (15 << 3 | 3));
        groups[0] = 8;
        groups[1] = 8;
        groups[2] = 0x12;
        groups[3] = 0;
        refused(groups, "wire type 3");
    }

    @Test
    void lengthsBeyondTheFile() {
        for (long length : new long[] {1000, Integer.MAX_VALUE, 1L << 31, 1L << 40, Long.MAX_VALUE, -1}) {
            OnnxWriter field = OnnxWriter.message().number(1, 8).text(2, "p").number(0, length);
            byte[] bytes = field.bytes();
            // the tag of field 7, a message, in the place of that of field 0
            bytes[5] = 7 << 3 | 2;
            refused(bytes, "bytes long", "at byte 5");
        }
        refused(
                start().bytes(
                                5,
                                OnnxWriter.message().text(8, "n".repeat(70_000)).bytes()),
                "a name of 70000 bytes");
    }

    @Test
    void manyNodesAndManyNetworks() {
        OnnxWriter graph = start().initializer(OnnxWriter.floats("W", new float[6], 1, 2, 3))
                .initializer(recurrence());
        for (int i = 0; i < 20_000; i++) {
            graph.node("RNN", "n", "x W R", "Y" + i);
        }
        ModelFile file = ModelFile.open(write(folder, graph.model(13, "test")), "f.onnx");
        assertThat(file.prefixes()).hasSize(20_000);
        assertThat(file.network(ModelOptions.none().withNode("n#777")).notes())
                .singleElement()
                .asString()
                .hasSizeLessThan(1000)
                .contains("19987 more");
        assertThatThrownBy(() -> file.network(ModelOptions.none())).hasMessageContaining("20000 recurrent networks");
    }

    @Test
    void longChainsAreNoTrouble() {
        OnnxWriter graph = start().initializer(OnnxWriter.floats("W", new float[6], 1, 2, 3))
                .initializer(recurrence())
                .node("RNN", "r", "x W R", "y0");
        for (int i = 0; i < 50_000; i++) {
            graph.node(i % 2 == 0 ? "Identity" : "Relu", "", "y" + i, "y" + (i + 1));
        }
        ModelFile file = ModelFile.open(write(folder, graph.model(13, "test")), "f.onnx");
        assertThat(file.network(ModelOptions.none()).model().numLayers()).isEqualTo(1);
    }

    @Test
    void anyBytesChangedOfGraphsWithEverything() {
        OnnxVariant.Stack[] stacks = OnnxVariants.named(2).values().toArray(OnnxVariant.Stack[]::new);
        for (int flip = 0; flip < 1500; flip++) {
            Random random = new Random(SEED + flip);
            byte[] bytes = stacks[random.nextInt(stacks.length)].file(random);
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                ModelFile file = ModelFile.open(write(folder, bytes), "f.onnx");
                for (String node : file.prefixes()) {
                    file.network(ModelOptions.none().withNode(node));
                }
            } catch (ModelException e) {
                assertThat(e).hasMessageStartingWith("f.onnx: ");
            } catch (RuntimeException | Error e) {
                throw new AssertionError(String.format(Locale.ROOT, "change %d of seed %d gave %s", flip, SEED, e), e);
            }
        }
    }
}
