package io.sparkrnn.job;

import io.sparkrnn.spark.LocalSpark;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A command as it was run, in this JVM: what it ended with and what it printed. */
public record Cli(int code, String out, String err) {
    public static Cli run(String... args) {
        LocalSpark.session();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = RootCommand.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
        return new Cli(code, out.toString(), err.toString());
    }

    /** The arguments that name a golden case's file and what the file does not say. */
    public static String[] golden(io.sparkrnn.Golden.Case golden, String command, String file, String... more) {
        List<String> args =
                new ArrayList<>(List.of(command, "--model", golden.file(file).toString()));
        // A graph says it itself.
        if (golden.cell().startsWith("rnn_") && !file.endsWith(".onnx")) {
            args.addAll(List.of("--nonlinearity", golden.cell().replace("rnn_", "")));
        }
        String prefix =
                java.util.Objects.requireNonNull(golden.files().get(file)).prefix();
        if (prefix != null && !prefix.isEmpty()) {
            args.addAll(List.of("--state-dict-prefix", prefix));
        }
        args.addAll(Arrays.asList(more));
        return args.toArray(String[]::new);
    }

    @Override
    public String toString() {
        return "exit code " + code + "\nout: " + out + "\nerr: " + err;
    }
}
