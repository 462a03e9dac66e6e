package io.sparkrnn.job.state;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.state.StateArguments.Allowed;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.job.storage.Sha256;
import io.sparkrnn.model.Precision;
import io.sparkrnn.parquet.InputSources.InputFile;
import io.sparkrnn.parquet.InputSources.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where states are from: the runs that wrote them, and all that they have behind them.
 *
 * @param address of the folder
 * @param runs that wrote it, the last one first; empty before a first night, and where no run tells of it
 * @param applied the inputs that the states have behind them, first to last
 * @param isFirst whether the folder is empty: there is no earlier run
 * @param notes what a user should know, a sentence each
 */
record StateChain(String address, List<Told> runs, List<Applied> applied, boolean isFirst, List<String> notes) {
    /** In a run's file: what it says of states. */
    static final String STATES = "states";

    /** Files of inputs that a chain tells apart; what is older is forgotten. */
    private static final int MOST_FILES = 200_000;

    /** Digits of a digest that tell files apart. */
    private static final int DIGITS = 16;

    private static final List<String> OF_ROWS = List.of("where", "input-query", "input-option", "since", "until");

    /** By which a file's network is another one, or is given other numbers. */
    private static final List<String> OF_NETWORK = List.of(
            "node",
            "state-dict-prefix",
            "tensor-names",
            "nonlinearity",
            "features",
            "column",
            "time-delta",
            "standardize",
            "feature-mean",
            "feature-std");

    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * A run that wrote states.
     *
     * @param ended when, for people
     * @param models the SHA-256 of the model and of what was read beside it
     * @param layers the layers whose states they are, in words; null where it does not say
     * @param key by which it is known; null where it does not say
     * @param options that were in effect
     */
    record Told(
            String id,
            String ended,
            Set<String> models,
            @Nullable String layers,
            @Nullable String key,
            Map<String, String> options) {}

    /**
     * An input that states have behind them.
     *
     * @param run that scored it
     * @param rows a digest of what chose its rows beside the files: the same files with another condition are other rows
     * @param files digests of their paths, sizes and times, or of a table and its version
     */
    record Applied(String run, String rows, Set<String> files) {
        Map<String, Object> said() {
            Map<String, Object> said = new LinkedHashMap<>();
            said.put("run_id", run);
            said.put("rows", rows);
            said.put("files", files);
            return said;
        }
    }

    /**
     * Looks at what a folder's run files say, and refuses states that are not to be taken.
     *
     * @param from the folder, as the user names it
     * @param read the model, and what was read beside it
     */
    static StateChain at(String from, StateArguments arguments, Network network, Precision precision, ReadFiles read) {
        OutputFolders folders = OutputFolders.of(StateArguments.FROM);
        String address = folders.qualified(from);
        if (!folders.exists(address)) {
            throw refused(
                    ExitCode.INPUT,
                    "there is no folder " + address
                            + "; name the --state-output, or the output, of an earlier run. For a first night, before which"
                            + " there is none, make an empty folder there");
        }
        if (folders.isFile(address)) {
            throw refused(ExitCode.INPUT, address + " is a file; expected the folder of an earlier run");
        }
        if (folders.isEmptyFolder(address)) {
            if (arguments.run != null) {
                throw refused(
                        ExitCode.INPUT,
                        address + " is empty, as before a first night, and " + StateArguments.RUN
                                + " asks for the states of " + arguments.run
                                + "; leave that out, or name the folder of that run");
            }
            return new StateChain(
                    address,
                    List.of(),
                    List.of(),
                    true,
                    List.of(address + " is empty: this is a first night, and all sequences began with the network's own"
                            + " states"));
        }
        if (!folders.hasData(address)) {
            throw refused(
                    ExitCode.INPUT,
                    address
                            + " has no rows, and is not empty either: what is there is of a run that did not end, or its"
                            + " files were taken away. Run that one again");
        }
        List<JsonNode> found = found(address);
        StateChain chain = new StateChain(
                address, found.stream().map(StateChain::told).toList(), applied(found), false, new ArrayList<>());
        chain.check(arguments, network, precision, read);
        return chain;
    }

