package io.sparkrnn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.sparkrnn.Golden;
import io.sparkrnn.format.onnx.ClientsNetwork;
import io.sparkrnn.spark.LocalSpark;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.io.FileUtils;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is saved can be loaded where the files of training are not, and is what was saved, or is refused. */
class SavedTransformerTest {
    private static final Path DATA = Path.of(System.getProperty("user.dir"), "data");

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** Where a model was trained; gone when what was saved is loaded. */
    private Path training;

    private Path saved;

    @BeforeEach
    void makeFolders() throws IOException {
        training = Files.createDirectory(folder.resolve("training run"));
        saved = folder.resolve("saved here");
    }

    private Dataset<Row> weather() {
        return spark.read().parquet(DATA.resolve("weather.parquet").toString()).limit(100);
    }

    private Dataset<Row> clients() {
        return spark.sql("SELECT id, transform(sequence(0, id), t -> float(sin(t))) AS amounts,"
                + " transform(sequence(0, id), t -> substr('abc', 1 + t * id % 3, 1)) AS code, double(id) / 10 AS age"
                + " FROM range(10)");
    }

    private Path trained(Path file) throws IOException {
        Path copy = training.resolve(file.getFileName());
        Files.copy(file, copy);
        return copy;
    }

    /** The sample's, with its sidecar. */
    private SequenceTransformer ofWeather() throws IOException {
        trained(DATA.resolve("weather_rnn.pt.json"));
        return new SequenceTransformer("weather")
                .setModelPath(trained(DATA.resolve("weather_rnn.pt")).toString())
                .setStandardize(true)
                .setOutputs("h_n", "score")
                .setIdCol("id");
    }

    private static List<String> rows(Dataset<Row> table) {
        return table.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    private List<String> files() throws IOException {
        try (Stream<Path> all = Files.walk(saved)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> saved.relativize(file).toString())
                    .filter(name -> !name.endsWith(".crc") && !name.startsWith("metadata/"))
                    .sorted()
                    .toList();
        }
    }

    private SequenceTransformer reloaded(SequenceTransformer transformer) throws IOException {
        transformer.write().save(saved.toString());
        FileUtils.deleteDirectory(training.toFile());
        return SequenceTransformer.load(saved.toString());
    }

