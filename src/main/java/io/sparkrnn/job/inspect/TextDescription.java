package io.sparkrnn.job.inspect;

import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.job.inspect.ModelDescription.Choice;
import io.sparkrnn.job.inspect.ModelDescription.Fact;
import io.sparkrnn.job.inspect.ModelDescription.Layers;
import io.sparkrnn.job.inspect.ModelDescription.Refusal;
import io.sparkrnn.job.inspect.ModelDescription.TensorLine;
import io.sparkrnn.job.inspect.ModelDescription.Use;
import io.sparkrnn.job.inspect.NetworkDescription.Given;
import io.sparkrnn.job.inspect.NetworkDescription.Input;
import io.sparkrnn.job.inspect.NetworkDescription.Output;
import io.sparkrnn.job.inspect.NetworkDescription.Part;
import io.sparkrnn.job.inspect.NetworkDescription.Step;
import io.sparkrnn.job.inspect.NetworkDescription.Values;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.options.ModelArguments;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A model for people, line by line. */
final class TextDescription {
    private final ModelDescription model;
    private final StringBuilder text = new StringBuilder();

    TextDescription(ModelDescription model) {
        this.model = model;
    }

    String text() {
        line("file: " + model.file() + " (" + model.kind() + ")");
        sidecar(model.sidecar());
        said();
        Layers layers = model.layers();
        if (layers == null) {
            choice(model.choice());
            tensors(Use.OPEN);
        } else {
            layers(layers);
        }
        NetworkDescription scored = model.scored();
        if (scored != null) {
            network(scored);
        }
        for (Refusal refusal : model.refusals()) {
            line(refusal.what() + ": none that can be used: " + refusal.why());
        }
        return text.toString();
    }

    /** A name from the file may have line breaks in it, and what a terminal obeys. */
    private void line(String line) {
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            text.append(Character.isISOControl(c) ? String.format(Locale.ROOT, "\\u%04x", (int) c) : "" + c);
        }
        text.append(System.lineSeparator());
    }

    private void sidecar(Sidecar sidecar) {
        if (!sidecar.exists()) {
            return;
        }
        line("sidecar: " + sidecar.file()
                + (sidecar.keys().isEmpty()
                        ? " has none of a sidecar's keys"
                        : " says " + String.join(", ", sidecar.keys())));
        if (!sidecar.features().isEmpty()) {
            line("features: " + String.join(", ", sidecar.features()));
        }
        if (!sidecar.mean().isEmpty() || !sidecar.std().isEmpty()) {
            line("mean: " + sidecar.mean() + ", std: " + sidecar.std() + "; used with --standardize");
        }
    }

    /** The whole network that the sidecar says, or one that it may say. */
    private void said() {
        NetworkDescription whole = model.whole();
        if (whole != null && model.sidecar().network() != null) {
            line("network: takes " + listed(whole.inputs()) + "; gives " + listed(whole.outputs()));
        } else if (model.proposed() != null) {
            line("network: the file does not say how its modules are put together. By their order and widths it may be"
                    + " the following, to be put into a sidecar with the functions between them: {\"network\": "
                    + model.proposed() + "}");
        }
    }

    private static String listed(List<?> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    private void choice(Choice choice) {
        line("networks: " + choice.networks().size() + ", chosen with " + choice.option() + ":");
        choice.networks().forEach(prefix -> line("  '" + prefix + "'"));
    }

    private void layers(Layers layers) {
        for (Fact fact : layers.facts()) {
            String value = fact.value() instanceof Long count
                    ? String.format(Locale.ROOT, "%,d", count)
                    : fact.value().toString();
            (fact.key() + ": " + value + fact.remark()).lines().forEach(this::line);
        }
        Choice choice = model.choice();
        line((choice.option().equals(ModelArguments.NODE) ? "node: '" : "prefix: '") + choice.chosen() + "'"
                + (choice.networks().size() > 1
                        ? " of "
                                + choice.networks().stream()
                                        .map(prefix -> "'" + prefix + "'")
                                        .collect(Collectors.joining(", "))
                        : ""));
        if (layers.head() != null) {
            line("head: '" + layers.head().prefix() + "', " + layers.head().head());
        } else if (!layers.likelyHeads().isEmpty()) {
            line("head: none; what looks like one is had with " + ModelArguments.advice(layers.likelyHeads()));
        }
        layers.network().notes().forEach(note -> line("note: " + note));
        tensors(Use.USED);
        if (model.tensors().stream().anyMatch(tensor -> tensor.use() == Use.NOT_USED)) {
            line("other tensors of the file, not used:");
            tensors(Use.NOT_USED);
        }
    }

    private void tensors(Use use) {
        for (TensorLine tensor : model.tensors()) {
            if (tensor.use() == use) {
                line("size of " + tensor.name() + " is " + tensor.shape());
            }
        }
    }

    /** What is said of strings in place of indices. */
    private static String strings(Input input) {
        if (input.strings().isEmpty()) {
            return input.what() == Values.INDICES
                    ? ", or " + input.type().replace("integer", "string") + " with --vocabulary " + input.name()
                            + "=FILE"
                    : "";
        }
        return ", " + input.strings();
    }

    private void network(NetworkDescription network) {
        boolean whole = network.part() == Part.WHOLE;
        if (whole) {
            line("whole network: " + Counts.counted(network.nodes().size(), "node") + ", "
                    + Counts.counted(network.parameters(), "parameter")
                    + "; scored by default. --outputs chooses among its outputs and the states of recurrent layers,"
                    + " hidden_states, h_n and c_n");
        }
        line(
                whole
                        ? "inputs, each a column of its name or of --column INPUT=COLUMN:"
                        : "inputs, the column or columns of --features:");
        for (Input input : network.inputs()) {
            line("  " + input + ": " + input.type() + strings(input));
        }
        line("nodes:");
        for (Step node : network.nodes()) {
            String shapes = node.outputs().stream()
                    .filter(value -> value.shape() != null)
                    .map(NetworkDescription.Value::sizes)
                    .collect(Collectors.joining(", "));
            line("  " + node.operator() + " '" + node.name() + "'" + (shapes.isEmpty() ? "" : ": " + shapes)
                    + (node.parameters() == 0 ? "" : ", " + Counts.counted(node.parameters(), "parameter")));
        }
        line("outputs:");
        for (Output output : network.outputs()) {
            line("  " + output + ": " + output.type()
                    + (output.given() == Given.WHEN_ASKED ? ", with --outputs " + output.name() : ""));
        }
        if (whole) {
            network.notes().forEach(note -> line("note: " + note));
        }
    }
}