    private static JobException refused(ExitCode code, String why) {
        return new JobException(code, StateArguments.FROM + ": " + why);
    }

    /** The files of runs that made what is in a folder, or in a partition of an output, the last one first. */
    private static List<JsonNode> found(String address) {
        String partition = "";
        String output = address;
        while (true) {
            List<JsonNode> runs = runsIn(output, partition);
            int slash = output.lastIndexOf('/');
            String name = output.substring(slash + 1);
            if (!runs.isEmpty() || !name.contains("=")) {
                return runs;
            }
            output = output.substring(0, slash);
            partition = partition.isEmpty() ? name : name + "/" + partition;
        }
    }

    private static List<JsonNode> runsIn(String output, String partition) {
        RunFolder folder = RunFolder.at(output + "/" + RunFolder.NAME);
        List<JsonNode> runs = new ArrayList<>();
        for (String name : folder.names(".json")) {
            if (name.endsWith(RunFolder.METRICS_ENDING)) {
                continue;
            }
            JsonNode run = parsed(folder.text(name));
            String of = run.path("output").path("partition").asText("");
            of = of.equals("null") ? "" : of;
            if (!run.path("status").asText().equals("done")
                    || !(partition.isEmpty() || of.isEmpty() || of.equals(partition))) {
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

    private static JsonNode parsed(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            // none of ours, or one that was cut off
            return JSON.createObjectNode();
        }
    }

    private static Told told(JsonNode run) {
        Set<String> models = new TreeSet<>();
        run.path("model")
                .path("files")
                .forEach(file -> models.add(file.path("sha256").asText()));
        JsonNode layers = run.path(STATES).path("layers");
        JsonNode plain = run.path("network").path("layers");
        JsonNode key = run.path("key");
        return new Told(
                run.path("run_id").asText(),
                run.path("ended").asText(),
                models,
                layers.isTextual()
                        ? layers.asText()
                        : plain.isTextual()
                                ? layers(
                                        plain.asText(),
                                        run.path("network").path("computed_in").asText())
                                : null,
                key.isTextual() ? key.asText() : null,
                options(run));
    }

    private static List<Applied> applied(List<JsonNode> runs) {
        Map<String, Applied> all = new LinkedHashMap<>();
        for (int i = runs.size() - 1; i >= 0; i--) {
            JsonNode run = runs.get(i);
            for (JsonNode one : run.path(STATES).path("applied")) {
                Set<String> files = new TreeSet<>();
                one.path("files").forEach(file -> files.add(file.asText()));
                Applied applied = new Applied(
                        one.path("run_id").asText(), one.path("rows").asText(), files);
                all.put(applied.run() + " " + applied.rows(), applied);
            }
            if (!run.has(STATES)) {
                Applied own = ofPlain(run);
                all.put(own.run() + " " + own.rows(), own);
            }
        }
        return List.copyOf(all.values());
    }

    /** Of a run that carried nothing: by its list of files, which has the first thousand. */
    private static Applied ofPlain(JsonNode run) {
        Set<String> files = new TreeSet<>();
        for (JsonNode source : run.path("input")) {
            for (String list : List.of("list", "first_files")) {
                for (JsonNode file : source.path(list)) {
                    files.add(digest(file.path("path").asText() + " "
                            + file.path("bytes").asLong() + " "
                            + file.path("modified").asText()));
                }
            }
            if (source.path("version").isTextual()) {
                files.add(ofVersion(
                        source.path("name").asText(), source.path("version").asText()));
            }
        }
        return new Applied(run.path("run_id").asText(), rows(options(run)), files);
    }

    private static Map<String, String> options(JsonNode run) {
        Map<String, String> options = new LinkedHashMap<>();
        run.path("options")
                .properties()
                .forEach(
                        option -> options.put(option.getKey(), option.getValue().asText()));
        return options;
    }

    private static String digest(String text) {
        return Sha256.of(text).substring(0, DIGITS);
    }

    private static String ofVersion(String name, String version) {
        return digest("version " + version + " of " + name);
    }

    /** What chooses rows of the files that are read. */
    private static String rows(Map<String, String> options) {
        StringBuilder chosen = new StringBuilder();
        OF_ROWS.forEach(option -> chosen.append(option)
                .append('=')
                .append(options.getOrDefault(option, ""))
                .append('\n'));
        return digest(chosen.toString());
    }

    /** What a run reads, as {@link #applied} has it. */
    static Applied of(Run run) {
        Set<String> files = new TreeSet<>();
        for (Source source : run.sources()) {
            String name = Secrets.hiddenIn(source.name());
            if (source.version() != null) {
                files.add(ofVersion(name, source.version()));
            }
            for (InputFile file : source.version() == null ? source.files() : List.<InputFile>of()) {
                files.add(digest(Secrets.hiddenIn(file.path()) + " " + file.bytes() + " "
                        + Instant.ofEpochMilli(file.modified())));
            }
        }
        return new Applied(run.id(), rows(run.options()), files);
    }

    private void check(StateArguments arguments, Network network, Precision precision, ReadFiles read) {
        String asked = arguments.run;
        if (runs.isEmpty()) {
            if (asked != null || !arguments.allows(Allowed.NO_RUN_FILE)) {
                throw refused(
                        ExitCode.INPUT,
                        "no run tells of " + address + " (there is no file of a run that is done in " + address + "/"
                                + RunFolder.NAME
                                + "), so that nobody knows of which model the states are and what they have"
                                + " behind them; name the folder of a run"
                                + (asked == null
                                        ? ", or take them as they are with " + StateArguments.ALLOW + " "
                                                + Allowed.NO_RUN_FILE
                                        : ", or do without " + StateArguments.RUN));
            }
            notes.add("no run tells of " + address + "; its states are taken as they are (" + StateArguments.ALLOW + " "
                    + Allowed.NO_RUN_FILE + ")");
            return;
        }
        Told last = runs.get(0);
        if (asked != null && !last.id().equals(asked)) {
            throw refused(
                    ExitCode.INPUT,
                    "the states in " + address + " are of run " + last.id() + ", which ended " + last.ended() + ", and "
                            + StateArguments.RUN + " asks for those of " + asked
                            + "; name the folder of that run, or the run whose states are meant");
        }
        Set<String> models = new TreeSet<>(read.digests().values());
        String layers = layers(network, precision);
        for (Told run : runs) {
            String other = !run.models().equals(models)
                    ? "another model, SHA-256 " + run.models() + ", and this one is " + models
                    : run.layers() != null && !run.layers().equals(layers)
                            ? "other layers, " + run.layers() + ", and here they are " + layers
                            : null;
            if (other == null) {
                continue;
            }
            if (!arguments.allows(Allowed.OTHER_MODEL)) {
                throw refused(
                        ExitCode.MODEL,
                        "the states in " + address + ", of run " + run.id() + ", are of " + other
                                + " (the model, and what is read beside it). States mean something to their own network"
                                + " alone: score the whole history with the new one, or take them all the same with "
                                + StateArguments.ALLOW + " " + Allowed.OTHER_MODEL);
            }
            notes.add("the states of run " + run.id() + " are of " + other + "; they are taken all the same ("
                    + StateArguments.ALLOW + " " + Allowed.OTHER_MODEL + ")");
            return;
        }
    }

    /** The layers whose states are meant, in words that two runs of the same have in common. */
    static String layers(Network network, Precision precision) {
        return layers(StateArguments.layers(network).toString(), precision.toString());
    }

    private static String layers(String layers, String precision) {
        return layers + "; computed in " + precision;
    }

    /**
     * Refuses states that the same file gave with other options.
     *
     * @param now the options in effect
     */
    void checkOptions(Map<String, String> now, StateArguments arguments) {
        for (Told run : runs) {
            for (String option : OF_NETWORK) {
                String was = run.options().get(option);
                String is = now.get(option);
                if (Objects.equals(was, is)) {
                    continue;
                }
                String what = "run " + run.id() + ", of which the states in " + address + " are, had "
                        + (was == null ? "no --" + option : "--" + option + " " + was) + ", and this one has "
                        + (is == null ? "none" : is);
                if (!arguments.allows(Allowed.OTHER_MODEL)) {
                    throw refused(
                            ExitCode.MODEL,
                            what
                                    + ": the network is another one, or is given other numbers; nothing was written. Give the"
                                    + " same, or take the states all the same with " + StateArguments.ALLOW + " "
                                    + Allowed.OTHER_MODEL);
                }
                notes.add(what + "; its states are taken all the same (" + StateArguments.ALLOW + " "
                        + Allowed.OTHER_MODEL + ")");
            }
        }
    }

    /**
     * Refuses an input that the states have behind them already.
     *
     * @param now as {@link #of} gives it
     */
    void checkNotApplied(Applied now, StateArguments arguments) {
        for (Applied before : applied) {
            Set<String> twice = new HashSet<>(before.files());
            twice.retainAll(now.files());
            if (twice.isEmpty() || !before.rows().equals(now.rows())) {
                continue;
            }
            String what = "the states in " + address + " have " + twice.size() + " of the "
                    + now.files().size() + " files of the input behind them already, by run " + before.run();
            if (!arguments.allows(Allowed.APPLIED_TWICE)) {
                throw refused(
                        ExitCode.OUTPUT_EXISTS,
                        what
                                + ": their steps would be applied twice; nothing was written. Name the states that this run is to"
                                + " begin with, those of the run before " + before.run()
                                + ", or an input without these files; or apply them again with " + StateArguments.ALLOW
                                + " "
                                + Allowed.APPLIED_TWICE);
            }
            notes.add(what + ", and are applied again (" + StateArguments.ALLOW + " " + Allowed.APPLIED_TWICE + ")");
            return;
        }
    }

    /** The run that wrote them last; null where none tells of it. */
    @Nullable
    String lastRun() {
        return runs.isEmpty() ? null : runs.get(0).id();
    }

    /**
     * What a run's file says of the states that it carries.
     *
     * @param former those that it began with; null where it began with none
     * @param now what it applied
     */
    static Map<String, Object> said(@Nullable StateChain former, Applied now, Network network, Precision precision) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("layers", layers(network, precision));
        if (former != null) {
            Map<String, Object> from = new LinkedHashMap<>();
            from.put("address", Secrets.hiddenIn(former.address));
            from.put("run_id", former.lastRun());
            from.put("first_night", former.isFirst);
            said.put("from", from);
        }
        List<Applied> all = new ArrayList<>(former == null ? List.of() : former.applied);
        all.add(now);
        said.put("applied", kept(all).stream().map(Applied::said).toList());
        return said;
    }

    /** The last of them, with no more files than a run's file has room for. */
    private static List<Applied> kept(List<Applied> all) {
        long files =
                all.stream().map(Applied::files).mapToLong(Collection::size).sum();
        List<Applied> kept = new ArrayList<>(all);
        for (int i = 0; i < kept.size() - 1 && files > MOST_FILES; i++) {
            Applied old = kept.get(i);
            files -= old.files().size();
            kept.set(i, new Applied(old.run(), old.rows(), Set.of()));
        }
        return kept;
    }

    /** Whether the last run that wrote a folder is known by a key. */
    static boolean isOf(String address, String key) {
        return Stream.of(runsIn(address, ""))
                .flatMap(List::stream)
                .limit(1)
                .map(StateChain::told)
                .anyMatch(run -> Objects.equals(run.key(), key));
    }
}
