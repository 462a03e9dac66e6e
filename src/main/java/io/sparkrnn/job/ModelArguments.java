package io.sparkrnn.job;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.ModelOptions;
import io.sparkrnn.format.Network;
import io.sparkrnn.format.Nonlinearity;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which network: the options that all commands share. */
final class ModelArguments {
    @Option(
            names = "--model",
            paramLabel = "FILE",
            description =
                    "The trained network: a state dict in .safetensors, .pt, .pth or .npz, on the local disk or any file"
                            + " system Hadoop knows.")
    @Nullable
    String model;

    @Option(
            names = "--state-dict-prefix",
            paramLabel = "P",
            description = "What stands before weight_ih_l0 in the tensors' names; needed when the file has several"
                    + " networks.")
    @Nullable
    String stateDictPrefix;

    @Option(
            names = "--node",
            paramLabel = "NAME",
            description =
                    "The first recurrent node to use of an ONNX graph or a Keras model that has several which do not"
                            + " follow each other.")
    @Nullable
    String node;

    @Option(
            names = "--tensor-names",
            paramLabel = "PYTORCH=FILE,...",
            hideParamSyntax = true,
            split = ",",
            description = "What the file calls the tensors, where it does not use PyTorch's names:"
                    + " weight_ih_l0=W_x,weight_hh_l0=W_h,bias_ih_l0=b.")
    @Nullable
    Map<String, String> tensorNames;

    @Option(
            names = "--nonlinearity",
            paramLabel = "tanh|relu",
            description = "The activation of an nn.RNN, which its file does not say. Default: tanh.")
    @Nullable
    NonlinearityName nonlinearity;

    /** As PyTorch spells them. */
    enum NonlinearityName {
        TANH,
        RELU;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    ModelOptions options() {
        return ModelOptions.none()
                .withStateDictPrefix(stateDictPrefix)
                .withNode(node)
                .withNonlinearity(
                        nonlinearity == null
                                ? null
                                : nonlinearity == NonlinearityName.RELU ? Nonlinearity.RELU : Nonlinearity.TANH)
                .withTensorNames(tensorNames == null ? Map.of() : tensorNames);
    }

    String path() {
        if (model == null) {
            throw new JobException(ExitCode.USAGE, "--model: name the file of the trained network");
        }
        return model;
    }

    Network read(Storage storage) {
        try (Storage.LocalFile file = storage.localFile(path(), "--model", ExitCode.MODEL)) {
            return ModelFile.open(file.path(), file.name(), file.companions()).network(options());
        }
    }
}
