package io.sparkrnn.sample;

import io.sparkrnn.sample.Payments.Payment;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Makes the files of the sample of payments: {@code mvn -B -q -Pbench test-compile exec:exec
 * -Dbench=io.sparkrnn.sample.PaymentsSample -Dbench.arguments=data}. The same files each time, by the same seeds.
 */
public final class PaymentsSample {
    private static final int DAYS = 30;
    private static final Instant BEGIN = Instant.parse("2026-09-01T00:00:00Z");

    private PaymentsSample() {}

    /** Trains the network on clients that are not of the sample, and writes the files into the folder that is named. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        List<List<Payment>> sample = clients(300, 2026);
        RiskNetwork network = new RiskNetwork(new Random(7));
        train(network, clients(3_000, 1));
        System.out.printf(
                "clients that were not trained on: %,d payments, %,d of them disputed; AUC %.4f, of the amount alone %.4f,"
                        + " of the last category and channel alone at best %.4f%n",
                sample.stream().mapToInt(List::size).sum(),
                sample.stream().flatMap(List::stream).filter(Payment::disputed).count(),
                auc(sample, network::risks),
                auc(sample, Each.of(Payment::cents)),
                auc(sample, Each.of(payment -> Payments.CHANNELS.get(payment.channel()).equals("online")
                                && List.of("electronics", "gift_cards", "jewellery")
                                        .contains(Payments.CATEGORIES.get(payment.category()))
                        ? 1
                        : 0)));
        Files.write(folder.resolve("payments_gru.onnx"), network.onnx());
        Files.write(folder.resolve("payments_mcc.txt"), Payments.CATEGORIES);
        Files.write(folder.resolve("payments_channel.txt"), Payments.CHANNELS);
        write(sample, folder.resolve("payments.parquet"));
    }

    private static List<List<Payment>> clients(int count, long seed) {
        Random random = new Random(seed);
        return IntStream.range(0, count)
                .mapToObj(client -> Payments.of(client, DAYS, random))
                .filter(payments -> !payments.isEmpty())
                .toList();
    }

    private static void train(RiskNetwork network, List<List<Payment>> clients) {
        Random random = new Random(3);
        List<List<Payment>> order = new ArrayList<>(clients);
        for (int epoch = 1; epoch <= 12; epoch++) {
            Collections.shuffle(order, random);
            double loss = 0;
            for (List<Payment> payments : order) {
                loss += network.learn(payments);
            }
            System.out.printf(
                    "epoch %2d: cross entropy %.5f a payment%n",
                    epoch, loss / clients.stream().mapToInt(List::size).sum());
        }
    }

    /** A number for each payment of a client. */
    private interface Each extends Function<List<Payment>, double[]> {
        static Each of(ToDoubleFunction<Payment> number) {
            return payments -> payments.stream().mapToDouble(number).toArray();
        }
    }

    /** How often a disputed payment has the larger number of the two, of all pairs with one that is not; half for equal ones. */
    private static double auc(List<List<Payment>> clients, Function<List<Payment>, double[]> numbers) {
        record Told(double number, boolean disputed) {}
        List<Told> all = new ArrayList<>();
        for (List<Payment> payments : clients) {
            double[] told = numbers.apply(payments);
            for (int i = 0; i < told.length; i++) {
                all.add(new Told(told[i], payments.get(i).disputed()));
            }
        }
        double[] not = all.stream().filter(told -> !told.disputed()).mapToDouble(Told::number).sorted().toArray();
        return all.stream()
                .filter(Told::disputed)
                .mapToDouble(told -> Stream.of(told.number())
                        .mapToDouble(number -> below(not, number))
                        .sum())
                .average()
                .orElseThrow();
    }

    private static double below(double[] sorted, double number) {
        double below = 0;
        for (double one : sorted) {
            below += one < number ? 1 : one == number ? 0.5 : 0;
        }
        return below / sorted.length;
    }

    private static void write(List<List<Payment>> clients, Path file) throws IOException {
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.sql.session.timeZone", "UTC")
                .getOrCreate();
        List<Row> rows = clients.stream()
                .flatMap(List::stream)
                .sorted(Comparator.comparingLong(Payment::second).thenComparingInt(Payment::client))
                .map(payment -> RowFactory.create(
                        "client-" + (1_000 + payment.client()),
                        Timestamp.from(BEGIN.plusSeconds(payment.second())),
                        Payments.CATEGORIES.get(payment.category()),
                        Payments.CHANNELS.get(payment.channel()),
                        BigDecimal.valueOf(payment.cents(), 2),
                        payment.disputed()))
                .toList();
        Path folder = Files.createTempDirectory("payments");
        spark.createDataFrame(
                        rows,
                        StructType.fromDDL("client string, ts timestamp, mcc string, channel string, amount decimal(9,2),"
                                + " disputed boolean"))
                .coalesce(1)
                .write()
                .mode("overwrite")
                .parquet(folder.toString());
        try (Stream<Path> files = Files.list(folder)) {
            Path part = files.filter(name -> name.toString().endsWith(".parquet")).findFirst().orElseThrow();
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
        }
        spark.stop();
    }
}
