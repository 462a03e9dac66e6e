package io.sparkrnn.ml;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.storage.Sha256;
import io.sparkrnn.job.storage.Storage;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.ml.util.MLWriter;

/** Saves a transformer with the files that its network is read from, so that it can be loaded where these are not. */
final class SequenceTransformerWriter extends MLWriter {
    private final SequenceTransformer transformer;

    SequenceTransformerWriter(SequenceTransformer transformer) {
        this.transformer = transformer;
    }

    /**
     * What is saved: Spark's metadata, the files in folders by what they are, and the list of the files.
     *
     * @throws IllegalArgumentException when the network cannot be read, or its files have changed since it was
     */
    @Override
    public void saveImpl(String path) {
        LoadedNetwork network = transformer.network();
        SavedLayout layout = new SavedLayout();
        SequenceTransformer saved = transformer.placed(layout, network);
        Storage storage = Storage.of(sparkSession());
        org.apache.hadoop.fs.Path folder = new org.apache.hadoop.fs.Path(path);
        try {
            saved.metadata().session(sparkSession()).save(path);
            FileSystem fileSystem = folder.getFileSystem(sc().hadoopConfiguration());
            StringBuilder list = new StringBuilder();
            for (Map.Entry<String, Set<String>> file : layout.places().entrySet()) {
                try (Storage.LocalFile local = transformer.isModel(file.getKey())
                        ? storage.localModel(file.getKey())
                        : storage.localFile(file.getKey(), transformer.uid(), ExitCode.MODEL)) {
                    checkIsAsRead(file.getKey(), local.path(), network);
                    for (String place : file.getValue()) {
                        for (Map.Entry<String, Path> one :
                                files(place, local.path()).entrySet()) {
                            copy(one.getValue(), fileSystem, new org.apache.hadoop.fs.Path(folder, one.getKey()));
                            list.append(Sha256.of(one.getValue()))
                                    .append("  ")
                                    .append(one.getKey())
                                    .append('\n');
                        }
                    }
                }
            }
            try (OutputStream out = fileSystem.create(new org.apache.hadoop.fs.Path(folder, SavedFiles.LIST), true)) {
                out.write(list.toString().getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(transformer.uid() + ": cannot save to " + path + ": " + e.getMessage(), e);
        }
    }

    /** What was scored with is what is saved. */
    private void checkIsAsRead(String path, Path local, LoadedNetwork network) {
        String now = Sha256.of(local);
        if (!now.equals(network.digests().get(path))) {
            throw new IllegalArgumentException(
                    transformer.uid() + ": " + path
                            + " has changed since this transformer read it; make a new transformer of the file of now, and save that");
        }
    }

    /** A file by its place; of a folder of arrays each of these. */
    private static Map<String, Path> files(String place, Path local) throws IOException {
        if (!Files.isDirectory(local)) {
            return Map.of(place, local);
        }
        Map<String, Path> files = new TreeMap<>();
        try (Stream<Path> all = Files.list(local)) {
            List<Path> arrays =
                    all.filter(file -> file.toString().endsWith(".npy")).toList();
            arrays.forEach(file -> files.put(place + "/" + file.getFileName(), file));
        }
        return files;
    }

    private static void copy(Path file, FileSystem fileSystem, org.apache.hadoop.fs.Path to) throws IOException {
        try (OutputStream out = fileSystem.create(to, true)) {
            Files.copy(file, out);
        }
    }
}
