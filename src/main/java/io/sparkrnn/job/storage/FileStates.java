package io.sparkrnn.job.storage;

import io.sparkrnn.job.message.ExitCode;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** How large some files are and when they were written: whether they were changed is seen without reading them. */
public final class FileStates {
    private final Storage storage;
    private final ExitCode code;
    private final Map<String, String> states;

    private FileStates(Storage storage, ExitCode code, Map<String, String> states) {
        this.storage = storage;
        this.code = code;
        this.states = states;
    }

    /**
     * Those of now.
     *
     * @param code what a process ends with that cannot have them
     */
    public static FileStates of(Collection<String> paths, ExitCode code) {
        Storage storage = Storage.configured();
        Map<String, String> states = new TreeMap<>();
        paths.forEach(path -> states.put(path, storage.state(path, code)));
        return new FileStates(storage, code, states);
    }

    /** Whether nothing was written since; a file that is gone is as it was, for what was read of it is there. */
    public boolean areThoseOfNow() {
        return states.entrySet().stream().allMatch(file -> {
            String now = storage.state(file.getKey(), code);
            return now.isEmpty() || now.equals(file.getValue());
        });
    }
}