    @Test
    void isLoadedWhereTheFilesOfTrainingAreNot() throws Exception {
        SequenceTransformer transformer = ofWeather();
        List<String> expected = rows(transformer.transform(weather()));
        SequenceTransformer loaded = reloaded(transformer);
        assertThat(files()).containsExactly("files.sha256", "model/weather_rnn.pt", "model/weather_rnn.pt.json");
        assertThat(loaded.uid()).isEqualTo("weather");
        assertThat(loaded.getOrDefault(loaded.outputs())).containsExactly("h_n", "score");
        assertThat(loaded.getOrDefault(loaded.modelPath()))
                .startsWith("file:/")
                .endsWith("/saved here/model/weather_rnn.pt");
        assertThat(rows(loaded.transform(weather()))).hasSize(100).isEqualTo(expected);
        assertThat(loaded.transformSchema(weather().schema()))
                .isEqualTo(loaded.transform(weather()).schema());
        loaded.setOutputs("score");
        assertThat(loaded.transform(weather()).columns()).endsWith("score").doesNotContain("h_n");

        Process check = new ProcessBuilder("sha256sum", "-c", "--strict", "--quiet", "files.sha256")
                .directory(saved.toFile())
                .redirectErrorStream(true)
                .start();
        assertThat(new String(check.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(check.waitFor()).isZero();
    }

    @Test
    void goesWithAPipelineBetweenOtherStages() throws Exception {
        PipelineStage[] stages = {
            new SQLTransformer().setStatement("SELECT id, features AS f FROM __THIS__"),
            ofWeather().setFeaturesCols("f"),
            new SQLTransformer().setStatement("SELECT id, score[0] AS warmth FROM __THIS__")
        };
        PipelineModel model = new Pipeline().setStages(stages).fit(weather());
        List<String> expected = rows(model.transform(weather()));
        assertThat(expected).hasSize(100);
        model.write().save(saved.toString());
        Path unfitted = folder.resolve("unfitted");
        new Pipeline().setStages(stages).write().save(unfitted.toString());
        FileUtils.deleteDirectory(training.toFile());

        PipelineModel loaded = PipelineModel.load(saved.toString());
        assertThat(loaded.transformSchema(weather().schema()).fieldNames()).containsExactly("id", "warmth");
        assertThat(rows(loaded.transform(weather()))).isEqualTo(expected);
        assertThat(rows(Pipeline.load(unfitted.toString()).fit(weather()).transform(weather())))
                .isEqualTo(expected);

        loaded.write().overwrite().save(saved.toString());
        assertThat(rows(loaded.transform(weather()))).isEqualTo(expected);
        assertThat(rows(PipelineModel.load(saved.toString()).transform(weather())))
                .as("saved over itself")
                .isEqualTo(expected);
        assertThat(rows(loaded.copy(org.apache.spark.ml.param.ParamMap.empty()).transform(weather())))
                .isEqualTo(expected);
    }

    @Test
    void filesThatOthersNameStandWhereTheyFindThem() throws Exception {
        Path notes = Files.createDirectories(training.resolve("notes/tokens"));
        Files.writeString(notes.resolve("codes.txt"), "a\nb\nc\n");
        Path sidecar = Files.writeString(
                training.resolve("notes/net.json"), "{\"vocabulary\": {\"code\": \"tokens/codes.txt\"}}");
        Path model = Files.write(training.resolve("net.onnx"), ClientsNetwork.file());
        SequenceTransformer transformer =
                new SequenceTransformer().setModelPath(model.toString()).setSidecarPath(sidecar.toString());
        List<String> expected = rows(transformer.transform(clients()));
        SequenceTransformer loaded = reloaded(transformer);
        assertThat(files()).contains("model/net.onnx", "sidecar/net.json", "sidecar/tokens/codes.txt");
        assertThat(rows(loaded.transform(clients()))).hasSize(10).isEqualTo(expected);
    }

    @Test
    void vocabulariesGoWithIt() throws Exception {
        Path codes = Files.writeString(training.resolve("codes.txt"), "a\nb\nc\n");
        Path model = Files.write(training.resolve("net.onnx"), ClientsNetwork.file());
        SequenceTransformer transformer = new SequenceTransformer()
                .setModelPath(model.toString())
                .setVocabularyPaths(Map.of("code", codes.toString()));
        List<String> expected = rows(transformer.transform(clients()));
        SequenceTransformer loaded = reloaded(transformer);
        assertThat(files()).contains("model/net.onnx", "vocabulary/0/codes.txt");
        assertThat(rows(loaded.transform(clients()))).hasSize(10).isEqualTo(expected);
    }

    @Test
    void aFolderOfArraysGoesWithItsArrays() throws Exception {
        Path arrays = Files.createDirectory(training.resolve("arrays"));
        try (InputStream file =
                        Files.newInputStream(Golden.named("seed_torch_rnn").file("model.npz"));
                ZipInputStream zip = new ZipInputStream(file)) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                Files.copy(zip, arrays.resolve(entry.getName()));
            }
        }
        Files.writeString(arrays.resolve("README"), "of no network");
        SequenceTransformer transformer = new SequenceTransformer().setModelPath(arrays + "/");
        Dataset<Row> table =
                spark.sql("SELECT id, transform(sequence(0, id), t -> array(float(t), 1F, 2F, float(id), 3F))"
                        + " AS features FROM range(5)");
        List<String> expected = rows(transformer.transform(table));
        SequenceTransformer loaded = reloaded(transformer);
        assertThat(files()).contains("model/arrays/weight_ih_l0.npy").doesNotContain("model/arrays/README");
        assertThat(rows(loaded.transform(table))).hasSize(5).isEqualTo(expected);
    }

