package io.sparkrnn.format;

import io.sparkrnn.format.keras.KerasFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Whole networks of which a file beside the weights is a part, or the file's own text: to be changed by {@link ModelFuzz}. */
final class WholeFiles {
    private WholeFiles() {}

    /**
     * A network.
     *
     * @param name what messages call it
     * @param file the model file
     * @param beside the JSON beside it; null for none
     * @param isText whether the model file itself has JSON that says the layers
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over, never compared
    record Model(String name, byte[] file, byte @Nullable [] beside, boolean isText) {}

    /** The networks, made in a folder that is left as it was. */
    static List<Model> all(Path folder) {
        List<Model> all = new ArrayList<>();
        try {
            keras(folder, all);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        sidecars(all);
        return all;
    }

    /** The model files of a folder, each with what is beside it. */
    static List<Model> of(Path folder) {
        List<Model> found = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                if (!name.endsWith(".json")) {
                    Path beside = file.resolveSibling(name + ".json");
                    found.add(new Model(
                            String.valueOf(folder.relativize(file)),
                            Files.readAllBytes(file),
                            Files.exists(beside) ? Files.readAllBytes(beside) : null,
                            name.endsWith(".h5") || name.endsWith(".keras")));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    // ---- Keras ----

    private static final String CELL = "\"activation\":\"tanh\",\"recurrent_activation\":\"sigmoid\",\"use_bias\":true";

    private static void keras(Path folder, List<Model> all) throws IOException {
        KerasFile sequential = new KerasFile(1, "2.4.0")
                .layer(
                        "Embedding",
                        "table",
                        "\"input_dim\":7,\"output_dim\":3,\"mask_zero\":true,\"batch_input_shape\":[null,null]")
                .weight("table", "embeddings", 7, 3)
                .layer(
                        "Bidirectional",
                        "both",
                        "\"merge_mode\":\"concat\",\"layer\":{\"class_name\":\"LSTM\",\"config\":{\"name\":\"lstm\","
                                + "\"units\":4,\"return_sequences\":true," + CELL + "}}");
        recurrent(sequential, "both", "forward_lstm/", 3, 4, 1);
        recurrent(sequential, "both", "backward_lstm/", 3, 4, 1)
                .layer("GRU", "gru", "\"units\":4,\"reset_after\":true," + CELL);
        recurrent(sequential, "gru", "", 8, 3, 2)
                .layer("Dropout", "drop", "\"rate\":0.5")
                .layer("Dense", "score", "\"units\":2,\"activation\":\"softmax\",\"use_bias\":true")
                .weight("score", "kernel", 4, 2)
                .weight("score", "bias", 1, 2);
        keras(folder, "keras sequential", sequential, sequential.sequential(), all);

        KerasFile functional = new KerasFile(2, "2.4.0")
                .layer("InputLayer", "codes", "\"batch_input_shape\":[null,null],\"dtype\":\"int32\"")
                .layer("InputLayer", "amounts", "\"batch_input_shape\":[null,null,2]")
                .layer("InputLayer", "profile", "\"batch_input_shape\":[null,3]")
                .layer("Embedding", "table", "\"input_dim\":7,\"output_dim\":3", "codes")
                .weight("table", "embeddings", 7, 3)
                .layer("Concatenate", "steps", "\"axis\":-1", "table", "amounts")
                .layer("Masking", "mask", "\"mask_value\":0.0", "steps")
                .layer("SimpleRNN", "rnn", "\"units\":4,\"return_sequences\":true," + CELL, "mask");
        recurrent(functional, "rnn", "", 5, 1, 1)
                .layer(
                        "TimeDistributed",
                        "each",
                        "\"layer\":{\"class_name\":\"Dense\",\"config\":{\"units\":4,\"activation\":\"relu\"}}",
                        "rnn")
                .weight("each", "kernel", 4, 4)
                .weight("each", "bias", 1, 4)
                .layer("Add", "sum", "", "rnn", "each")
                .layer("GlobalMaxPooling1D", "most", "", "sum")
                .layer("GlobalAveragePooling1D", "mean", "", "sum")
                .layer("Concatenate", "all", "\"axis\":-1", "most", "mean", "profile")
                .layer(
                        "BatchNormalization",
                        "norm",
                        "\"epsilon\":0.001,\"axis\":-1,\"scale\":true,\"center\":true",
                        "all")
                .weight("norm", "gamma", 1, 11)
                .weight("norm", "beta", 1, 11)
                .weight("norm", "moving_mean", 1, 11)
                .weight("norm", "moving_variance", 1, 11)
                .layer("Dense", "score", "\"units\":1,\"activation\":\"sigmoid\",\"use_bias\":false", "norm")
                .weight("score", "kernel", 11, 1);
        keras(
                folder,
                "keras functional",
                functional,
                functional.functional(
                        "[\"codes\",0,0],[\"amounts\",0,0],[\"profile\",0,0]", "[\"score\",0,0],[\"most\",0,0]"),
                all);
    }

    private static KerasFile recurrent(
            KerasFile file, String layer, String prefix, int inputs, int gates, int biasRows) {
        return file.weight(layer, prefix + "kernel", inputs, gates * 4)
                .weight(layer, prefix + "recurrent_kernel", 4, gates * 4)
                .weight(layer, prefix + "bias", biasRows, gates * 4);
    }

    /** The model as one file, and its weights with the layers beside them. */
    private static void keras(Path folder, String name, KerasFile model, String config, List<Model> all)
            throws IOException {
        Path file = folder.resolve("made.h5");
        all.add(new Model(name, Files.readAllBytes(model.whole(file, config)), null, true));
        Files.delete(file);
        all.add(new Model(
                name + ", weights alone",
                Files.readAllBytes(model.weightsAlone(file)),
                config.getBytes(StandardCharsets.UTF_8),
                true));
        Files.delete(file);
    }

    // ---- state dicts with a sidecar ----

    /** Weights that all networks below take some of. */
    private static byte[] weights() {
        StringJoiner header = new StringJoiner(", ", "{", "}");
        int at = 0;
        for (String tensor : new String[] {
            "emb.weight 9 3",
            "rnn.weight_ih_l0 4 5",
            "rnn.weight_hh_l0 4 4",
            "rnn.bias_ih_l0 4",
            "rnn.bias_hh_l0 4",
            "top.weight_ih_l0 12 4",
            "top.weight_hh_l0 12 4",
            "top.bias_ih_l0 12",
            "top.bias_hh_l0 12",
            "att.weight 5 4",
            "att.bias 5",
            "v.weight 1 5",
            "fc.weight 2 4",
            "fc.bias 2",
            "norm.weight 4",
            "norm.bias 4",
            "bn.weight 4",
            "bn.bias 4",
            "bn.running_mean 4",
            "bn.running_var 4",
            "conv.weight 4 4 3",
            "conv.bias 4",
            "out.weight 1 7",
            "out.bias 1"
        }) {
            String[] parts = tensor.split(" ", -1);
            int count = 1;
            StringJoiner shape = new StringJoiner(", ", "[", "]");
            for (int i = 1; i < parts.length; i++) {
                count *= Integer.parseInt(parts[i]);
                shape.add(parts[i]);
            }
            header.add("\"" + parts[0] + "\": {\"dtype\": \"F32\", \"shape\": " + shape + ", \"data_offsets\": [" + at
                    + ", " + (at + 4 * count) + "]}");
            at += 4 * count;
        }
        byte[] data = new byte[at];
        Random random = new Random(3);
        for (int i = 0; i < at; i += 4) {
            int bits = Float.floatToIntBits(0.1f + random.nextFloat());
            for (int b = 0; b < 4; b++) {
                data[i + b] = (byte) (bits >> (8 * b));
            }
        }
        return TestFiles.safetensors(header.toString(), data);
    }

    private static void sidecars(List<Model> all) {
        byte[] weights = weights();
        String steps =
                "{\"concat\": [{\"steps\": \"amounts\", \"width\": 2}, {\"embedding\": \"emb\", \"of\": \"mcc\"}]}";
        for (String network : new String[] {
            "[" + steps + ", {\"rnn\": \"rnn\"}, \"h_n\", \"dropout\", {\"linear\": \"fc\"}, \"softmax\"]",
            "{\"states\": [" + steps + ", {\"rnn\": \"rnn\"}, {\"gru\": \"top\"}], \"score\": [\"states\","
                    + " {\"attend\": [{\"linear\": \"att\"}, \"tanh\", {\"linear\": \"v\"}]}, {\"linear\": \"fc\"}],"
                    + " \"tags\": [\"states\", {\"layer_norm\": \"norm\"}, \"relu\", {\"linear\": \"fc\"}]}",
            "[" + steps
                    + ", {\"rnn\": \"rnn\"}, {\"conv1d\": \"conv\", \"padding\": 1}, {\"batch_norm\": \"bn\"}, \"gelu\","
                    + " {\"concat\": [\"mean\", \"max\"]}, \"sigmoid\"]",
            "[" + steps + ", {\"rnn\": \"rnn\"}, {\"concat\": [\"last\", {\"row\": \"profile\", \"width\": 3}]},"
                    + " {\"linear\": \"out\"}, \"sigmoid\"]"
        }) {
            all.add(new Model(
                    "sidecar " + network.substring(0, Math.min(30, network.length())),
                    weights,
                    ("{\"network\": " + network + "}").getBytes(StandardCharsets.UTF_8),
                    false));
        }
    }
}
