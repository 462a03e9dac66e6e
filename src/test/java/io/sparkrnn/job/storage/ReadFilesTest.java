package io.sparkrnn.job.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.output.QuietSource;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No output takes the place of what the run reads. */
class ReadFilesTest {
    @TempDir
    Path folder;

    private Path models = Path.of("");
    private Path model = Path.of("");
    private String input = "";

    /** A model with a sidecar in a folder of its own, and a table elsewhere. */
    @BeforeEach
    void makeModelAndInput() throws IOException {
        folder = folder.toRealPath();
        models = Files.createDirectory(folder.resolve("models 50%25"));
        model = models.resolve("net.pt");
        Files.copy(Golden.named("seed_torch_rnn").file("model.pt"), model);
        Files.writeString(models.resolve("net.pt.json"), "{\"nonlinearity\": \"tanh\"}");
        input = folder.resolve("in").toString();
        table(input, 5);
    }

    private static void table(String path, int width) {
        LocalSpark.session()
                .sql("SELECT id, array(transform(sequence(1, " + width + "), i -> float(i))) AS features FROM range(4)")
                .write()
                .parquet(path);
    }

    private Cli score(String named, String output, String... more) {
        boolean elsewhere = List.of(more).contains("--input");
        String[] usual = {"score", "--model", named, "--output", output};
        Stream<String> table = elsewhere ? Stream.of() : Stream.of("--input", input);
        return Cli.run(Stream.of(Arrays.stream(usual), table, Arrays.stream(more))
                .flatMap(part -> part)
                .toArray(String[]::new));
    }

    private Cli overwrite(String named, String output, String... more) {
        return score(
                named,
                output,
                Stream.concat(Stream.of("--mode", "overwrite"), Arrays.stream(more))
                        .toArray(String[]::new));
    }

