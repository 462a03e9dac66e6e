package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.tensor.Tensors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads, sidecars and standardised features on the command line. */
class HeadCommandTest {
    private static final String FEATURES = "[\"rain\", \"high\", \"low\", \"wind\", \"season\"]";

    @TempDir
    Path folder;

    private Path model = Path.of("");
    private String input = "";
    private String output = "";

    @BeforeEach
    void makeInput() throws IOException {
        model = folder.resolve("net.pt");
        Files.copy(Path.of("data/weather_rnn.pt"), model);
        input = folder.resolve("in").toString();
        output = folder.resolve("out").toString();
        table("in", "features");
    }

    /** Ten sequences. */
    private void table(String name, String... columns) {
        LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, id), t -> transform(sequence(0, 4), i -> sin(t * i + id)))"
                        + " AS features FROM range(10)")
                .selectExpr(
                        Stream.concat(Stream.of("id"), Arrays.stream(columns)).toArray(String[]::new))
                .write()
                .parquet(folder.resolve(name).toString());
    }

    private void sidecar(String json) throws IOException {
        Files.writeString(folder.resolve("net.pt.json"), json);
    }

    private Cli run(String command, String... more) {
        return Cli.run(Stream.concat(Stream.of(command, "--model", model.toString()), Arrays.stream(more))
                .toArray(String[]::new));
    }

    private Cli score(String... more) {
        String[] usual = {"--input", input, "--output", output, "--mode", "overwrite"};
        return run(
                "score",
                Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private List<Row> scored(String... more) {
        Cli cli = score(more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        List<Row> rows = LocalSpark.session()
                .read()
                .parquet(output)
                .orderBy("id")
                .select("id", "score")
                .collectAsList();
        assertThat(rows).hasSize(10);
        return rows;
    }

    private static void assertFails(Cli cli, int code, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).startsWith("spark-rnn: ").doesNotContain("\tat ");
        assertThat(cli.err()).contains(messages);
    }

    @Test
    void scoresWithAHead() {
        Cli cli = score("--head", "head");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Head:    head: linear 8 to 2, on h_n");
        assertThat(LocalSpark.session().read().parquet(output).columns())
                .containsExactly("id", "hidden_states", "h_n", "score");
        List<Row> logits = scored("--head", "head", "--outputs", "score");
        List<Row> chances = scored("--head", "head", "--outputs", "score", "--head-activation", "softmax");
        List<Row> steps = scored("--head", "head", "--outputs", "score", "--head-on", "hidden_states");
        for (int i = 0; i < 10; i++) {
            assertThat(logits.get(i))
                    .hasToString("[" + i + "," + steps.get(i).getList(1).get(i) + "]");
            List<Float> softmax = chances.get(i).getList(1);
            assertThat(softmax.get(0) + softmax.get(1)).isBetween(1 - 1e-6f, 1 + 1e-6f);
        }
        List<Row> float64 = scored("--head", "head", "--outputs", "score", "--precision", "float64");
        assertThat(float64.get(0).schema().apply("score").dataType().catalogString())
                .isEqualTo("array<double>");
    }

    @Test
    void endsWithItsCodeForAHeadThatIsNone() {
        assertFails(score("--head", "tail"), 4, "net.pt: no head under the prefix 'tail'", "are: head");
        assertFails(score("--outputs", "score"), 2, "--outputs score: there is no head", "--head");
        assertFails(score("--head-on", "h_n"), 2, "--head-layers, --head-on, --head-activation: there is no head");
        assertFails(score("--head", "head", "--head-on", "c_n"), 2, "--head-on", "c_n");
        assertFails(score("--head", "head", "--head-activation", "gelu"), 2, "--head-activation", "gelu");
        assertFails(score("--head", "head", "--head-layers", "linear,gelu"), 2, "--head-layers", "gelu");
        assertFails(
                score("--head", "head", "--head-layers", "linear,softmax"),
                2,
                "--head-layers",
                "[linear, relu, tanh, sigmoid, dropout, identity]",
                "leave it out and give --head-activation softmax");
        assertThat(score("--head", "head", "--head-layers", "linear,gelu").err())
                .doesNotContain("--head-activation");
        assertFails(score("--head", "head", "--head-layers", "relu"), 4, "head is one linear layer");
        assertFails(run("inspect", "--head-on", "h_n"), 2, "there is no head");
        assertThat(Path.of(output)).doesNotExist();
    }

    @Test
    void inspectShowsTheHeadAndTheSidecar() throws IOException {
        assertThat(run("inspect").out().lines())
                .contains("head: none; what looks like one is had with --head head")
                .anyMatch(line -> line.startsWith("other tensors"))
                .noneMatch(line -> line.startsWith("sidecar"));
        assertThat(run("inspect", "--head", "head", "--head-activation", "sigmoid")
                        .out()
                        .lines())
                .contains("head: 'head', linear 8 to 2, on h_n, then sigmoid")
                .noneMatch(line -> line.startsWith("other tensors"));
        sidecar("{\"nonlinearity\": \"relu\", \"head\": {\"prefix\": \"head\"}, \"features\": " + FEATURES
                + ", \"mean\": [1, 2, 3, 4, 5], \"std\": [1, 1, 1, 1, 1]}");
        assertThat(run("inspect").out().lines())
                .contains(
                        "sidecar: net.pt.json says nonlinearity, head, features, mean, std",
                        "features: rain, high, low, wind, season",
                        "cell: nn.RNN (relu)",
                        "head: 'head', linear 8 to 2, on h_n");
        assertThat(run("inspect", "--nonlinearity", "tanh", "--head", "").out().lines())
                .contains("cell: nn.RNN (tanh)", "head: none; what looks like one is had with --head head");
        sidecar("{\"haed\": {}}");
        assertFails(run("inspect"), 4, "net.pt.json beside " + model + ": unknown key \"haed\"");
        sidecar("{\"mean\": [1]}");
        assertFails(score(), 4, "net.pt.json", "\"mean\" has 1 entry", "input_size is 5");
    }

    @Test
    void aSidecarIsFoundOnAnotherFileSystem() throws IOException {
        sidecar("{\"head\": {\"prefix\": \"head\"}}");
        String mount = "spark.hadoop.fs.viewfs.mounttable.beside.link./data";
        System.setProperty(mount, folder.toUri().toString());
        try {
            Cli cli = Cli.run("inspect", "--model", "viewfs://beside/data/net.pt");
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(cli.out()).contains("sidecar: net.pt.json says head", "head: 'head'");
        } finally {
            System.clearProperty(mount);
        }
    }

    @Test
    void aFlatColumnIsSaidToHaveBeenCutIntoSteps() {
        table("flat", "flatten(features) AS features", "features AS nested");
        input = folder.resolve("flat").toString();
        assertThat(summary("score", "--head", "", "--keep", "id"))
                .contains("Note:    the flat column features was read as T steps of 5 numbers");
        assertThat(summary("score", "--head", "", "--keep", "id", "--features", "nested"))
                .doesNotContain("Note:");
    }

    @Test
    void featuresAreThoseOfTheSidecarWhereTheTableHasThem() throws IOException {
        sidecar("{\"head\": {\"prefix\": \"head\"}, \"features\": " + FEATURES + "}");
        List<Row> expected = scored("--outputs", "score");
        String[] columns = new String[5];
        String[] names = {"season", "wind", "low", "high", "RAIN"};
        for (int i = 0; i < 5; i++) {
            columns[i] = "transform(features, s -> s[" + (4 - i) + "]) AS " + names[i];
        }
        table("columns", columns);
        input = folder.resolve("columns").toString();
        assertThat(scored("--outputs", "score")).isEqualTo(expected);
        assertThat(scored("--outputs", "score", "--features", "rain,high,low,wind,season"))
                .isEqualTo(expected);
        assertFails(
                score("--features", "high,rain,low,wind,season"),
                2,
                "--features high,rain,low,wind,season",
                "net.pt.json",
                "trained with rain,high,low,wind,season");
        // Nobody says that columns are called as in training.
        table(
                "others",
                "transform(features, s -> s[0]) AS a",
                "transform(features, s -> s[1]) AS b",
                "transform(features, s -> s[2]) AS low",
                "transform(features, s -> s[3]) AS d",
                "transform(features, s -> s[4]) AS e");
        input = folder.resolve("others").toString();
        assertThat(scored("--outputs", "score", "--features", "a,b,low,d,e")).isEqualTo(expected);
        assertFails(score("--features", "a,b,d,low,e"), 2, "in this order");
        assertFails(score(), 3, "no column 'features'");
    }

    @Test
    void standardisesWithTheSidecarsNumbersOrWithOptions() throws IOException {
        List<Row> expected = scored("--head", "head", "--outputs", "score");
        table("raw", "transform(features, s -> transform(s, (x, i) -> x * (i + 1) * 0.5D + 100D * i)) AS features");
        input = folder.resolve("raw").toString();
        List<Row> raw = scored("--head", "head", "--outputs", "score");
        String[] options = {
            "--head",
            "head",
            "--outputs",
            "score",
            "--standardize",
            "--feature-mean",
            "0,100,200,300,400",
            "--feature-std",
            "0.5,1,1.5,2,2.5"
        };
        assertClose(scored(options), expected);
        sidecar(
                "{\"head\": {\"prefix\": \"head\"}, \"mean\": [0, 100, 200, 300, 400], \"std\": [0.5, 1, 1.5, 2, 2.5]}");
        assertThat(scored("--outputs", "score")).as("only when asked for").isEqualTo(raw);
        assertClose(scored("--outputs", "score", "--standardize"), expected);
    }

    @Test
    void standardisesAsAFileOfOptionsSays() throws IOException {
        sidecar("{\"head\": {\"prefix\": \"head\"}, \"mean\": [0, 0, 0, 0, 0], \"std\": [9, 9, 9, 9, 9]}");
        Path config = folder.resolve("score.conf");
        Files.writeString(config, "standardize = true\nfeature-std = [2, 2, 2, 2, 2]\n");
        List<Row> expected = scored("--outputs", "score", "--standardize", "--feature-std", "2,2,2,2,2");
        assertThat(scored("--outputs", "score", "--config", config.toString())).isEqualTo(expected);
        assertThat(scored("--outputs", "score", "--config", config.toString(), "--standardize"))
                .isEqualTo(expected);
        assertThat(scored("--outputs", "score", "--standardize")).isNotEqualTo(expected);
        Files.writeString(config, "standardize = true\n");
        assertThat(scored("--outputs", "score", "--config", config.toString(), "--no-standardize"))
                .isEqualTo(scored("--outputs", "score"));
    }

    private static final String FORGOTTEN = "Note:    features were taken as they are, although net.pt.json has ";

    @ParameterizedTest
    @ValueSource(strings = {"score", "verify"})
    void aForgottenStandardizeIsToldOf(String command) throws IOException {
        sidecar("{\"mean\": [0, 0, 0, 0, 0], \"std\": [2, 2, 2, 2, 2]}");
        assertThat(summary(command).lines())
                .contains(FORGOTTEN + "mean and std; give --standardize if the table has raw numbers, or"
                        + " --no-standardize if they are standardised already");
        assertThat(summary(command, "--standardize"))
                .contains("Features: standardised by mean and std of net.pt.json\n")
                .doesNotContain(FORGOTTEN);
        assertThat(summary(command, "--standardize", "--feature-mean", "1,2,3,4,5"))
                .contains("Features: standardised by mean of --feature-mean and std of net.pt.json\n");
        assertThat(summary(command, "--no-standardize")).doesNotContain(FORGOTTEN, "Features:");
        Path config = folder.resolve("score.conf");
        Files.writeString(config, "standardize = false\n");
        assertThat(summary(command, "--config", config.toString())).doesNotContain(FORGOTTEN, "Features:");
        assertThat(summary(command, "--config", config.toString(), "--standardize"))
                .contains("Features: standardised by mean and std of net.pt.json\n");
        Files.writeString(config, "outputs = [h_n]\n");
        assertThat(summary(command, "--config", config.toString())).contains(FORGOTTEN + "mean and std;");
        sidecar("{\"std\": [2, 2, 2, 2, 2]}");
        assertThat(summary(command)).contains(FORGOTTEN + "std;");
        sidecar("{\"features\": " + FEATURES + "}");
        assertThat(summary(command)).doesNotContain(FORGOTTEN, "Features:");
    }

    private String summary(String command, String... more) {
        Cli cli = command.equals("score")
                ? score(more)
                : run(
                        command,
                        Stream.concat(Stream.of("--input", input), Arrays.stream(more))
                                .toArray(String[]::new));
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli.out().replace(System.lineSeparator(), "\n");
    }

    @Test
    void theVectorsOfVerifyAreTakenAsTheyAre() throws IOException {
        Path still = zeroNetwork();
        Files.writeString(
                folder.resolve("zero.safetensors.json"), "{\"mean\": [0, 0, 0, 0, 0], \"std\": [2, 2, 2, 2, 2]}");
        Path vectors = Files.write(folder.resolve("vectors.safetensors"), vectors(biasOfTheHead()));
        Cli cli = Cli.run("verify", "--model", still.toString(), "--head", "head", "--reference", vectors.toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("score          [1, 2]").doesNotContain("Note:");
    }

    private static void assertClose(List<Row> got, List<Row> expected) {
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < expected.size(); i++) {
            List<Float> a = got.get(i).getList(1);
            List<Float> b = expected.get(i).getList(1);
            assertThat(b).hasSize(2);
            assertThat(a).hasSize(2);
            for (int j = 0; j < b.size(); j++) {
                // A raw number is rounded before it is standardised.
                assertThat(Math.abs(a.get(j) - b.get(j))).isLessThan(1e-6f);
            }
        }
    }

    @Test
    void saysWhatStandardisingNeeds() {
        assertFails(score("--standardize"), 2, "--standardize: give --feature-mean", "\"mean\"", "5 numbers");
        assertFails(score("--standardize", "--feature-mean", "1,2,3,4,5"), 2, "--standardize: give --feature-std");
        assertFails(
                score("--standardize", "--feature-mean", "1,2", "--feature-std", "1,2"),
                2,
                "--feature-mean: 2 numbers, but the network's input_size is 5");
        assertFails(
                score("--standardize", "--feature-mean", "1,2,3,4,5", "--feature-std", "1,1,0,1,1"),
                2,
                "--feature-std has 0.0; expected numbers above 0");
        assertFails(
                score("--standardize", "--feature-mean", "1,2,3,4,NaN", "--feature-std", "1,1,1,1,1"),
                2,
                "--feature-mean has NaN");
        assertFails(score("--standardize", "--feature-mean", "a,b"), 2, "--feature-mean");
        assertFails(score("--feature-mean", "1,2,3,4,5"), 2, "do nothing without --standardize");
        assertThat(Path.of(output)).doesNotExist();
    }

    @Test
    void verifiesScores() throws IOException {
        Cli table = run("verify", "--input", input, "--head", "head", "--head-on", "hidden_states");
        assertThat(table.code()).as(table.toString()).isZero();
        assertThat(table.out()).contains("Head:    head", "score          of 10 rows");
        sidecar("{\"head\": {\"prefix\": \"head\"}, \"mean\": [0, 0, 0, 0, 0], \"std\": [2, 2, 2, 2, 2]}");
        Cli standardized = run("verify", "--input", input, "--standardize", "--tolerance", "1e-12");
        assertThat(standardized.code()).as(standardized.toString()).isEqualTo(5);
        assertThat(standardized.out()).contains("score          of 10 rows");
    }

    @Test
    void verifiesScoresOfReferenceVectors() throws IOException {
        // All weights of one network zero: its states are 0, and its scores the head's bias.
        double[] bias = biasOfTheHead();
        double[] zero = {0, 0};
        for (boolean right : new boolean[] {true, false}) {
            double[] given = right ? bias : zero;
            Path vectors = folder.resolve("vectors" + right + ".safetensors");
            Files.write(vectors, vectors(given));
            Path still = zeroNetwork();
            Cli cli =
                    Cli.run("verify", "--model", still.toString(), "--head", "head", "--reference", vectors.toString());
            assertThat(cli.code()).as(cli.toString()).isEqualTo(right ? 0 : 5);
            assertThat(cli.out()).contains("score          [1, 2]");
            if (right) {
                assertFails(
                        Cli.run(
                                "verify",
                                "--model",
                                still.toString(),
                                "--head",
                                "head",
                                "--head-on",
                                "hidden_states",
                                "--reference",
                                vectors.toString()),
                        3,
                        "size of score is [1, 2]; expected [1, 3, 2]");
                assertFails(
                        Cli.run("verify", "--model", still.toString(), "--reference", vectors.toString()),
                        3,
                        "neither output nor h_n");
            }
        }
    }

    private double[] biasOfTheHead() {
        Tensors tensors = ModelFile.open(model, "net.pt").tensors();
        return tensors.get("head.bias").toDoubles();
    }

    private static byte[] vectors(double[] score) {
        String header = "{\"x\":{\"dtype\":\"F32\",\"shape\":[1,3,5],\"data_offsets\":[0,60]},"
                + "\"score\":{\"dtype\":\"F64\",\"shape\":[1,2],\"data_offsets\":[60,76]}}";
        return safetensors(header, 76, data -> data.putDouble(60, score[0]).putDouble(68, score[1]));
    }

    private Path zeroNetwork() throws IOException {
        double[] bias = biasOfTheHead();
        String header = "{\"weight_ih_l0\":{\"dtype\":\"F32\",\"shape\":[1,5],\"data_offsets\":[0,20]},"
                + "\"weight_hh_l0\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[20,24]},"
                + "\"head.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[24,32]},"
                + "\"head.bias\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[32,40]}}";
        Path file = folder.resolve("zero.safetensors");
        return Files.write(
                file,
                safetensors(
                        header, 40, data -> data.putFloat(32, (float) bias[0]).putFloat(36, (float) bias[1])));
    }

    private static byte[] safetensors(String header, int bytes, java.util.function.Consumer<ByteBuffer> fill) {
        ByteBuffer data = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        fill.accept(data);
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + bytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data.array())
                .array();
    }

    @ParameterizedTest
    @ValueSource(strings = {"score", "verify"})
    void aHeadThatIsNotUsedIsToldOf(String command) throws IOException {
        String note = "Note:    no head is used; what looks like one is had with --head head (--head= for none)\n";
        assertThat(summary(command)).contains(note);
        assertThat(summary(command, "--head", "head")).doesNotContain("Note:");
        assertThat(summary(command, "--head", "")).doesNotContain("Note:");
        sidecar("{\"head\": {\"prefix\": \"head\"}}");
        assertThat(summary(command)).doesNotContain("Note:");
    }

    @Test
    void aGraphsHeadIsNotAdvisedForItWouldBeRefused() throws IOException {
        Path graph = folder.resolve("net.onnx");
        Files.write(
                graph,
                OnnxWriter.message()
                        .input("x", OnnxWriter.FLOAT, -1, -1, 3)
                        .initializer(OnnxWriter.floats("W", new float[6], 1, 2, 3))
                        .initializer(OnnxWriter.floats("R", new float[4], 1, 2, 2))
                        .initializer(OnnxWriter.floats("fc.weight", new float[8], 4, 2))
                        .node("RNN", "r", "x W R", "Y")
                        .model(13, "test"));
        Cli inspected = Cli.run("inspect", "--model", graph.toString());
        assertThat(inspected.code()).as(inspected.toString()).isZero();
        assertThat(inspected.out()).contains("size of fc.weight is [4, 2]").doesNotContain("--head");
        assertFails(
                Cli.run("inspect", "--model", graph.toString(), "--head", "fc"),
                4,
                "a head is read from files of tensors");
    }

    @Test
    void hintsAtTheHeadOfATrainedClassifier() {
        Golden.Case golden = Golden.named("trained_gru_classifier");
        for (String file : new String[] {"checkpoint.pt", "model_full_prefix.safetensors"}) {
            String path = golden.file(file).toString();
            Cli cli = Cli.run("inspect", "--model", path);
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(cli.out()).contains("head: none; what looks like one is had with --head ");
            Cli with = Cli.run("inspect", "--model", path, "--head", "head", "--head-activation", "softmax");
            assertThat(with.out()).contains("linear 20 to 3, on h_n, then softmax");
        }
    }
}
