package io.sparkrnn.job.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks of Keras and NumPy on the command line, from the local disk and elsewhere. */
class OtherFilesTest {
    @TempDir
    Path folder;

    private Path arrays;

    /** The arrays of a golden case's network, each in a file of its own, under names of its author's. */
    @BeforeEach
    void writeArrays() throws IOException {
        arrays = Files.createDirectory(folder.resolve("net"));
        Path npz = Golden.named("seed_np_rnn_weights").file("model.npz");
        try (ZipFile zip = new ZipFile(npz.toFile())) {
            for (String[] names :
                    new String[][] {{"weight_ih_l0", "W_x"}, {"weight_hh_l0", "W_h"}, {"bias_ih_l0", "b"}}) {
                ZipEntry entry = zip.getEntry(names[0] + ".npy");
                try (InputStream in = zip.getInputStream(entry)) {
                    Files.copy(in, arrays.resolve(names[1] + ".npy"));
                }
            }
        }
    }

    private static String keras(String name) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(OtherFilesTest.class.getResource("/keras/" + name))
                        .toURI())
                .toString();
    }

    private static String inspected(String... arguments) {
        String[] all = new String[arguments.length + 1];
        all[0] = "inspect";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        Cli cli = Cli.run(all);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli.out();
    }

    @Test
    void aFolderOfArrays() {
        assertThat(inspected("--model", arrays.toString()))
                .contains("NumPy (folder of npy)", "input_size: 5", "hidden_size: 8")
                .contains("weight_ih_l0=W_x,weight_hh_l0=W_h,bias_ih_l0=b")
                .contains("size of W_x is [8, 5]");
        assertThat(inspected("--model", arrays.toString(), "--tensor-names", "weight_ih_l0=W_x,weight_hh_l0=W_h.T"))
                .contains("bias: false", "other tensors of the file, not used:", "size of b is [8]");
    }

    @Test
    void aFolderElsewhere() throws IOException {
        Files.writeString(folder.resolve("net.json"), "{\"nonlinearity\": \"relu\"}");
        String mount = "spark.hadoop.fs.viewfs.mounttable.arrays.link./data";
        System.setProperty(mount, folder.toUri().toString());
        try {
            assertThat(inspected("--model", "viewfs://arrays/data/net")).contains("hidden_size: 8", "(relu)");
        } finally {
            System.clearProperty(mount);
        }
    }

    @Test
    void thePlainNamesThroughAJob() throws IOException {
        Golden.Case golden = Golden.named("seed_np_rnn_weights");
        String[] outputs = {folder.resolve("a").toString(), folder.resolve("b").toString()};
        String[] models = {arrays.toString(), golden.file("model.pt").toString()};
        for (int i = 0; i < 2; i++) {
            Cli cli = Cli.run(
                    "score",
                    "--model",
                    models[i],
                    "--input",
                    golden.file("sequences.jsonl").toString(),
                    "--input-format",
                    "json",
                    "--output",
                    outputs[i]);
            assertThat(cli.code()).as(cli.toString()).isZero();
        }
        Dataset<Row> plain = LocalSpark.session().read().parquet(outputs[0]);
        Dataset<Row> torch = LocalSpark.session().read().parquet(outputs[1]);
        assertThat(plain.collectAsList()).isEqualTo(torch.collectAsList());
        assertThat(plain.count()).isEqualTo(1);
    }

    @Test
    void nodesOfAKerasModel() throws URISyntaxException {
        assertThat(inspected("--model", keras("functional.keras")))
                .contains("Keras (keras)", "networks: 2, chosen with --node:", "'first'", "'other'");
        assertThat(inspected("--model", keras("functional.keras"), "--node", "other"))
                .contains("nn.GRU", "node: 'other'", "note: not used of the Keras model");
        assertThat(inspected("--model", keras("backwards.keras"))).contains("nn.RNN", "backward");
    }

    @Test
    void aKerasModelThroughAJob() throws IOException, URISyntaxException {
        Path rows = Files.writeString(
                folder.resolve("rows.json"),
                "{\"id\": 1, \"features\": [[0.5, -1, 2], [1, 0, 0.25]]}\n{\"id\": 2, \"features\": [[0, 0, 1]]}\n");
        for (String model : new String[] {"lstm_stack.keras", "bidirectional.h5", "backwards_last.keras"}) {
            Cli cli = Cli.run(
                    "verify",
                    "--model",
                    keras(model),
                    "--input",
                    rows.toString(),
                    "--input-format",
                    "json",
                    "--rows",
                    "2");
            assertThat(cli.code()).as(cli.toString()).isZero();
        }
    }
}