    private void assertRefused(Cli cli, String... messages) throws IOException {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err())
                .startsWith("spark-rnn: --output: ")
                .contains("nothing was written")
                .contains(messages)
                .hasLineCount(1);
        try (Stream<Path> left = Files.list(models)) {
            assertThat(left.map(path -> path.getFileName().toString())).contains("net.pt", "net.pt.json");
        }
        assertThat(model)
                .isRegularFile()
                .hasSameBinaryContentAs(Golden.named("seed_torch_rnn").file("model.pt"));
        assertThat(LocalSpark.session().read().parquet(input).count()).isEqualTo(4);
    }

    @Test
    void theModelAndItsSidecarAreNotOverwritten() throws IOException {
        assertRefused(
                overwrite(model.toString(), models.toString()),
                "file:" + models + " holds the model (" + model + "), which --mode overwrite would delete");
        assertRefused(overwrite(model.toString(), folder.toString()), "holds the model");
        assertRefused(overwrite(model.toString(), model.toString()), "file:" + model + " holds the model");
        assertRefused(
                overwrite(model.toString(), model + ".json"),
                "holds what is read beside the model (" + model + ".json)");
    }

    @Test
    void aFolderBesideOrBelowTheModelIsOverwritten() {
        for (String output : new String[] {models + "/out", models + "-out", folder + "/net.pt"}) {
            assertThat(score(model.toString(), output).code()).isZero();
            Cli cli = overwrite(model.toString(), output);
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(LocalSpark.session().read().parquet(output).count()).isEqualTo(4);
        }
        assertThat(model).isRegularFile();
    }

    @Test
    void theModelIsKnownByEveryNameItHas() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), models);
        Path relative = Path.of("").toAbsolutePath().relativize(models);
        Path links = Files.createDirectory(folder.resolve("links"));
        Path linkedModel = Files.createSymbolicLink(links.resolve("a.pt"), model);
        String[] outputs = {
            models.toString(),
            models + "/",
            models + "/../" + models.getFileName(),
            "file:" + models,
            "file://" + models,
            relative.toString(),
            link.toString()
        };
        String[] names = {
            model.toString(),
            "file:" + model,
            relative.resolve("net.pt").toString(),
            link + "/net.pt",
            linkedModel.toString()
        };
        for (String output : outputs) {
            assertRefused(overwrite(model.toString(), output), "holds the model");
        }
        for (String name : names) {
            assertRefused(overwrite(name, models.toString()), "holds the model (" + name + ")");
        }
        assertRefused(overwrite(linkedModel.toString(), links.toString()), "holds the model");
    }

    @Test
    void theModelIsKnownThroughMounts() throws IOException {
        String mount = "spark.hadoop.fs.viewfs.mounttable.";
        System.setProperty(mount + "one.link./data", folder.toUri().toString());
        System.setProperty(mount + "two.link./m", models.toUri().toString());
        try {
            String mounted = "viewfs://one/data/" + models.getFileName();
            assertRefused(overwrite(mounted + "/net.pt", mounted), mounted + " holds the model");
            assertRefused(overwrite(model.toString(), mounted), mounted + " holds the model (" + model + ")");
            assertRefused(
                    overwrite(mounted + "/net.pt", models.toString()), "holds the model (" + mounted + "/net.pt)");
            assertRefused(overwrite("viewfs://two/m/net.pt", mounted), "holds the model (viewfs://two/m/net.pt)");
            assertRefused(overwrite(mounted + "/net.pt", "viewfs://two/m"), "viewfs://two/m holds the model");
            assertRefused(
                    overwrite(mounted + "/net.pt", mounted + "/net.pt.json"), "holds what is read beside the model");
        } finally {
            System.clearProperty(mount + "one.link./data");
            System.clearProperty(mount + "two.link./m");
        }
    }

    @Test
    void externalDataOfAGraphIsNotOverwritten() throws IOException {
        Path data = Files.createDirectory(models.resolve("data"));
        Files.write(data.resolve("w.bin"), new byte[24]);
        OnnxWriter entry = OnnxWriter.message().text(1, "location").text(2, "data/w.bin");
        OnnxWriter w = OnnxWriter.tensor("W", OnnxWriter.FLOAT, 1, 2, 3)
                .bytes(13, entry.bytes())
                .number(14, 1);
        Path graph = models.resolve("net.onnx");
        Files.write(
                graph,
                OnnxWriter.message()
                        .input("x", OnnxWriter.FLOAT, -1, -1, 3)
                        .initializer(w.bytes())
                        .initializer(OnnxWriter.floats("R", new float[4], 1, 2, 2))
                        .node("RNN", "r", "x W R", "Y")
                        .model(13, "test"));
        table(folder.resolve("three").toString(), 3);
        String[] three = {"--input", folder.resolve("three").toString()};
        assertThat(overwrite(graph.toString(), folder.resolve("out").toString(), three)
                        .code())
                .isZero();
        assertRefused(
                overwrite(graph.toString(), data.toString(), three),
                "holds what is read beside the model (" + data.resolve("w.bin") + ")");
    }

    @Test
    void aFolderOfArraysIsNotOverwritten() throws IOException {
        Path arrays = Files.createDirectory(models.resolve("arrays"));
        Path npz = Golden.named("seed_np_rnn_weights").file("model.npz");
        try (ZipFile zip = new ZipFile(npz.toFile())) {
            String[][] renamed = {{"weight_ih_l0", "W_x"}, {"weight_hh_l0", "W_h"}, {"bias_ih_l0", "b"}};
            for (String[] names : renamed) {
                Files.write(
                        arrays.resolve(names[1] + ".npy"),
                        zip.getInputStream(zip.getEntry(names[0] + ".npy")).readAllBytes());
            }
        }
        assertRefused(overwrite(arrays.toString(), arrays.toString()), "holds the model (" + arrays + ")");
        assertRefused(overwrite(arrays + "/", arrays + "/W_x.npy"), "is a file");
        assertThat(arrays.resolve("W_x.npy")).isRegularFile();
        Files.writeString(models.resolve("arrays.json"), "{\"nonlinearity\": \"tanh\"}");
        assertRefused(
                overwrite(arrays + "/", models + "/arrays.json"),
                "holds what is read beside the model (" + models + "/arrays.json)");
    }

    @Test
    void theFileOfOptionsIsNotOverwritten() throws IOException {
        Path jobs = Files.createDirectory(folder.resolve("jobs"));
        Path config = Files.writeString(jobs.resolve("score.conf"), "outputs = [h_n]\n");
        assertRefused(
                overwrite(model.toString(), jobs.toString(), "--config", config.toString()),
                "holds the --config file (" + config + ")");
        assertThat(config).isRegularFile();
    }

    @Test
    void theInputIsKnownThroughLinksToo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of(input));
        assertRefused(overwrite(model.toString(), input, "--input", link.toString()), "holds the input (file:" + link);
        assertRefused(overwrite(model.toString(), link.toString()), "holds the input (file:" + input);
        Path links = Files.createDirectory(folder.resolve("links"));
        try (Stream<Path> files = Files.list(Path.of(input))) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".parquet")).toList()) {
                Files.createSymbolicLink(links.resolve(file.getFileName()), file);
            }
        }
        assertRefused(overwrite(model.toString(), input, "--input", links.toString()), "holds the input");
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "sequence-parquet", "Parquet", "json", "org.apache.spark.sql.json", "noop"})
    void whateverTheFormatNothingThatIsReadIsOverwritten(String format) throws IOException {
        assertRefused(overwrite(model.toString(), models.toString(), "--output-format", format), "holds the model");
        assertRefused(overwrite(model.toString(), input, "--output-format", format), "holds the input");
    }

    @Test
    void aFileIsNoPlaceForATable() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "mine");
        for (String mode : new String[] {"append", "overwrite"}) {
            assertRefused(
                    score(model.toString(), file.toString(), "--mode", mode),
                    "file:" + file + " is a file, and a scored table is a folder");
        }
        assertRefused(score(model.toString(), model.toString(), "--mode", "append"), "is a file");
        assertThat(file).hasContent("mine");
        assertThat(score(model.toString(), model.toString()).code()).isEqualTo(6);
    }

    @Test
    void anInputWhoseSourceTellsNoFilesIsKnownByItsPaths() throws IOException {
        String[] quiet = {"--input-format", QuietSource.class.getName(), "--input"};
        for (String path : new String[] {input, input + "/part-*", input + "/{a,b}/*", "file:" + input}) {
            assertRefused(
                    overwrite(model.toString(), input, quiet[0], quiet[1], quiet[2], path), "holds the input (", input);
        }
        String output = folder.resolve("in-other").toString();
        assertThat(score(model.toString(), output).code()).isZero();
        for (String elsewhere : new String[] {input + "*", "catalog:db.table", "mongodb://host/db.table"}) {
            Cli cli = overwrite(model.toString(), output, quiet[0], quiet[1], quiet[2], elsewhere);
            assertThat(cli.code()).as(cli.toString()).isZero();
        }
    }

    @Test
    void whatMayBeOfTheSameClusterIsTakenForIt() {
        Addresses addresses = new Addresses(new Configuration());
        Set<org.apache.hadoop.fs.Path> out = Set.of(new org.apache.hadoop.fs.Path("hdfs://lake/scored"));
        for (String same : new String[] {"webhdfs://name1:9870/scored/model.pt", "swebhdfs://name2:9871/scored"}) {
            assertThat(addresses.hold(out, Set.of(new org.apache.hadoop.fs.Path(same))))
                    .isTrue();
            assertThat(OutputFolders.of("--output").held("hdfs://lake/scored", "the model", same))
                    .hasMessageContaining("of one cluster, they do not tell");
        }
        for (String other : new String[] {"webhdfs://name1:9870/other/model.pt", "file:/scored/model.pt"}) {
            assertThat(addresses.hold(out, Set.of(new org.apache.hadoop.fs.Path(other))))
                    .isFalse();
        }
        assertThat(OutputFolders.of("--output").held("hdfs://lake/scored", "the model", "hdfs://lake/scored/model.pt"))
                .hasMessageNotContaining("cluster");
    }
}
