package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The sample of payments in data/: what its network gives, against ONNX Runtime, and day by day against all at once. */
class SamplePaymentsTest {
    private static final String MODEL = "data/payments_gru.onnx";

    @TempDir
    Path folder;

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private static List<String> score(String... more) {
        List<String> args = new ArrayList<>(List.of(
                "score",
                "--model",
                MODEL,
                "--input",
                "data/payments.parquet",
                "--layout",
                "events",
                "--id",
                "client",
                "--order-by",
                "ts",
                "--time-delta",
                "pause,h",
                "--keep",
                "mcc,channel,amount,disputed",
                "--step-output"));
        args.addAll(List.of(more));
        return args;
    }

    private static void done(List<String> args) {
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertThat(cli.code()).as(cli.toString()).isZero();
    }

    private List<Row> rows(String... folders) {
        String[] paths = Arrays.stream(folders).map(this::path).toArray(String[]::new);
        return LocalSpark.session()
                .read()
                .parquet(paths)
                .orderBy("client", "ts")
                .collectAsList();
    }

    private static float risk(Row row) {
        return row.<Float>getList(row.fieldIndex("risk")).get(0);
    }

    @Test
    void itsRisksAreThoseOfOnnxRuntimeAndTellDisputedPayments() throws IOException, OrtException {
        done(score("--output", path("whole")));
        Map<String, List<Row>> clients = new TreeMap<>();
        rows("whole")
                .forEach(row -> clients.computeIfAbsent(row.getString(0), any -> new ArrayList<>())
                        .add(row));
        assertThat(clients).hasSize(300);
        List<String> categories = Files.readAllLines(Path.of("data/payments_mcc.txt"));
        List<String> channels = Files.readAllLines(Path.of("data/payments_channel.txt"));
        int found = 0;
        int disputed = 0;
        int wrong = 0;
        double largest = 0;
        try (OrtEnvironment runtime = OrtEnvironment.getEnvironment();
                OrtSession session = runtime.createSession(MODEL, new OrtSession.SessionOptions())) {
            for (List<Row> payments : clients.values()) {
                int steps = payments.size();
                long[][] mcc = new long[1][steps];
                long[][] channel = new long[1][steps];
                float[][][] amount = new float[1][steps][1];
                float[][][] pause = new float[1][steps][1];
                for (int t = 0; t < steps; t++) {
                    Row row = payments.get(t);
                    mcc[0][t] = categories.indexOf(row.getString(2));
                    channel[0][t] = channels.indexOf(row.getString(3));
                    amount[0][t][0] = row.getDecimal(4).floatValue();
                    pause[0][t][0] = t == 0
                            ? 0
                            : (float) ((row.getTimestamp(1).getTime()
                                            - payments.get(t - 1)
                                                    .getTimestamp(1)
                                                    .getTime())
                                    / 3_600_000.0);
                }
                try (OrtSession.Result result = session.run(Map.of(
                        "mcc",
                        OnnxTensor.createTensor(runtime, mcc),
                        "channel",
                        OnnxTensor.createTensor(runtime, channel),
                        "amount",
                        OnnxTensor.createTensor(runtime, amount),
                        "pause",
                        OnnxTensor.createTensor(runtime, pause)))) {
                    float[][][] risks = (float[][][]) result.get(0).getValue();
                    for (int t = 0; t < steps; t++) {
                        largest = Math.max(largest, Math.abs(risks[0][t][0] - risk(payments.get(t))));
                    }
                }
                for (Row row : payments) {
                    boolean isDisputed = row.getBoolean(5);
                    disputed += isDisputed ? 1 : 0;
                    found += isDisputed && risk(row) > 0.5 ? 1 : 0;
                    wrong += !isDisputed && risk(row) > 0.5 ? 1 : 0;
                }
            }
        }
        assertThat(largest).as("against ONNX Runtime").isLessThan(1e-6);
        assertThat(disputed).isEqualTo(187);
        assertThat(List.of(found, wrong)).as("as data/README.md has it").containsExactly(184, 47);
    }

    @Test
    void daysGoneOnWithAreTheWhole() throws IOException {
        Files.createDirectories(folder.resolve("states/2026-08-31"));
        List<String> args = new ArrayList<>(List.of("backfill", "--first", "2026-09-01", "--last", "2026-09-04"));
        args.addAll(score(
                "--since",
                "{day}",
                "--until",
                "{next}",
                "--output",
                path("day={day}"),
                "--initial-state-from",
                path("states/{before}"),
                "--state-output",
                path("states/{day}")));
        done(args);
        done(score("--until", "2026-09-05", "--output", path("whole")));
        List<String> whole = rows("whole").stream().map(Row::toString).toList();
        List<String> days = rows("day=2026-09-01", "day=2026-09-02", "day=2026-09-03", "day=2026-09-04").stream()
                .map(Row::toString)
                .toList();
        assertThat(days).hasSizeGreaterThan(500).isEqualTo(whole);
    }
}
