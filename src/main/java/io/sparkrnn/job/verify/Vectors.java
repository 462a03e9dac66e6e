package io.sparkrnn.job.verify;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.ProofSequence;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.tensor.MissingTensorException;
import io.sparkrnn.tensor.Tensors;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a framework gave for some rows, to be held against what the engine gives. */
public sealed interface Vectors permits ReferenceVectors, NetworkVectors {
    /** Behind the name of a tensor: it is the same in float64, which is then the truth. */
    String TRUTH = "_f64";

    /**
     * What is compared.
     *
     * @param whole the network as its file says it
     * @param network as much of it as is run
     * @param outputs of recurrent layers
     * @param tensors what a file of vectors may call an input of a whole network, beside its own name
     */
    record Asked(Network whole, Network network, Set<Output> outputs, Map<String, String> tensors) {}

    /**
     * Reads a file of them.
     *
     * @throws JobException when it cannot be read, or does not fit the network
     */
    static Vectors read(Storage storage, String path, Asked asked) {
        try (Storage.LocalFile local = storage.localFile(path, "--reference", ExitCode.INPUT)) {
            Tensors tensors =
                    ModelFile.open(local.path(), path, Companions.NONE).tensors();
            Graph graph = asked.network.graph();
            Graph whole = asked.whole.graph();
            return graph == null || whole == null
                    ? new ReferenceVectors(path, tensors, asked.network, asked.outputs)
                    : NetworkVectors.of(tensors, new VectorNames(path, whole, graph, asked.tensors));
        } catch (ModelException | MissingTensorException | IllegalStateException e) {
            throw new JobException(ExitCode.INPUT, "--reference: " + e.getMessage(), e);
        }
    }

    /** Runs the network over the rows and reports the errors of what it gives. */
    void replay(Precision precision, KernelChoice kernel, VerifyReport report);

    /** The rows, for executors to run. */
    List<ProofSequence> sequences(Precision precision);
}
