package io.sparkrnn.format;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.onnx.GraphCase;
import io.sparkrnn.format.onnx.HostileGraphs;
import io.sparkrnn.format.onnx.NetworkCases;
import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.format.onnx.OperatorCases;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Changes the model files of src/test/resources at random, and whole networks that are made here ({@link WholeFiles}), and opens
 * them: each must be read, or refused with a {@link ModelException}, in seconds and in the memory there is. A graph that was
 * read is run. Case N of a seed is always the same, so that one can be repeated.
 *
 * <p>Some thousands run in the ordinary tests; for more, see {@link #main}.
 */
final class ModelFuzz {
    private static final Set<String> SUFFIXES = Set.of("safetensors", "pt", "pth", "npz", "keras", "h5", "pt2", "onnx");

    /** Larger ones take longer and show nothing else. */
    private static final int LARGEST = 40_000;

    /** Several small ones of each kind and folder. */
    private static final int MOST_ALIKE = 6;

    private static final long SLOW_NANOS = 15_000_000_000L;

    /** The file that is opened, and the one beside it. */
    private static final String CASE = "case.h5";

    private static final String BESIDE = "case.json";

    private final List<Path> files;

    /** Whole networks, which are made here. */
    private final List<byte[]> graphs = graphs();

    private final List<WholeFiles.Model> wholes;
    private final Of of;

    private final long seed;
    private final Path work;
    private volatile long started = Long.MAX_VALUE;
    private volatile String running = "";

    /** What became of a case. */
    enum Outcome {
        READ,
        REFUSED
    }

    /** What is changed. */
    enum Of {
        ALL,
        WHOLE_NETWORKS
    }

    ModelFuzz(long seed, Path work) {
        this(seed, work, Of.ALL, null);
    }

    private ModelFuzz(long seed, Path work, Of of, @Nullable Path further) {
        this.seed = seed;
        this.work = work;
        this.of = of;
        files = files();
        wholes = new ArrayList<>(WholeFiles.all(work));
        if (further != null) {
            wholes.addAll(WholeFiles.of(further));
        }
    }

    /**
     * A million cases take some minutes:
     *
     * <pre>
     *   mvn -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.format.ModelFuzz \
     *       -Dbench.options=-Xmx300m -Dbench.arguments="SEED FROM COUNT"
     * </pre>
     *
     * A fourth argument, {@code whole}, has whole networks alone changed: ONNX graphs, Keras models, sidecars and architectures;
     * a fifth is a folder of model files, each with its {@code .json} beside it, that are changed, too.
     * Prints and keeps each case that went wrong; exits with 1 then.
     */
    public static void main(String[] args) throws IOException {
        long seed = args.length > 0 ? Long.parseLong(args[0]) : 1;
        long from = args.length > 1 ? Long.parseLong(args[1]) : 0;
        long count = args.length > 2 ? Long.parseLong(args[2]) : 1_000_000;
        Path work = Files.createTempDirectory("model-fuzz-");
        ModelFuzz fuzz = new ModelFuzz(
                seed,
                work,
                args.length > 3 && args[3].equals("whole") ? Of.WHOLE_NETWORKS : Of.ALL,
                args.length > 4 ? Path.of(args[4]) : null);
        fuzz.watch();
        Map<Outcome, Long> outcomes = new TreeMap<>();
        long wrong = 0;
        long start = System.nanoTime();
        for (long n = from; n < from + count; n++) {
            try {
                outcomes.merge(fuzz.run(n), 1L, Long::sum);
            } catch (AssertionError e) {
                wrong++;
                System.out.println(e.getMessage() + " (" + e.getCause() + ")");
                for (String name : List.of(CASE, BESIDE)) {
                    if (Files.exists(work.resolve(name))) {
                        Files.copy(
                                work.resolve(name),
                                Path.of(work + "-" + seed + "-" + n + "-" + name),
                                StandardCopyOption.REPLACE_EXISTING);
                    }
                }
            }
            if ((n - from) % 50_000 == 49_999) {
                System.out.println((n - from + 1) + " cases in " + (System.nanoTime() - start) / 1_000_000_000 + " s: "
                        + outcomes + ", wrong " + wrong);
            }
        }
        System.out.println("done: seed " + seed + ", cases " + from + " to " + (from + count - 1) + " of "
                + fuzz.files.size() + " files, " + fuzz.graphs.size() + " graphs, " + fuzz.wholes.size()
                + " files with a file beside them: " + outcomes + ", wrong " + wrong);
        Files.deleteIfExists(work.resolve(CASE));
        Files.deleteIfExists(work.resolve(BESIDE));
        Files.deleteIfExists(work);
        System.exit(wrong == 0 ? 0 : 1);
    }

    /** Ends the process when a case does not end. */
    private void watch() {
        Thread watch = new Thread(() -> {
            while (true) {
                try {
                    Thread.sleep(1000);
                } catch (InterruptedException e) {
                    return;
                }
                if (System.nanoTime() - started > 8 * SLOW_NANOS && started != Long.MAX_VALUE) {
                    System.out.println("hangs: " + running);
                    Runtime.getRuntime().halt(2);
                }
            }
        });
        watch.setDaemon(true);
        watch.start();
    }

    /** The model files among the test resources, in a fixed order. */
    private static List<Path> files() {
        Path root;
        try {
            root = Objects.requireNonNull(Path.of(Objects.requireNonNull(ModelFuzz.class.getResource("/golden"))
                            .toURI())
                    .getParent());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
        Map<String, Integer> alike = new TreeMap<>();
        List<Path> found = new ArrayList<>();
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
                String name = String.valueOf(file.getFileName());
                String suffix = name.substring(name.lastIndexOf('.') + 1);
                if (!SUFFIXES.contains(suffix) || name.equals("io.safetensors") || Files.size(file) > LARGEST) {
                    continue;
                }
                // Golden folders have the same names each; other folders have each file once.
                if (alike.merge(name, 1, Integer::sum) <= MOST_ALIKE) {
                    found.add(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    /** Of each kind of whole network several, and one of each operator. */
    private static List<byte[]> graphs() {
        List<byte[]> graphs = new ArrayList<>();
        for (long seed = 1; seed <= 3; seed++) {
            for (Consumer<GraphCase> maker : NetworkCases.all().values()) {
                graphs.add(graph(seed, maker));
            }
        }
        OperatorCases.all().values().forEach(maker -> graphs.add(graph(1, maker)));
        return graphs;
    }

    private static byte[] graph(long seed, Consumer<GraphCase> maker) {
        GraphCase drawn = new GraphCase(new Random(seed), OnnxWriter.FLOAT);
        maker.accept(drawn);
        return drawn.bytes();
    }

    int fileCount() {
        return files.size();
    }

    /**
     * Runs case {@code n}.
     *
     * @throws AssertionError when anything else than a ModelException came of it, or it took too long
     */
    Outcome run(long n) throws IOException {
        Random random = new Random(seed * 1_000_003 + n);
        // A third of all are graphs, a sixth are whole networks of which a second file is a part.
        int kind = of == Of.ALL ? random.nextInt(6) : random.nextInt(4);
        byte[] changed;
        byte[] beside = null;
        String from;
        if (kind < 2) {
            int graph = random.nextInt(graphs.size());
            from = "graph " + graph;
            changed = mutated(random, graphs.get(graph));
        } else if (kind == 2 || of == Of.WHOLE_NETWORKS) {
            WholeFiles.Model whole = wholes.get(random.nextInt(wholes.size()));
            from = whole.name();
            changed = whole.file();
            beside = whole.beside();
            if (beside == null || random.nextInt(4) == 0) {
                changed = whole.isText() ? JsonMutations.within(random, changed) : mutated(random, changed);
            } else {
                beside = random.nextInt(3) == 0 ? mutated(random, beside) : JsonMutations.of(random, beside);
            }
        } else {
            Path source = files.get(random.nextInt(files.size()));
            from = String.valueOf(source);
            changed = changed(random, source);
        }
        running = "case " + n + " of seed " + seed + ", from " + from;
        Path file = work.resolve(CASE);
        put(file, changed);
        put(work.resolve(BESIDE), beside);
        started = System.nanoTime();
        Outcome outcome;
        try {
            read(file);
            outcome = Outcome.READ;
        } catch (ModelException e) {
            outcome = Outcome.REFUSED;
        } catch (RuntimeException | Error e) {
            throw new AssertionError(running, e);
        }
        long took = System.nanoTime() - started;
        started = Long.MAX_VALUE;
        if (took > SLOW_NANOS) {
            throw new AssertionError(running + " took " + took / 1_000_000 + " ms");
        }
        return outcome;
    }

    private static void put(Path file, byte @Nullable [] bytes) throws IOException {
        // A file system may flush one that is cut and written anew to the disk, which takes long.
        Files.deleteIfExists(file);
        if (bytes != null) {
            Files.write(file, bytes);
        }
    }

    private void read(Path file) {
        ModelFile opened = ModelFile.open(file, "f", Companions.in(work));
        try {
            for (String name : opened.tensors().names()) {
                opened.tensors().get(name);
            }
        } catch (ModelException e) {
            // One tensor may be unreadable; the networks are to be tried all the same.
            Objects.requireNonNull(e.getMessage());
        }
        try {
            HostileGraphs.run(opened.whole().map(WholeNetwork::graph).orElse(null));
        } catch (ModelException e) {
            Objects.requireNonNull(e.getMessage());
        }
        for (String prefix : opened.prefixes()) {
            boolean node = opened.option().equals("--node");
            opened.network(
                    node
                            ? ModelOptions.none().withNode(prefix)
                            : ModelOptions.none().withStateDictPrefix(prefix));
        }
    }

    private byte[] changed(Random random, Path source) throws IOException {
        byte[] bytes = Files.readAllBytes(source);
        boolean zip = bytes.length > 4 && bytes[0] == 'P' && bytes[1] == 'K';
        if (zip && random.nextBoolean()) {
            byte[] inner = recordChanged(random, source);
            if (inner != null) {
                return inner;
            }
        }
        return mutated(random, bytes);
    }

    /** The archive with a change in one of its records, its check sums right: what is in it gets to be looked at. */
    private byte @Nullable [] recordChanged(Random random, Path source) throws IOException {
        Map<String, byte[]> records = new LinkedHashMap<>();
        try (ZipFile zip = new ZipFile(source.toFile())) {
            for (ZipEntry entry : zip.stream().toList()) {
                try (var in = zip.getInputStream(entry)) {
                    records.put(entry.getName(), in.readAllBytes());
                }
            }
        }
        List<String> names = List.copyOf(records.keySet());
        String chosen = names.get(random.nextInt(names.size()));
        byte[] record = Objects.requireNonNull(records.get(chosen));
        if (record.length == 0) {
            return null;
        }
        records.put(chosen, mutated(random, record));
        return TestFiles.zip(records);
    }

    static byte[] mutated(Random random, byte[] whole) {
        byte[] bytes = whole.clone();
        for (int i = 1 + (random.nextInt(3) == 0 ? random.nextInt(6) : 0); i > 0 && bytes.length > 0; i--) {
            bytes = mutatedOnce(random, bytes);
        }
        return bytes;
    }

    private static byte[] mutatedOnce(Random random, byte[] bytes) {
        int at = random.nextInt(bytes.length);
        switch (random.nextInt(10)) {
            case 0, 1 -> bytes[at] = (byte) random.nextInt(256);
            case 2, 3 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
            case 4 -> {
                // A number of 2, 4 or 8 bytes with a value that readers stumble over.
                int length = Math.min(2 << random.nextInt(3), bytes.length - at);
                long value = switch (random.nextInt(6)) {
                    case 0 -> -1;
                    case 1 -> Long.MAX_VALUE;
                    case 2 -> Integer.MAX_VALUE;
                    case 3 -> bytes.length;
                    case 4 -> random.nextInt(bytes.length);
                    default -> 0;
                };
                for (int i = 0; i < length; i++) {
                    bytes[at + i] = (byte) (value >> (8 * i));
                }
            }
            case 5 -> {
                int length = Math.min(1 + random.nextInt(64), bytes.length - at);
                byte fill = (byte) (random.nextBoolean() ? 0 : random.nextInt(256));
                Arrays.fill(bytes, at, at + length, fill);
            }
            case 6 -> {
                int length = Math.min(1 + random.nextInt(64), bytes.length - at);
                System.arraycopy(bytes, random.nextInt(bytes.length - length + 1), bytes, at, length);
            }
            case 7 -> {
                return Arrays.copyOf(bytes, at);
            }
            case 8 -> {
                // A stretch taken out.
                int length = Math.min(1 + random.nextInt(32), bytes.length - at);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.write(bytes, 0, at);
                out.write(bytes, at + length, bytes.length - at - length);
                return out.toByteArray();
            }
            default -> {
                // A stretch said twice, or a number made one digit longer.
                int length = Math.min(1 + random.nextInt(32), bytes.length - at);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.write(bytes, 0, at + length);
                out.write(bytes, at, bytes.length - at);
                return out.toByteArray();
            }
        }
        return bytes;
    }
}
