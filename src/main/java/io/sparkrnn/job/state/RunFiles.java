package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.storage.RunFolder;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The files of runs that are done, the last one first. */
final class RunFiles {
    private RunFiles() {}

    /** All of a folder, read as they are asked for. */
    static Stream<JsonNode> in(RunFolder folder) {
        return folder.names(".json").stream()
                .filter(name -> !name.endsWith(RunFolder.METRICS_ENDING))
                .map(name -> folder.json(name))
                .filter(RunFiles::isDone);
    }

    private static boolean isDone(JsonNode run) {
        return run.path("status").asText().equals("done");
    }

    /** That of a run; null where there is none that is done. */
    static @Nullable JsonNode of(RunFolder folder, String id) {
        JsonNode run = folder.json(id + ".json");
        return isDone(run) ? run : null;
    }

    /** Of those that made what is in a folder, or in a partition of an output. */
    static List<JsonNode> behind(String address) {
        String partition = "";
        String output = address;
        while (true) {
            List<JsonNode> runs = behind(output, partition);
            int slash = output.lastIndexOf('/');
            String name = output.substring(slash + 1);
            if (!runs.isEmpty() || !name.contains("=")) {
                return runs;
            }
            output = output.substring(0, slash);
            partition = partition.isEmpty() ? name : name + "/" + partition;
        }
    }

    private static List<JsonNode> behind(String output, String partition) {
        List<JsonNode> runs = new ArrayList<>();
        for (JsonNode run : (Iterable<JsonNode>) in(RunFolder.at(output + "/" + RunFolder.NAME))::iterator) {
            String of = run.path("output").path("partition").asText("");
            of = of.equals("null") ? "" : of;
            if (!(partition.isEmpty() || of.isEmpty() || of.equals(partition))) {
                continue;
            }
            runs.add(run);
            boolean besides = !of.isEmpty() && partition.isEmpty();
            if (!besides && !run.path("output").path("mode").asText().equals("append")) {
                // what was there before it is not what is there now
                break;
            }
        }
        return runs;
    }
}
