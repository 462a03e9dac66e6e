package io.sparkrnn.job;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.parquet.RandomTable;
import io.sparkrnn.parquet.Values;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The same work on whatever Spark, Scala and Java this is run with, and a checksum of all results, which must be the same on
 * every one: the golden cases as whole jobs, tables of float lists through {@code sequence-parquet} and Spark's own format
 * both ways, and what inspect says of model files of every kind. Run by {@code .ci/sparks}.
 *
 * <p>Arguments: an empty folder; and the word {@code few} for the first golden cases alone, which have a checksum of their
 * own ("few") in a whole run, too.
 */
public final class SameEverywhere {
    private static final int FEW = 8;
    private static final int TABLES = 6;
    private static final int ROWS = 200;

    private final SparkSession spark;
    private final Path folder;
    private final MessageDigest digest;
    private byte[] sum = new byte[0];

    private SameEverywhere(SparkSession spark, Path folder) throws NoSuchAlgorithmException {
        this.spark = spark;
        this.folder = folder;
        this.digest = MessageDigest.getInstance("SHA-256");
    }

    /** Prints a checksum a piece of work, and at last "checksum", that of them all. */
    public static void main(String[] args) throws IOException, NoSuchAlgorithmException {
        SparkSession spark = SparkSession.builder().getOrCreate();
        spark.conf().set("spark.sql.session.timeZone", "UTC");
        SameEverywhere same = new SameEverywhere(spark, Path.of(args[0]));
        List<Golden.Case> cases = Golden.cases();
        cases.subList(0, FEW).forEach(same::golden);
        System.out.println("few " + same.checksum());
        if (args.length > 1 && args[1].equals("few")) {
            spark.stop();
            return;
        }
        cases.subList(FEW, cases.size()).forEach(same::golden);
        for (int seed = 1; seed <= TABLES; seed++) {
            same.table(seed);
        }
        same.models();
        System.out.println("checksum " + same.checksum());
        spark.stop();
    }

    /** Of all that was added so far, in the order in which it was. */
    private String checksum() {
        return HexFormat.of().formatHex(sum);
    }

    /** Written by us and read by us, then written and read by Spark: other ways to the same bits. */
    private void golden(Golden.Case golden) {
        String name = golden.name();
        List<Row> rows = GoldenTable.rows(
                golden, ModelFile.open(golden.file("io.safetensors"), name).tensors());
        Path input = folder.resolve(name + "-in");
        GoldenTable.of(spark, rows)
                .repartition(2)
                .write()
                .format("sequence-parquet")
                .save(input.toString());
        List<String> direct = score(golden, input, "direct", "model.pt");
        List<String> other = score(golden, input, "spark", "model.safetensors");
        if (!direct.equals(other)) {
            throw new IllegalStateException(name + ": --io direct and --io spark differ");
        }
        add("golden " + name, direct);
    }

    private List<String> score(Golden.Case golden, Path input, String io, String model) {
        Path output = folder.resolve(golden.name() + "-" + io);
        List<String> args = new ArrayList<>(List.of("--input", input.toString(), "--output", output.toString()));
        args.addAll(List.of("--io", io, "--show", "0"));
        if (golden.hasH0()) {
            args.addAll(List.of("--initial-state", "h"));
        }
        if (golden.cell().equals("lstm")) {
            args.addAll(List.of("--outputs", "hidden_states,h_n,c_n"));
            if (golden.hasH0()) {
                args.addAll(List.of("--initial-cell-state", "c"));
            }
        }
        String said = run(Cli.golden(golden, "score", model, args.toArray(String[]::new)));
        if (!said.startsWith("0\n")) {
            throw new IllegalStateException(golden.name() + ": " + said);
        }
        List<Row> rows = new ArrayList<>(spark.read().parquet(output.toString()).collectAsList());
        rows.sort(Comparator.comparingInt(row -> row.getInt(row.fieldIndex("id"))));
        if (rows.size() != golden.batch()) {
            throw new IllegalStateException(golden.name() + ": " + rows.size() + " rows");
        }
        return rows.stream().map(Values::text).toList();
    }

    private void table(int seed) {
        Dataset<Row> table = new RandomTable(new Random(seed)).rows(ROWS);
        List<String> expected = Values.of(table);
        for (String writer : List.of("sequence-parquet", "parquet")) {
            String path = folder.resolve("table-" + seed + "-" + writer).toString();
            table.write().format(writer).save(path);
            for (String reader : List.of("sequence-parquet", "parquet")) {
                if (!Values.of(spark.read().format(reader).load(path)).equals(expected)) {
                    throw new IllegalStateException("table " + seed + " from " + writer + " to " + reader);
                }
            }
        }
        add("table " + seed, expected);
    }

    private void models() throws IOException {
        Path resources = Golden.cases().get(0).folder().resolve("../..").normalize();
        for (String kind : List.of("keras", "pt2", "pickle", "onnx")) {
            List<Path> files;
            try (Stream<Path> found = Files.list(resources.resolve(kind))) {
                files = found.filter(file -> !file.toString().matches(".*\\.(md|py|json|safetensors)"))
                        .sorted()
                        .toList();
            }
            for (Path file : files) {
                String said = run("inspect", "--model", file.toString());
                add("inspect " + file.getFileName(), List.of(said.replace(resources.toString(), "")));
            }
        }
    }

    /** Runs a command; gives its code and what it said. */
    private static String run(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = RootCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return code + "\n" + out + err;
    }

    private void add(String name, List<String> lines) {
        if (lines.isEmpty()) {
            throw new IllegalStateException(name + ": nothing to compare");
        }
        byte[] text = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
        // a chain: the sum so far, and what is added
        digest.update(sum);
        sum = digest.digest(text);
        System.out.printf(Locale.ROOT, "%08x %s%n", java.util.Arrays.hashCode(text), name);
    }
}