    @Test
    void anotherJvmReadsTheFilesOfTheFolder() throws Exception {
        SequenceTransformer transformer = ofWeather();
        List<String> expected = rows(transformer.transform(weather()));
        SequenceTransformer loaded = reloaded(transformer);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(loaded);
        }
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            SequenceTransformer sent = (SequenceTransformer) in.readObject();
            assertThat(rows(sent.transform(weather()))).isEqualTo(expected);
        }
    }

    private void assertRefused(String... words) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SequenceTransformer.load(saved.toString()))
                .satisfies(e -> assertThat(e.getMessage()).contains(words).contains("saved here"));
    }

    @Test
    void filesThatAreNotThoseThatWereSavedAreRefused() throws Exception {
        reloaded(ofWeather());
        Path model = saved.resolve("model/weather_rnn.pt");
        byte[] whole = Files.readAllBytes(model);
        byte[] changed = whole.clone();
        changed[changed.length / 2] ^= 1;
        Files.write(model, changed);
        assertRefused("model/weather_rnn.pt is not the file that was saved: its SHA-256 is", "bring the file back");
        Files.delete(model);
        assertRefused("there is no file", "model/weather_rnn.pt", "bring it back");
        Files.write(model, whole);
        Path sidecar = saved.resolve("model/weather_rnn.pt.json");
        Files.move(sidecar, folder.resolve("away.json"));
        assertRefused("there is no file", "weather_rnn.pt.json");
        Files.move(folder.resolve("away.json"), sidecar);

        Path list = saved.resolve("files.sha256");
        String listed = Files.readString(list);
        Files.writeString(list, listed.replace("  model/", "  ../model/"));
        Files.deleteIfExists(saved.resolve(".files.sha256.crc"));
        assertRefused("files.sha256 was changed", "../model/");
        Files.writeString(
                list, listed.lines().filter(line -> !line.endsWith(".pt")).reduce("", (a, b) -> a + b + "\n"));
        assertRefused("its metadata names 'model/weather_rnn.pt', which is not among the files");
        Files.delete(list);
        assertRefused("no SequenceTransformer is here, or saving it was cut off", "PipelineModel.load");
        Files.writeString(list, listed);
        assertThat(rows(SequenceTransformer.load(saved.toString()).transform(weather())))
                .hasSize(100);
    }

    @Test
    void aFileBesideThoseThatWereSavedIsNotRead() throws Exception {
        SequenceTransformer transformer = new SequenceTransformer()
                .setModelPath(trained(DATA.resolve("weather_rnn.pt")).toString());
        List<String> expected = rows(transformer.transform(weather()));
        transformer.write().save(saved.toString());
        Files.copy(DATA.resolve("weather_rnn.pt.json"), saved.resolve("model/weather_rnn.pt.json"));
        assertThat(rows(SequenceTransformer.load(saved.toString()).transform(weather())))
                .isEqualTo(expected);
    }

    @Test
    void whatWasScoredWithIsWhatIsSaved() throws Exception {
        SequenceTransformer transformer = ofWeather();
        transformer.transform(weather());
        Files.copy(
                DATA.resolve("weather_lstm.pt"),
                training.resolve("weather_rnn.pt"),
                StandardCopyOption.REPLACE_EXISTING);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer.write().save(saved.toString()))
                .withMessageContaining("weather_rnn.pt has changed since this transformer read it");
        assertRefused("saving it was cut off");
        Files.copy(
                DATA.resolve("weather_rnn.pt"),
                training.resolve("weather_rnn.pt"),
                StandardCopyOption.REPLACE_EXISTING);
        transformer.write().overwrite().save(saved.toString());
        assertThat(rows(SequenceTransformer.load(saved.toString()).transform(weather())))
                .isEqualTo(rows(transformer.transform(weather())));
    }

    @Test
    void aMessageNamesTheFileOfTheFolder() throws Exception {
        SequenceTransformer loaded = reloaded(ofWeather());
        assertThatIllegalArgumentException()
                .isThrownBy(
                        () -> loaded.setHead("nope").transformSchema(weather().schema()))
                .withMessageContaining("/saved here/model/weather_rnn.pt")
                .withMessageContaining("nope");
    }
}
