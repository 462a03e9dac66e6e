package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.state.StateArguments.Allowed;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Where states are from: the runs that wrote them, and all that they have behind them.
 *
 * @param origin where they are
 * @param runs that wrote them, the last one first; empty before a first night, and where no run tells of them
 * @param applied the inputs that the states have behind them, first to last
 * @param isFirst whether there is no earlier run
 * @param notes what a user should know, a sentence each
 */
record StateChain(StateOrigin origin, List<Told> runs, List<Applied> applied, boolean isFirst, List<String> notes) {
    /** Files of inputs that a chain tells apart; what is older is forgotten. */
    private static final int MOST_FILES = 200_000;

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

    /**
     * What is to begin with the states.
     *
     * @param read the model, and what was read beside it
     */
    record Taker(StateArguments arguments, Network network, Precision precision, ReadFiles read) {}

    /** Of states before which there is no run. */
    static StateChain first(StateOrigin origin, Taker taker, String is) {
        String asked = taker.arguments.run;
        if (asked != null) {
            throw origin.refused(
                    ExitCode.INPUT,
                    origin.address() + " " + is + ", as before a first night, and " + StateArguments.RUN
                            + " asks for the states of " + asked + "; leave that out, or name those of that run");
        }
        return new StateChain(
                origin,
                List.of(),
                List.of(),
                true,
                List.of(origin.address() + " " + is
                        + ": this is a first night, and all sequences began with the network's own states"));
    }

    /**
     * Of states that are there; refuses such as are not to be taken.
     *
     * @param runs the files of those that wrote them, the last one first
     * @param untold what to say where there are none
     */
    static StateChain of(StateOrigin origin, List<JsonNode> runs, String untold, Taker taker) {
        List<Told> told = runs.stream().map(Told::of).toList();
        StateChain chain = new StateChain(origin, told, applied(told), false, new ArrayList<>());
        if (told.isEmpty()) {
            chain.checkUntold(taker.arguments, untold);
        } else {
            chain.check(taker);
        }
        return chain;
    }

    private static List<Applied> applied(List<Told> runs) {
        Map<String, Applied> all = new LinkedHashMap<>();
        for (int i = runs.size() - 1; i >= 0; i--) {
            runs.get(i).applied().forEach(applied -> all.put(applied.run() + " " + applied.rows(), applied));
        }
        return List.copyOf(all.values());
    }

    private void checkUntold(StateArguments arguments, String untold) {
        String asked = arguments.run;
        String address = origin.address();
        if (asked != null || !arguments.allows(Allowed.NO_RUN_FILE)) {
            throw origin.refused(
                    ExitCode.INPUT,
                    "no run tells of " + address + " (" + untold
                            + "), so that nobody knows of which model the states are and what they have"
                            + " behind them; name those of a run"
                            + (asked == null
                                    ? ", or take them as they are with " + StateArguments.ALLOW + " "
                                            + Allowed.NO_RUN_FILE
                                    : ", or do without " + StateArguments.RUN));
        }
        notes.add("no run tells of " + address + "; its states are taken as they are (" + StateArguments.ALLOW + " "
                + Allowed.NO_RUN_FILE + ")");
    }

    private void check(Taker taker) {
        StateArguments arguments = taker.arguments;
        String asked = arguments.run;
        String address = origin.address();
        Told last = runs.get(0);
        if (asked != null && !last.id().equals(asked)) {
            throw origin.refused(
                    ExitCode.INPUT,
                    "the states in " + address + " are of run " + last.id() + ", which ended " + last.ended() + ", and "
                            + StateArguments.RUN + " asks for those of " + asked
                            + "; name those of that run, or the run whose states are meant");
        }
        Set<String> models = new TreeSet<>(taker.read.digests().values());
        String layers = layers(taker.network, taker.precision);
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
                throw origin.refused(
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
        return Told.layers(StateArguments.layers(network).toString(), precision.toString());
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
                String what = "run " + run.id() + ", of which the states in " + origin.address() + " are, had "
                        + (was == null ? "no --" + option : "--" + option + " " + was) + ", and this one has "
                        + (is == null ? "none" : is);
                if (!arguments.allows(Allowed.OTHER_MODEL)) {
                    throw origin.refused(
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
     * @param now what this run reads
     */
    void checkNotApplied(Applied now, StateArguments arguments) {
        for (Applied before : applied) {
            // where each night names the states of the one before, an id may be the same every night
            if (arguments.isReplaced() && before.run().equals(now.run()) && !arguments.allows(Allowed.APPLIED_TWICE)) {
                throw origin.refused(
                        ExitCode.OUTPUT_EXISTS,
                        "the states in " + origin.address() + " have run " + now.run()
                                + " behind them already: its steps would be applied twice; nothing was written. Name the states"
                                + " that it is to begin with, those of the run before it, or give another --run-id where it is"
                                + " another one; or apply it again with " + StateArguments.ALLOW + " "
                                + Allowed.APPLIED_TWICE);
            }
            Set<String> twice = new HashSet<>(before.files());
            twice.retainAll(now.files());
            if (twice.isEmpty() || !before.rows().equals(now.rows())) {
                continue;
            }
            String what = "the states in " + origin.address() + " have " + twice.size() + " of the "
                    + now.files().size() + " files of the input behind them already, by run " + before.run();
            if (!arguments.allows(Allowed.APPLIED_TWICE)) {
                throw origin.refused(
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
            from.put("address", Secrets.hiddenIn(former.origin.address()));
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
            kept.set(i, new Applied(old.run(), old.rows(), old.key(), Set.of()));
        }
        return kept;
    }
}
