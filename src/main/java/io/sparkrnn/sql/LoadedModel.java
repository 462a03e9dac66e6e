package io.sparkrnn.sql;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.storage.FileStates;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.spark.RowFunction;
import io.sparkrnn.spark.SequenceScorer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;

/** A network that was read, and its functions: one for all queries with arguments of the same types, so that executors have it once. */
final class LoadedModel {
    private final String name;
    private final SequenceScorer scorer;
    private final FileStates files;
    private final Map<List<DataType>, RowFunction> functions = new HashMap<>();

    private LoadedModel(String name, SequenceScorer scorer, FileStates files) {
        this.name = name;
        this.scorer = scorer;
        this.files = files;
    }

    /**
     * Reads it.
     *
     * @param name what messages call its function
     * @param place where its options are said
     */
    static LoadedModel read(String name, FunctionArguments arguments, String place) {
        ReadFiles read = new ReadFiles();
        SequenceScorer scorer = arguments.scorer(read, place);
        return new LoadedModel(name, scorer, FileStates.of(read.digests().keySet(), ExitCode.MODEL));
    }

    /** Whether its files are what they were when they were read. */
    boolean isCurrent() {
        return files.areThoseOfNow();
    }

    /** The function of arguments of these types. */
    synchronized RowFunction function(SparkSession session, List<DataType> types) {
        return functions.computeIfAbsent(types, given -> scorer.function(session, name, given));
    }

    @Override
    public String toString() {
        return scorer.toString();
    }
}
