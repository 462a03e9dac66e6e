package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Items in, the next ones out, from the command line: items of a vocabulary, the best of their scores, the index of the best. */
class RecommendTest extends WholeNetworkCase {
    private static final int ITEMS = 12;

    @BeforeEach
    void makeModelAndTable() throws IOException {
        byte[] file = OnnxWriter.message()
                .node("Gather", "embedding", "table items", "e", OnnxWriter.attribute("axis", 0L))
                .node("Transpose", "turn", "e", "x", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("GRU", "gru", "x W R", "Y h", OnnxWriter.attribute("hidden_size", 4L))
                .node("Squeeze", "last", "h zero", "hl")
                .node("MatMul", "scores", "hl V", "logits")
                .node("MatMul", "tails", "hl U", "tail")
                .node("ArgMax", "largest", "logits", "label", OnnxWriter.attribute("axis", 1L))
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(weights("table", ITEMS, 4))
                .initializer(weights("W", 1, 12, 4))
                .initializer(weights("R", 1, 12, 4))
                .initializer(weights("V", 4, ITEMS))
                .initializer(weights("U", 4, 2))
                .input("items", OnnxWriter.INT64, -1, -1)
                .output("logits", OnnxWriter.FLOAT, -1, ITEMS)
                .output("tail", OnnxWriter.FLOAT, -1, 2)
                .output("label", OnnxWriter.INT64, -1, 1)
                .model(17, "test");
        model = Files.write(folder.resolve("net.onnx"), file);
        vocabulary("items.txt", "");
        table("in", "transform(items, i -> concat('item ', i)) AS items");
        table("indices", "items");
    }

    private Path vocabulary(String name, String more) throws IOException {
        StringBuilder lines = new StringBuilder();
        IntStream.range(0, ITEMS)
                .forEach(i -> lines.append("item ").append(i).append(more).append('\n'));
        return Files.writeString(folder.resolve(name), lines);
    }

    private void table(String name, String items) {
        LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, id), t -> int((t * 5 + id) % 11)) AS items FROM range(14)")
                .selectExpr("id", items)
                .write()
                .parquet(folder.resolve(name).toString());
    }

    private String tokens() {
        return "items=" + folder.resolve("items.txt");
    }

    private List<Row> rows(String name) {
        return written(name).orderBy("id").collectAsList();
    }

    @Test
    void tokensGiveWhatIndicesGiveAndWholeNumbersComeAsSuch() {
        done("indices", "expected", "--features", "items");
        Cli cli = done("in", "out", "--vocabulary", tokens());
        assertThat(cli.out())
                .contains("Input:   items by the vocabulary " + folder.resolve("items.txt") + ": 12 tokens")
                .contains("logits [12], tail [2], label [1] of whole numbers");
        assertThat(written("out").schema().toDDL())
                .isEqualTo("id BIGINT,logits ARRAY<FLOAT>,tail ARRAY<FLOAT>,label ARRAY<BIGINT>");
        assertThat(rows("out")).isEqualTo(rows("expected"));
        // an input of indices may be called by its column
        table("other", "transform(items, i -> concat('item ', i)) AS history");
        done("other", "named", "--column", "items=history", "--vocabulary", "history=" + folder.resolve("items.txt"));
        assertThat(rows("named")).isEqualTo(rows("expected"));
        Cli inspect = Cli.run("inspect", "--model", model.toString());
        assertThat(inspect.out())
                .contains(
                        "items [T] of indices below 12: array<integer>, or array<string> with --vocabulary items=FILE")
                .contains("label [1]: array<bigint>");
    }

    @Test
    void theBestWithoutThoseSeen() {
        done("indices", "all", "--keep", "id,items");
        Cli cli = done(
                "in",
                "out",
                "--vocabulary",
                tokens(),
                "--top-k",
                "logits=4",
                "--exclude-seen",
                "--exclude-indices",
                "11",
                "--outputs",
                "logits,lengths");
        assertThat(cli.out()).contains("to logits [up to 4], logits_index [up to 4] of whole numbers");
        assertThat(written("out").schema().toDDL())
                .isEqualTo("id BIGINT,logits ARRAY<FLOAT>,logits_index ARRAY<BIGINT>,lengths INT");
        List<Row> all = rows("all");
        List<Row> best = rows("out");
        boolean fewer = false;
        for (int r = 0; r < all.size(); r++) {
            List<Float> scores = all.get(r).getList(all.get(r).fieldIndex("logits"));
            List<Integer> seen = all.get(r).getList(all.get(r).fieldIndex("items"));
            List<Long> expected = IntStream.range(0, ITEMS - 1)
                    .boxed()
                    .filter(i -> !seen.contains(i))
                    .sorted(Comparator.comparing((Integer i) -> -scores.get(i)))
                    .limit(4)
                    .map(i -> (long) i)
                    .toList();
            assertThat(best.get(r).<Long>getList(2)).as("row %d", r).isEqualTo(expected);
            assertThat(best.get(r).<Float>getList(1))
                    .isEqualTo(
                            expected.stream().map(i -> scores.get(i.intValue())).toList());
            fewer |= expected.size() < 4;
        }
        assertThat(fewer).isTrue();
        // the largest is the first
        done("indices", "one", "--top-k", "logits=1,tail=2", "--precision", "float64");
        assertThat(written("one").schema().toDDL())
                .isEqualTo("id BIGINT,logits ARRAY<DOUBLE>,logits_index ARRAY<BIGINT>,tail ARRAY<DOUBLE>,tail_index"
                        + " ARRAY<BIGINT>,label ARRAY<BIGINT>");
        assertThat(written("one")
                        .where("logits_index <=> label AND tail[0] >= tail[1]")
                        .count())
                .isEqualTo(14);
        Cli dry = done("indices", "dry", "--outputs", "logits", "--top-k", "3", "--dry-run");
        assertThat(dry.out()).contains("logits array<float>, logits_index array<bigint>");
        Cli limited =
                done("indices", "limited", "--top-k", "logits=3", "--exclude-seen", "items", "--limit-sequence", "2");
        assertThat(limited.out()).contains("Note:    --exclude-seen left out what is in the steps that were scored");
    }

    @Test
    void whatCannotBeRankedIsRefused() {
        assertRefused(2, score("indices", "x", "--top-k", "3"), "--top-k 3: several outputs", "--top-k logits=10");
        assertRefused(2, score("indices", "x", "--top-k", "logits=13"), "the best 13 of logits [12]: expected 1 to 12");
        assertRefused(2, score("indices", "x", "--top-k", "logits=0"), "'0' is not how many");
        assertRefused(2, score("indices", "x", "--top-k", "logits=many"), "'many' is not how many");
        assertRefused(2, score("indices", "x", "--top-k", "items=3"), "no output 'items' in this run");
        assertRefused(2, score("indices", "x", "--top-k", "logits=3,logits=4"), "named twice");
        assertRefused(2, score("indices", "x", "--top-k", "tail=1", "--outputs", "logits"), "no output 'tail'");
        assertRefused(2, score("indices", "x", "--exclude-seen"), "they do nothing without --top-k");
        assertRefused(
                2, score("indices", "x", "--top-k", "tail=1", "--exclude-seen"), "are not of as many", "tail [2]");
        assertRefused(
                2,
                score("indices", "x", "--top-k", "logits=1", "--exclude-seen", "history"),
                "the network has no input 'history'");
        assertRefused(
                2,
                score("indices", "x", "--top-k", "logits=1", "--exclude-indices", "12"),
                "index 12 is to be left out of logits [12]: expected 0 to 11");
        assertRefused(
                2,
                score("indices", "x", "--top-k", "1", "--outputs", "hidden_states"),
                "--top-k 1: it is of an output of a whole network");
    }

    @Test
    void vocabulariesThatDoNotFitAreRefused() throws IOException {
        assertRefused(4, score("in", "x", "--vocabulary", "items=" + folder.resolve("none.txt")), "there is no file");
        Path more = vocabulary("more.txt", "");
        Files.writeString(more, Files.readString(more) + "one more");
        assertRefused(
                4,
                score("in", "x", "--vocabulary", "items=" + more),
                "the token \"one more\" has index 12, but the network takes items [T] of indices below 12");
        assertRefused(
                4,
                score("in", "x", "--vocabulary", tokens(), "--unknown-token", "items=12"),
                "unknown tokens are to have index 12");
        assertRefused(
                4,
                score("in", "x", "--vocabulary", tokens(), "--unknown-token", "items=[UNK]"),
                "has no token \"[UNK]\"");
        assertRefused(2, score("in", "x", "--vocabulary", "goods=x.txt"), "no input of indices 'goods'; it has [items");
        assertRefused(2, score("in", "x", "--unknown-token", "items=1"), "the input items has no vocabulary");
        assertRefused(3, score("in", "x"), "column items is array<string>", "--vocabulary items=FILE");
        assertRefused(3, score("indices", "x", "--vocabulary", tokens()), "column items is array<int>");
        assertRefused(
                2, score("in", "x", "--vocabulary", tokens(), "--node", "gru"), "they are of a whole network's inputs");
        vocabulary("short.txt", "");
        Files.writeString(folder.resolve("short.txt"), "item 0\nitem 1\n");
        Cli bad = score("in", "x", "--vocabulary", "items=" + folder.resolve("short.txt"));
        assertRefused(
                3, bad, "(UNKNOWN_TOKEN 13) cannot be scored", "row with id = 2: step 0 of column items is \"item 2\"");
        done(
                "in",
                "unknown",
                "--vocabulary",
                "items=" + folder.resolve("short.txt"),
                "--unknown-token",
                "items=item 1");
    }

    private static void assertRefused(int code, Cli cli, String... parts) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).contains(parts);
    }

    @Test
    void aSidecarNamesAVocabularyAndRunsAreToldApartByWhatIsInIt() throws IOException {
        Files.createDirectory(folder.resolve("words"));
        Files.move(folder.resolve("items.txt"), folder.resolve("words/items.txt"));
        Path sidecar = Files.writeString(
                folder.resolve("net.onnx.json"),
                "{\"vocabulary\": {\"items\": {\"file\": \"words/items.txt\", \"unknown\": 0}}}");
        String[] first = {"--run-id", "first", "--if-done", "skip"};
        assertThat(done("in", "out", first).out()).contains("12 tokens, unknown ones as index 0");
        String run = Files.readString(folder.resolve("out/_spark-rnn/first.json"));
        assertThat(run).contains("words/items.txt", "\"vocabulary-sha256\" : \"items=");
        assertThat(done("in", "out", "--if-done", "skip").out()).contains("Nothing to do");
        vocabulary("words/items.txt", " of another kind");
        assertThat(done("in", "out", "--if-done", "skip", "--mode", "overwrite").out())
                .doesNotContain("Nothing to do");
        Cli inspect = Cli.run("inspect", "--model", model.toString());
        assertThat(inspect.out())
                .contains("sidecar: net.onnx.json says vocabulary")
                .contains("items [T] of indices below 12: array<string>, by the vocabulary " + folder
                        + "/words/items.txt: 12 tokens, unknown ones as index 0");
        done("indices", "without", "--vocabulary", "items=");
        Files.writeString(sidecar, "{\"vocabulary\": {\"goods\": \"words/items.txt\"}}");
        assertRefused(
                4, score("in", "x"), "net.onnx.json: \"vocabulary\": the network has no input of indices 'goods'");
        assertThat(Cli.run("inspect", "--model", model.toString()).out()).contains("no input of indices 'goods'");
        Files.writeString(sidecar, "{\"vocabulary\": {\"items\": \"../items.txt\"}}");
        assertRefused(4, score("in", "x"), "expected one in the sidecar's folder or below");
    }
}
