package io.sparkrnn.format.statedict;

import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A network as the names and shapes of a state dict suggest it: its modules in the file's order, which is that of their making;
 * tables called after an embedding beside the features; after the last recurrent layers their last step, where something
 * follows.
 */
final class SidecarProposal {
    private static final int MOST_MODULES = 200;

    /** What stands in a checkpoint beside a network: what was trained with, and what counts. */
    private static final Pattern BESIDE = Pattern.compile(
            "(?i)(^|\\.)(optimizer[^.]*|scheduler|scaler|criterion|loss(_fn|_func|_function)?|metrics?|(train|val|test)_[a-z0-9_]+)"
                    + "\\.|(^|[._])(class_weights?|loss_weights?|pos_weight|global_step|epoch|num_batches_tracked|n_averaged)$");

    /** A copy of a network beside it: of averaged weights, or one that is trained towards. */
    private static final Pattern COPY = Pattern.compile(
            "(?i)^(.*\\.)?(ema|model_ema|ema_model|swa|swa_model|averaged_model|target|target_net|teacher)\\.");

    /** A name that needs no escaping in JSON. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_.\\-]*");

    private SidecarProposal() {}

    /**
     * A network in a line of JSON; it may still not fit together.
     *
     * @param all the prefixes of the recurrent layers
     * @return empty when the file has nothing but one recurrent network, or modules of no known kind
     */
    static Optional<String> of(Tensors tensors, List<String> all) {
        List<String> recurrent = all;
        Map<String, String> kinds = new LinkedHashMap<>();
        boolean several = tensors.names().stream().anyMatch(name -> !name.startsWith("optimizer"))
                && recurrent.stream().anyMatch(prefix -> !COPY.matcher(prefix).find());
        for (String name : tensors.names()) {
            if (BESIDE.matcher(name).find() || (several && COPY.matcher(name).find())) {
                continue;
            }
            String module = name.substring(0, Math.max(0, name.lastIndexOf('.')));
            String prefix = module.isEmpty() ? "" : module + ".";
            if (!kinds.containsKey(module)) {
                String kind = recurrent.contains(prefix) ? layers(tensors, prefix) : kind(tensors, prefix);
                if (kind.isEmpty() || !PLAIN.matcher(module).matches()) {
                    return Optional.empty();
                }
                kinds.put(module, kind);
            }
        }
        recurrent = recurrent.stream()
                .filter(prefix -> kinds.containsKey(prefix.substring(0, Math.max(0, prefix.length() - 1))))
                .toList();
        if (kinds.size() < 2 || kinds.size() > MOST_MODULES || recurrent.isEmpty()) {
            return Optional.empty();
        }
        List<String> columns = new ArrayList<>();
        List<String> steps = new ArrayList<>();
        int lastRecurrent = -1;
        String before = "";
        for (Map.Entry<String, String> entry : kinds.entrySet()) {
            String module = entry.getKey();
            if (entry.getValue().equals("embedding")) {
                columns.add("{\"embedding\": \"" + module + "\", \"of\": \"" + column(module) + "\"}");
            } else {
                if (leavesOut(before, module)) {
                    steps.add("\"relu\"");
                }
                before = module;
                steps.add("{\"" + entry.getValue() + "\": \"" + module + "\"}");
                if (recurrent.contains(module.isEmpty() ? "" : module + ".")) {
                    lastRecurrent = steps.size();
                }
            }
        }
        if (lastRecurrent < steps.size()) {
            steps.add(lastRecurrent, "\"last\"");
        }
        if (!columns.isEmpty()) {
            boolean alone = columns.size() == 1 && width(tensors, kinds) == 0;
            steps.add(0, alone ? columns.get(0) : "{\"concat\": [\"features\", " + String.join(", ", columns) + "]}");
        }
        return Optional.of("[" + String.join(", ", steps) + "]");
    }

    /** Whether an nn.Sequential has a module without weights between two of its own, as fc.0 and fc.2: a function, mostly. */
    private static boolean leavesOut(String before, String module) {
        int dot = module.lastIndexOf('.');
        return dot > 0
                && before.startsWith(module.substring(0, dot + 1))
                && before.substring(dot + 1).matches("\\d{1,4}")
                && module.substring(dot + 1).matches("\\d{1,4}")
                && Integer.parseInt(module.substring(dot + 1)) - Integer.parseInt(before.substring(dot + 1)) > 1;
    }

    /** How many numbers the first module after the embeddings takes beside theirs. */
    private static long width(Tensors tensors, Map<String, String> kinds) {
        long left = 0;
        for (Map.Entry<String, String> entry : kinds.entrySet()) {
            String weight = entry.getKey() + ".weight";
            if (entry.getValue().equals("embedding")) {
                left -= tensors.shape(weight).size(1);
            } else {
                String ih = entry.getKey() + ".weight_ih_l0";
                return left
                        + (tensors.has(ih)
                                ? tensors.shape(ih).size(1)
                                : tensors.has(weight) && tensors.shape(weight).rank() > 1
                                        ? tensors.shape(weight).size(1)
                                        : 0);
            }
        }
        return left;
    }

    private static String layers(Tensors tensors, String prefix) {
        String hh = prefix + "weight_hh_l0";
        if (!tensors.has(hh)
                || tensors.shape(hh).rank() != 2
                || tensors.shape(hh).size(1) == 0) {
            return "";
        }
        String hr = prefix + "weight_hr_l0";
        long hidden = tensors.has(hr) && tensors.shape(hr).rank() == 2
                ? tensors.shape(hr).size(1)
                : tensors.shape(hh).size(1);
        long gates = tensors.shape(hh).size(0) / Math.max(1, hidden);
        return gates == 4 ? "lstm" : gates == 3 ? "gru" : gates == 1 ? "rnn" : "";
    }

    private static String kind(Tensors tensors, String prefix) {
        if (tensors.has(prefix + "running_mean")) {
            return "batch_norm";
        }
        String weight = prefix + "weight";
        if (!tensors.has(weight)) {
            return "";
        }
        Shape shape = tensors.shape(weight);
        boolean bias = tensors.has(prefix + "bias");
        return switch (shape.rank()) {
            case 1 -> shape.size(0) == 1 ? "prelu" : "layer_norm";
            case 2 -> !bias && prefix.contains("emb") ? "embedding" : "linear";
            case 3 -> "conv1d";
            default -> "";
        };
    }

    private static String column(String module) {
        String own = module.substring(module.lastIndexOf('.') + 1).replaceFirst("_?(embeddings?|embed|emb)_?", "");
        return own.isEmpty() ? "index" : own;
    }
}
