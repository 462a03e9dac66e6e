package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.Json;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.Region;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.hdf5.Hdf5;
import io.sparkrnn.tensor.Tensors;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.zip.ZipEntry;
import org.jspecify.annotations.Nullable;

/**
 * Keras models.
 *
 * <pre>
 *   .keras   a zip archive: config.json, what the layers are; metadata.json, which Keras; model.weights.h5, the weights
 *   .h5      an HDF5 file: attribute model_config, what the layers are; keras_version; group model_weights, the weights
 * </pre>
 *
 * <p>Described in <a href="https://keras.io/guides/serialization_and_saving/">Keras' guide</a>. Nothing of a configuration
 * is executed: it is read as plain JSON, and a function of the user's own is refused by its name.
 *
 * @param tensors all arrays, by their paths in the HDF5 file
 */
public record Keras(Tensors tensors, KerasModel model) {
    public static final String CONFIG = "config.json";
    private static final String METADATA = "metadata.json";
    static final String WEIGHTS = "model.weights.h5";

    private static final long LONGEST_CONFIG = 1L << 26;
    /** Up to this many bytes a record may unpack to without question. */
    private static final long ALWAYS_READ = 1L << 26;
    /** How many times larger than its packed form: trained weights hardly compress at all. */
    private static final long MOST_UNPACKED = 64;

    /**
     * A {@code .keras} archive.
     *
     * @param name what messages call the file
     */
    public static Keras archive(String name, ZipRecords records) {
        String version = records.get(METADATA) == null
                ? ""
                : Json.parse(name, METADATA, text(name, records, METADATA))
                        .path("keras_version")
                        .asText();
        JsonNode config = Json.parse(name, CONFIG, text(name, records, CONFIG));
        if (records.get(WEIGHTS) == null) {
            throw new ModelException(
                    name,
                    "the Keras archive has no record " + WEIGHTS + " (it has: " + records.few()
                            + "). Save the model again, in Python: model.save('model.keras')");
        }
        Hdf5 hdf = Hdf5.of(whole(name, records, WEIGHTS, Hdf5.LARGEST), name);
        Tensors tensors = KerasLegacy.renamed(name, hdf.tensors());
        return new Keras(
                tensors,
                new KerasModel(
                        name,
                        tensors,
                        config,
                        new KerasCells(name, !version.startsWith("2.")),
                        KerasWeights.numbered(name, tensors)));
    }

    private static String text(String name, ZipRecords records, String record) {
        return new String(whole(name, records, record, LONGEST_CONFIG), StandardCharsets.UTF_8);
    }

    private static byte[] whole(String name, ZipRecords records, String record, long most) {
        ZipEntry entry = records.get(record);
        if (entry == null) {
            throw new ModelException(name, "the archive has no record " + record + ". It has: " + records.few());
        }
        long size = entry.getSize();
        long packed = Math.max(0, entry.getCompressedSize());
        if (size < 0 || size > most || size > Math.max(ALWAYS_READ, Math.min(most, packed) * MOST_UNPACKED)) {
            throw new ModelException(
                    name,
                    String.format(
                            Locale.ROOT,
                            "record %s would unpack from %,d to %,d bytes; read are up to %,d bytes, and up to %d times its"
                                    + " packed size. Save the recurrent layers in a model of their own",
                            record,
                            packed,
                            size,
                            most,
                            MOST_UNPACKED));
        }
        return records.whole(record);
    }

    /**
     * An {@code .h5} file.
     *
     * @param name what messages call the file
     * @param length of the file in bytes
     * @param architecture what the layers are, {@code model.to_json()}, for a file of weights alone; null where there is none
     */
    public static Keras hdf5(Path file, String name, long length, @Nullable Path architecture) {
        if (length > Hdf5.LARGEST) {
            throw new ModelException(
                    name,
                    "the HDF5 file has " + length + " bytes; read are up to " + Hdf5.LARGEST
                            + ". Save the recurrent layers in a model of their own");
        }
        Hdf5 hdf = Hdf5.of(new Region.InFile(file, name, 0, length).read(0, (int) length), name);
        Tensors tensors = hdf.tensors();
        List<String> config = hdf.text("", "model_config");
        boolean weightsOnly = tensors.names().stream().anyMatch(path -> path.contains("/vars/"))
                || !hdf.text("", "layer_names").isEmpty();
        if (config.size() != 1 && weightsOnly && architecture != null) {
            return weightsAlone(name, hdf, tensors, KerasArchitecture.read(architecture));
        }
        if (config.size() != 1) {
            throw new ModelException(
                    name,
                    weightsOnly
                            ? "the file has the weights of a Keras model, but not what its layers are (save_weights)."
                                    + " Save the whole model, in Python: model.save('model.keras'); or write"
                                    + " model.to_json() into a file of the same name with .json, or name it with"
                                    + " --architecture"
                            : "the file is HDF5, but no Keras model: it has no attribute model_config. It has: "
                                    + ZipRecords.few(List.copyOf(tensors.names())));
        }
        List<String> version = hdf.text("", "keras_version");
        JsonNode parsed = Json.parse(name, "attribute model_config", config.get(0));
        return listed(
                name, hdf, tensors, parsed, !version.isEmpty() && version.get(0).startsWith("3"), "model_weights/");
    }

    private static Keras listed(
            String name, Hdf5 hdf, Tensors tensors, JsonNode config, boolean isKeras3, String root) {
        Tensors whole = KerasLegacy.converted(name, tensors, KerasConfig.layers(name, config), hdf, root);
        return new Keras(
                whole,
                new KerasModel(
                        name,
                        whole,
                        config,
                        new KerasCells(name, isKeras3),
                        KerasWeights.listed(name, whole, hdf, root)));
    }

    /** A file that save_weights() wrote, beside the model's to_json(). */
    private static Keras weightsAlone(String name, Hdf5 hdf, Tensors tensors, JsonNode config) {
        boolean isKeras3 = config.path("keras_version").asText("3").startsWith("3");
        if (tensors.names().stream().noneMatch(path -> path.contains("/vars/"))) {
            return listed(name, hdf, tensors, config, isKeras3, "");
        }
        Tensors renamed = KerasLegacy.renamed(name, tensors);
        return new Keras(
                renamed,
                new KerasModel(
                        name, renamed, config, new KerasCells(name, isKeras3), KerasWeights.numbered(name, renamed)));
    }
}
