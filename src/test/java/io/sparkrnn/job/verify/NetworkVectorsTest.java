package io.sparkrnn.job.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Vectors of a whole network, computed here from its equations: amounts and an embedded code of each step go into an nn.RNN, whose
 * mean over the steps makes scores with the row's age, and whose states make a risk of each step.
 */
class NetworkVectorsTest {
    private static final int[] LENGTHS = {7, 3, 1, 5};
    private static final int T = 7;
    private static final int H = 3;

    private final Random random = new Random(11);
    private final float[] table = numbers(7 * 2);
    private final float[] w = numbers(H * 4);
    private final float[] r = numbers(H * H);
    private final float[] v = numbers((H + 1) * 2);
    private final float[] u = numbers(H);

    private final float[] amounts = numbers(LENGTHS.length * T * 2);
    private final float[] ages = numbers(LENGTHS.length);
    private final long[] codes = random.longs((long) LENGTHS.length * T, 0, 7).toArray();
    private final double[] score = new double[LENGTHS.length * 2];
    private final double[] risk = new double[LENGTHS.length * T];

    @TempDir
    Path folder;

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = random.nextFloat() * 2 - 1;
        }
        return numbers;
    }

    /** What the network gives for each row alone. */
    private void compute() {
        for (int b = 0; b < LENGTHS.length; b++) {
            double[] h = new double[H];
            double[] sum = new double[H];
            for (int t = 0; t < LENGTHS[b]; t++) {
                int step = b * T + t;
                int code = (int) codes[step];
                double[] x = {amounts[2 * step], amounts[2 * step + 1], table[2 * code], table[2 * code + 1]};
                double[] next = new double[H];
                for (int j = 0; j < H; j++) {
                    double z = 0;
                    for (int i = 0; i < 4; i++) {
                        z += w[j * 4 + i] * x[i];
                    }
                    for (int i = 0; i < H; i++) {
                        z += r[j * H + i] * h[i];
                    }
                    next[j] = Math.tanh(z);
                    sum[j] += next[j];
                    risk[step] += next[j] * u[j];
                }
                h = next;
            }
            for (int c = 0; c < 2; c++) {
                for (int j = 0; j < H; j++) {
                    score[2 * b + c] += sum[j] / LENGTHS[b] * v[2 * j + c];
                }
                score[2 * b + c] += (double) ages[b] * v[2 * H + c];
            }
        }
    }

    @BeforeEach
    void makeNumbers() {
        compute();
    }

    /** The network, under these names of its inputs and outputs. */
    private String model(String amounts, String code, String age, String score, String risk) throws IOException {
        return written(network(amounts, code, age, score, risk));
    }

    private String written(OnnxWriter network) throws IOException {
        return Files.write(folder.resolve("net.onnx"), network.model(17, "test"))
                .toString();
    }

    private OnnxWriter network(String amounts, String code, String age, String score, String risk) {
        return OnnxWriter.message()
                .node("Gather", "embedding", "table " + code, "e", OnnxWriter.attribute("axis", 0L))
                .node("Concat", "join", amounts + " e", "x", OnnxWriter.attribute("axis", 2L))
                .node("Transpose", "turn", "x", "xt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("RNN", "rnn", "xt W R", "Y h", OnnxWriter.attribute("hidden_size", (long) H))
                .node("Squeeze", "one", "Y one_axis", "y")
                .node("Transpose", "back", "y", "yt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node(
                        "ReduceMean",
                        "mean",
                        "yt",
                        "m",
                        OnnxWriter.attribute("axes", new long[] {1}),
                        OnnxWriter.attribute("keepdims", 0L))
                .node("Concat", "all", "m " + age, "j", OnnxWriter.attribute("axis", 1L))
                .node("MatMul", "scores", "j V", score)
                .node("MatMul", "risks", "yt U", "r")
                .node("Squeeze", "risk", "r two", risk)
                .initializer(OnnxWriter.longs("one_axis", 1))
                .initializer(OnnxWriter.longs("two", 2))
                .initializer(OnnxWriter.floats("table", table, 7, 2))
                .initializer(OnnxWriter.floats("W", w, 1, H, 4))
                .initializer(OnnxWriter.floats("R", r, 1, H, H))
                .initializer(OnnxWriter.floats("V", v, H + 1, 2))
                .initializer(OnnxWriter.floats("U", u, H, 1))
                .input(amounts, OnnxWriter.FLOAT, -1, -1, 2)
                .input(code, OnnxWriter.INT64, -1, -1)
                .input(age, OnnxWriter.FLOAT, -1, 1)
                .output(score, OnnxWriter.FLOAT, -1, 2)
                .output(risk, OnnxWriter.FLOAT, -1, -1);
    }

    private String model() throws IOException {
        return model("amounts", "code", "age", "score", "risk");
    }

    private static Tensor longs(long[] values, long... sizes) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asLongBuffer().put(values);
        return Tensor.of(DType.INT64, Shape.of(sizes), bytes.array());
    }

    private static Tensor rounded(double[] values, long... sizes) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.ofFloats(Shape.of(sizes), floats);
    }

    private Map<String, Tensor> vectors() {
        int rows = LENGTHS.length;
        Map<String, Tensor> vectors = new LinkedHashMap<>();
        vectors.put("amounts", Tensor.ofFloats(Shape.of(rows, T, 2), amounts));
        vectors.put("code", longs(codes, rows, T));
        vectors.put("age", Tensor.ofFloats(Shape.of(rows, 1), ages));
        vectors.put("lengths", longs(Arrays.stream(LENGTHS).asLongStream().toArray(), rows));
        vectors.put("score", rounded(score, rows, 2));
        vectors.put("score_f64", Tensor.ofDoubles(Shape.of(rows, 2), score));
        vectors.put("risk", rounded(risk, rows, T));
        return vectors;
    }

    private Cli verify(String model, Map<String, Tensor> vectors, String... more) throws IOException {
        Path file = TensorFile.npz(folder.resolve("vectors.npz"), vectors);
        List<String> args = new ArrayList<>(List.of("verify", "--model", model, "--reference", file.toString()));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private void assertRefused(Map<String, Tensor> vectors, String... parts) throws IOException {
        Cli cli = verify(model(), vectors);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err()).contains(parts).contains("vectors.npz: ");
    }

    @Test
    void eachOutputIsComparedWithWhatTheNetworkGivesForARowAlone() throws IOException {
        String model = model();
        Cli cli = verify(model, vectors());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Network: 11 nodes, ", "computed in float32")
                .containsPattern("score +\\[4, 2] .* 1.0e-06 +\\d.\\d\\de-0[89]  ok")
                .containsPattern("risk +\\[4, 7] .* 1.0e-06 +-  ok, largest at row \\d, step \\d\\R");

        Map<String, Tensor> exact = vectors();
        exact.remove("risk");
        Path file = TensorFile.safetensors(folder.resolve("vectors.safetensors"), exact);
        cli = Cli.run("verify", "--model", model, "--reference", file.toString(), "--precision", "float64");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("1.0e-12", "score").doesNotContain("risk  ");
    }

    @Test
    void whatIsPastTheLengthOfARowIsNotLookedAt() throws IOException {
        Map<String, Tensor> padded = vectors();
        double[] more = risk.clone();
        float[] poisoned = amounts.clone();
        long[] others = codes.clone();
        more[T + 3] = 9;
        poisoned[2 * (T + 3)] = Float.NaN;
        others[T + 3] = -100;
        padded.put("risk", rounded(more, 4, T));
        padded.put("amounts", Tensor.ofFloats(Shape.of(4, T, 2), poisoned));
        padded.put("code", longs(others, 4, T));
        Cli cli = verify(model(), padded);
        assertThat(cli.code()).as(cli.toString()).isZero();
    }

    @Test
    void aWrongNumberIsFoundByRowStepAndColumn() throws IOException {
        Map<String, Tensor> wrong = vectors();
        wrong.remove("score_f64");
        double[] scores = score.clone();
        scores[2 * 2 + 1] += 1e-3;
        wrong.put("score", rounded(scores, 4, 2));
        double[] risks = risk.clone();
        risks[3 * T + 4] = Double.NaN;
        wrong.put("risk", rounded(risks, 4, T));
        Cli cli = verify(model(), wrong);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(5);
        assertThat(cli.out())
                .containsPattern("score .*TOO LARGE, largest at row 2, column 1\\R")
                .containsPattern("risk .*NaN OR INFINITY ELSEWHERE, first at row 3, step 4\\R");
        assertThat(cli.err()).contains("verification failed", "each row alone, unpadded");
        assertThat(verify(model(), wrong, "--outputs", "risk", "--tolerance", "1")
                        .code())
                .isEqualTo(5);
        cli = verify(model(), wrong, "--outputs", "score", "--tolerance", "1e-2");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).doesNotContain("NaN");
    }

    @Test
    void wholeNumbersAreRightOrWrong() throws IOException {
        String model = written(network("amounts", "code", "age", "score", "risk")
                .node("ArgMax", "largest", "score", "label", OnnxWriter.attribute("axis", 1L))
                .node("Identity", "again", "code", "same")
                .output("label", OnnxWriter.INT64, -1, 1)
                .output("same", OnnxWriter.INT64, -1, -1));
        long[] labels = new long[LENGTHS.length];
        Arrays.setAll(labels, row -> score[2 * row + 1] > score[2 * row] ? 1 : 0);
        Map<String, Tensor> vectors = vectors();
        vectors.put("label", longs(labels, 4, 1));
        vectors.put("same", longs(codes, 4, T));
        for (String precision : List.of("float32", "float64")) {
            Cli cli = verify(model, vectors, "--precision", precision, "--tolerance", "1e-6");
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(cli.out())
                    .containsPattern("label +\\[4, 1] +0.00e\\+00 .* ok\\R")
                    .containsPattern("same +\\[4, 7] +0.00e\\+00 .* ok\\R");
        }
        long[] others = codes.clone();
        others[T] = 100;
        vectors.put("same", longs(others, 4, T));
        Cli cli = verify(model, vectors, "--tolerance", "0.99");
        assertThat(cli.code()).as("however large the numbers are").isEqualTo(5);
        assertThat(cli.out()).containsPattern("same .*TOO LARGE, largest at row 1, step 0\\R");
    }

    @Test
    void oneRowMayStandWithoutItsBatch() throws IOException {
        Map<String, Tensor> row = new LinkedHashMap<>();
        row.put("amounts", Tensor.ofFloats(Shape.of(T, 2), Arrays.copyOf(amounts, 2 * T)));
        row.put("code", longs(Arrays.copyOf(codes, T), T));
        row.put("age", Tensor.ofFloats(Shape.of(), ages[0]));
        row.put("risk", rounded(Arrays.copyOf(risk, T), T));
        row.put("score", rounded(Arrays.copyOf(score, 2), 2));
        Cli cli = verify(model(), row);
        assertThat(cli.code()).as(cli.toString()).isZero();
    }

    @Test
    void namesThatFilesChangeAreFound() throws IOException {
        String model = model("in/amounts:0", "in/code:0", "in/age:0", "Identity:0", "net/risk");
        Map<String, Tensor> usual = vectors();
        Map<String, Tensor> vectors = new LinkedHashMap<>();
        vectors.put("in_amounts", usual.get("amounts"));
        vectors.put("in/code:0", usual.get("code"));
        vectors.put("years", usual.get("age"));
        vectors.put("lengths", usual.get("lengths"));
        vectors.put("Identity_f64", usual.get("score_f64"));
        vectors.put("net_risk", usual.get("risk"));
        Cli cli = verify(model, vectors, "--column", "in/age:0=years");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Identity:0", "net/risk");
        vectors.put("in_age", usual.get("age"));
        cli = verify(model, vectors, "--column", "in/age:0=years");
        assertThat(cli.code()).isEqualTo(3);
        assertThat(cli.err()).contains("'years' and 'in_age' are both in/age:0 of the network");
    }

    @Test
    void aFileThatDoesNotFitIsRefused() throws IOException {
        Map<String, Tensor> vectors = vectors();
        vectors.put("sccore", vectors.get("score"));
        assertRefused(
                vectors,
                "the tensor 'sccore' is neither an input nor an output of the network",
                "amounts [T, 2], code [T] of indices below 7, age [1]; score [2], risk [T]; lengths [B]");
        vectors = vectors();
        vectors.put("h_n", vectors.get("score"));
        assertRefused(vectors, "'h_n'", "--outputs hidden_states,h_n");
        vectors = vectors();
        vectors.remove("age");
        assertRefused(
                vectors, "no tensor of the input age; the file has amounts, code, lengths", "--column INPUT=TENSOR");
        vectors = vectors();
        vectors.keySet().removeAll(List.of("score", "score_f64", "risk"));
        assertRefused(vectors, "no tensor of an output", "what is computed is score [2], risk [T]");
        vectors = vectors();
        vectors.put("amounts", Tensor.ofFloats(Shape.of(4, 2, T), amounts));
        assertRefused(vectors, "size of amounts is [4, 2, 7]; expected [B, T, 2]");
        vectors = vectors();
        vectors.put("age", Tensor.ofFloats(Shape.of(3), 1, 2, 3));
        assertRefused(vectors, "not of as many rows B and as many steps T: amounts [4, 7, 2]", "age [3]");
        vectors = vectors();
        vectors.put("lengths", longs(new long[] {7, 3, 1}, 3));
        assertRefused(vectors, "as many rows B", "3 lengths");
        vectors = vectors();
        vectors.put("lengths", longs(new long[] {7, 3, 8, 1}, 4));
        assertRefused(vectors, "lengths[2] is 8; expected 1 to 7");
        vectors = vectors();
        vectors.put("score", rounded(new double[12], 4, 3));
        assertRefused(vectors, "size of score is [4, 3]; expected [4, 2]");
        vectors = vectors();
        vectors.put("risk", rounded(new double[24], 4, 6));
        assertRefused(vectors, "size of risk is [4, 6]; expected [4, 7]");
        vectors = vectors();
        long[] others = codes.clone();
        others[T + 1] = 7;
        vectors.put("code", longs(others, 4, T));
        assertRefused(vectors, "code has 7 at row 1, step 1; expected an index from 0 to 6");
        double[] halves = Arrays.stream(codes).mapToDouble(code -> code + 0.5).toArray();
        vectors.put("code", rounded(halves, 4, T));
        assertRefused(vectors, "at row 0, step 0; expected an index");
    }

    private Cli score(Map<String, Tensor> vectors, String... more) throws IOException {
        LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, id), t -> array(float(sin(t)), float(cos(t * id)))) AS amounts,"
                        + " transform(sequence(0, id), t -> int(t * id % 7)) AS code, double(id) / 10 AS age"
                        + " FROM range(10)")
                .write()
                .mode("overwrite")
                .parquet(folder.resolve("in").toString());
        List<String> args = new ArrayList<>(List.of(
                "score",
                "--model",
                model(),
                "--input",
                folder.resolve("in").toString(),
                "--output",
                folder.resolve("out").toString(),
                "--reference",
                TensorFile.npz(folder.resolve("vectors.npz"), vectors).toString()));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    @Test
    void aRunIsProvenByThem() throws IOException {
        Cli cli = score(vectors());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Proved:  4 sequences of ", "within 1.0e-06", "Scored 10 sequences");
        cli = score(vectors(), "--outputs", "risk,lengths", "--mode", "overwrite");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Proved:  4 sequences of ");
    }

    @Test
    void allScoresAreProvenWhereTheBestAreWritten() throws IOException {
        Cli cli = score(vectors(), "--top-k", "score=1");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Proved:  4 sequences of ", "score, score_index");
    }

    @Test
    void aRunThatIsNotWritesNothing() throws IOException {
        Map<String, Tensor> wrong = vectors();
        score[0] += 1e-3;
        wrong.put("score_f64", Tensor.ofDoubles(Shape.of(4, 2), score));
        Cli cli = score(wrong);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(5);
        assertThat(cli.err())
                .contains("this driver's results are not what the file has", "TOO LARGE, largest at row 0, column 0");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void theKernelIsComparedWithTheReferenceOnATable() throws IOException {
        score(vectors());
        String input = folder.resolve("in").toString();
        Cli cli = Cli.run("verify", "--model", model(), "--input", input, "--rows", "8");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).containsPattern("score +of 8 rows").containsPattern("risk +of 8 rows");
        cli = Cli.run("verify", "--model", model(), "--input", input, "--outputs", "risk", "--tolerance", "1e-12");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(5);
        assertThat(cli.out())
                .containsPattern("risk .*TOO LARGE, largest at row \\d, step \\d\\R")
                .doesNotContain("score  ");
    }

    @Test
    void itsLayersAloneAreComparedWhereTheyAreAskedFor() throws IOException {
        Map<String, Tensor> layers = new LinkedHashMap<>();
        layers.put("x", Tensor.ofFloats(Shape.of(1, 1, 4), 0, 0, 0, 0));
        layers.put("h_n", Tensor.ofFloats(Shape.of(1, 1, H), 0, 0, 0));
        layers.put("output", Tensor.ofFloats(Shape.of(1, 1, H), 0, 0, 5));
        Cli cli = verify(model(), layers, "--outputs", "h_n");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).containsPattern("h_n +\\[1, 1, 3]").doesNotContain("output  ");
        cli = verify(model(), layers, "--outputs", "h_n,hidden_states");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(5);
        assertThat(cli.out()).containsPattern("output .*TOO LARGE, largest at row 0, step 0, column 2\\R");
    }
}
