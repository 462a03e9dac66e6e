package io.sparkrnn.job.state;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.state.StateArguments.Allowed;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.spark.invalid.InputException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Former states in a folder, which has the files of its runs in it. */
final class FolderOrigin implements StateOrigin {
    private final String address;
    private final InputArguments.IoName io;
    private final StateChain chain;

    /**
     * Looks at the folder, which takes no Spark.
     *
     * @param from as the user names it
     */
    FolderOrigin(String from, InputArguments.IoName io, StateChain.Taker taker) {
        OutputFolders folders = OutputFolders.of(StateArguments.FROM);
        address = folders.qualified(from);
        this.io = io;
        chain = chain(folders, taker);
    }

    private StateChain chain(OutputFolders folders, StateChain.Taker taker) {
        if (!folders.exists(address)) {
            if (taker.arguments().allows(Allowed.FIRST_NIGHT)) {
                return StateChain.first(this, taker, "is not there");
            }
            throw refused(
                    ExitCode.INPUT,
                    "there is no folder " + address
                            + "; name the --state-output, or the output, of an earlier run. For a first night, before which"
                            + " there is none, make an empty folder there, or give " + StateArguments.ALLOW + " "
                            + Allowed.FIRST_NIGHT);
        }
        if (folders.isFile(address)) {
            throw refused(ExitCode.INPUT, address + " is a file; expected the folder of an earlier run");
        }
        if (folders.isEmptyFolder(address)) {
            return StateChain.first(this, taker, "is empty");
        }
        if (!folders.hasData(address)) {
            throw refused(
                    ExitCode.INPUT,
                    address
                            + " has no rows, and is not empty either: what is there is of a run that did not end, or its"
                            + " files were taken away. Run that one again");
        }
        return StateChain.of(
                this,
                RunFiles.behind(address),
                "there is no file of a run that is done in " + address + "/" + RunFolder.NAME,
                taker);
    }

    @Override
    public String option() {
        return StateArguments.FROM;
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public StateChain chain(SparkSession session) {
        return chain;
    }

    @Override
    public Dataset<Row> rows(SparkSession session) {
        try {
            return session.read().format(io.source("parquet")).load(address);
        } catch (InputException e) {
            throw new InputException(option() + ": " + e.getMessage(), e);
        } catch (Exception e) { // AnalysisException is a checked one, unseen by the compiler
            throw new InputException(
                    option() + ": " + address + " cannot be read as Parquet: " + Failure.firstLine(e), e);
        }
    }
}
